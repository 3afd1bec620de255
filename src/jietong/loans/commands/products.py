"""Products and their versions: drafted, put in force from a day on, taken back before that day. Terms never change."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from jietong.kernel import clock, journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.models import Loan, Product, ProductVersion
from jietong.loans.queries.products import price_limits
from jietong.loans.rules.products import ProductTerms, check


@transaction.atomic
def draft_version(*, code: str, terms: ProductTerms, note: str, actor: str, now: datetime) -> ProductVersion:
    """Write the next version of a product as a draft. Raises InputError for each kind of bad term (rules/products.py),
    an unknown product or a missing note."""
    note = note.strip()
    if not note:
        raise InputError("note", "missing", "say why the terms change")
    check(terms, limits=price_limits())
    product = Product.objects.select_for_update().filter(code=code).first()
    if product is None:
        raise InputError("product", "unknown", f"there is no product {code}")
    version = ProductVersion.objects.create(
        product=product,
        number=_next_number(product),
        note=note[:200],
        drafted_by=actor,
        drafted_at=now,
        **columns(terms),
    )
    _tell("loans.product_drafted", version, actor=actor, now=now)
    return version


@transaction.atomic
def put_in_force(*, version_id: int, from_on: date, actor: str, now: datetime) -> ProductVersion:
    """Lend under this version from a day on, today at the earliest. The same again changes nothing.

    Raises InputError `past` or `taken` (another version begins on that day); CommandRefused `has_no_rate` for a
    version of a tape, `already_in_force`. The terms are checked again: the rule pack may have moved since the draft.
    """
    version = _locked(version_id)
    if version.in_force_from is not None:
        if version.in_force_from == from_on:
            return version
        raise CommandRefused("already_in_force", f"{version} is in force from {version.in_force_from.isoformat()}")
    terms = version.terms
    if terms is None:
        raise CommandRefused("has_no_rate", f"{version} holds loans that came with their own rate")
    if from_on < clock.local_date(now, settings.LENDER_TIME_ZONE):
        raise InputError("from_on", "past", "terms are in force from today at the earliest")
    check(terms, limits=price_limits())
    version.in_force_from, version.put_in_force_by, version.put_in_force_at = from_on, actor, now
    try:
        with transaction.atomic():
            version.save(update_fields=["in_force_from", "put_in_force_by", "put_in_force_at"])
    except IntegrityError:
        raise InputError("from_on", "taken", "another version of the product begins on that day") from None
    _tell("loans.product_in_force", version, actor=actor, now=now, from_on=from_on.isoformat())
    return version


@transaction.atomic
def take_back(*, version_id: int, actor: str, now: datetime) -> ProductVersion:
    """A version whose day has not come is a draft again. Raises CommandRefused `has_begun` after that."""
    version = _locked(version_id)
    if version.in_force_from is None:
        return version
    has_begun = version.in_force_from <= clock.local_date(now, settings.LENDER_TIME_ZONE)
    if has_begun or Loan.objects.filter(version=version).exists():
        raise CommandRefused("has_begun", f"{version} is in force: put another version in force instead")
    version.in_force_from, version.put_in_force_by, version.put_in_force_at = None, "", None
    version.save(update_fields=["in_force_from", "put_in_force_by", "put_in_force_at"])
    _tell("loans.product_taken_back", version, actor=actor, now=now)
    return version


def version_of_tapes(code: str, *, now: datetime) -> ProductVersion:
    """The version for loans that come by tape with a rate of their own; product and version are made if unknown."""
    product, _ = Product.objects.get_or_create(code=code, defaults={"name": code})
    known = ProductVersion.objects.filter(product=product, rate=None).select_related("product").first()
    if known is not None:
        return known
    return ProductVersion.objects.create(
        product=product,
        number=_next_number(product),
        penalty_multiple=product.penalty_multiple,
        allocation_order=product.allocation_order,
        note="tape",
        drafted_by="system:tape",
        drafted_at=now,
    )


def columns(terms: ProductTerms) -> dict[str, Any]:
    """The terms as the row's columns."""
    names = [
        name for name in ProductTerms.__dataclass_fields__ if name not in {"instalment_counts", "allocation_order"}
    ]
    return {
        **{name: getattr(terms, name) for name in names},
        "instalment_counts": sorted(terms.instalment_counts),
        "allocation_order": list(terms.allocation_order),
    }


def _next_number(product: Product) -> int:
    last = ProductVersion.objects.filter(product=product).order_by("-number").first()
    return last.number + 1 if last is not None else 1


def _locked(version_id: int) -> ProductVersion:
    rows = ProductVersion.objects.select_for_update(of=("self",)).select_related("product")
    version = rows.filter(pk=version_id).first()
    if version is None:
        raise InputError("version", "unknown", f"there is no product version {version_id}")
    return version


def _tell(kind: str, version: ProductVersion, *, actor: str, now: datetime, **more: str) -> None:
    data = {"product": version.product.code, "number": version.number, **more}
    journal.record(kind, subject=f"product:{version.product.code}", actor=actor, at=now, data=data)
