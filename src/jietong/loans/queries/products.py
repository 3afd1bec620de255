"""Products and versions, and what the rule pack asks of their price. Reads only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db.models import Count

from jietong.loans.models import Loan, Product, ProductVersion
from jietong.loans.rules.products import Limits
from jietong.packs.queries import pack


def price_limits() -> Limits:
    """The caps of the site's rule pack; a pack without such rules caps nothing."""
    rules = pack(settings.RULE_PACK).rules
    cap = rules.get(f"{settings.RULE_PACK}.price.all_in_cap")
    uplift = rules.get(f"{settings.RULE_PACK}.price.penalty_uplift")
    return Limits(
        all_in_cap=Decimal(str(cap.value["annual"])) if cap is not None else None,
        penalty_multiple_max=Decimal(str(uplift.value["penalty_rate_max_multiple"])) if uplift is not None else None,
    )


def products() -> list[Product]:
    """All of them by code, with `loan_count`."""
    return list(Product.objects.annotate(loan_count=Count("loans")).order_by("code"))


def product(code: str) -> Product | None:
    return Product.objects.filter(code=code).first()


def loan_count(code: str) -> int:
    """Loans of a product, under any version."""
    return Loan.objects.filter(product__code=code).count()


def versions(code: str) -> list[ProductVersion]:
    """The newest first, with `loan_count`."""
    rows = ProductVersion.objects.filter(product__code=code).select_related("product")
    return list(rows.annotate(loan_count=Count("loans")).order_by("-number"))


def version(version_id: int) -> ProductVersion | None:
    return ProductVersion.objects.select_related("product").filter(pk=version_id).first()


def version_in_force(code: str, *, on: date) -> ProductVersion | None:
    """Under which version the product is lent on a day; None when it is not lent."""
    rows = ProductVersion.objects.filter(product__code=code, in_force_from__lte=on, rate__isnull=False)
    return rows.select_related("product").order_by("-in_force_from").first()


def lent_on(day: date) -> list[ProductVersion]:
    """Every product that is lent on a day, in the version of that day, by code."""
    rows = ProductVersion.objects.filter(in_force_from__lte=day, rate__isnull=False).select_related("product")
    newest = {row.product_id: row for row in rows.order_by("in_force_from")}
    return sorted(newest.values(), key=lambda row: row.product.code)
