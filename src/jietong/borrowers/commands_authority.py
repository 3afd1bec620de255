"""Who speaks for a firm: named, given a scope, and ended by date. A person speaks for themselves alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from jietong.borrowers import queries
from jietong.borrowers.models import Authority, Borrower, Device
from jietong.borrowers.rules import authority as rules
from jietong.borrowers.rules import credit_code as codes
from jietong.kernel import journal
from jietong.kernel.errors import InputError


@transaction.atomic
def describe_firm(*, borrower_id: int, credit_code: str, actor: str, now: datetime) -> Borrower:
    """This borrower is a firm or a shop: its code says which. The same again changes nothing.

    Raises InputError credit_code: `length`, `check_digit`.
    """
    who = queries.lock(borrower_id)
    code = "".join(credit_code.split()).upper()
    wrong = codes.fault(code)
    if wrong is not None:
        raise InputError("credit_code", wrong, f"{credit_code!r} is no unified social credit code")
    if (who.kind, who.credit_code) == (codes.kind_of(code), code):
        return who
    who.kind, who.credit_code = codes.kind_of(code), code
    who.save(update_fields=["kind", "credit_code"])
    _tell("borrowers.firm_described", borrower_id, actor=actor, now=now, as_kind=who.kind)
    return who


@transaction.atomic
def appoint_representative(
    *, borrower_id: int, name: str, id_no: str, since_on: date, source: str, actor: str, now: datetime, phone: str = ""
) -> Authority:
    """The firm's representative (法定代表人; of a shop the operator 经营者) from a day on; the one before ends there.

    Browsers on which the one before had proved themselves are forgotten. Raises InputError `borrower` not_a_firm,
    name/id_no/source missing, since_on before_the_last.
    """
    _check_firm(borrower_id)
    _check_words(name=name, id_no=id_no, source=source)
    before = Authority.objects.filter(borrower_id=borrower_id, role=rules.REPRESENTATIVE, until_on=None).first()
    if before is not None:
        if since_on < before.since_on:
            raise InputError("since_on", "before_the_last", f"the present one began on {before.since_on.isoformat()}")
        _end(before, since_on, actor=actor, now=now)
    scope = rules.WHOLE
    return _begin(borrower_id, rules.REPRESENTATIVE, name, id_no, phone, scope, since_on, source, actor=actor, now=now)


@transaction.atomic
def authorise(
    *, borrower_id: int, name: str, knows: str, does: Iterable[str], since_on: date, source: str, actor: str,
    now: datetime, id_no: str = "", phone: str = "", until_on: date | None = None,
) -> Authority:  # fmt: skip
    """A contact whom the firm has authorised, with what they may know and do (rules/authority.py).

    Raises InputError: not_a_firm, missing words, an unknown or contradictory scope, `id_no` missing for one who may
    sign in, `until_on` before_since.
    """
    _check_firm(borrower_id)
    scope = rules.scope_of(knows, does)
    wrong = scope.fault()
    if wrong is not None:
        raise InputError(wrong[0], wrong[1], f"a contact who knows {knows!r} may not {sorted(scope.does)}")
    _check_words(name=name, source=source)
    if rules.may_sign_in(rules.CONTACT, scope) and not id_no:
        raise InputError("id_no", "missing", "who may open the firm's pages is proved by an ID number")
    if until_on is not None and until_on <= since_on:
        raise InputError("until_on", "before_since", "an authority ends after it begins")
    return _begin(
        borrower_id, rules.CONTACT, name, id_no, phone, scope, since_on, source, until_on=until_on, actor=actor, now=now
    )


@transaction.atomic
def end_authority(*, authority_id: int, until_on: date, actor: str, now: datetime) -> None:
    """From that day on this person no longer speaks for the firm. An authority that has ended stays as it ended."""
    found = Authority.objects.select_for_update().get(pk=authority_id)
    if found.until_on is not None and found.until_on <= until_on:
        return
    if until_on < found.since_on:
        raise InputError("until_on", "before_since", "an authority ends after it begins")
    _end(found, until_on, actor=actor, now=now)


def _check_firm(borrower_id: int) -> None:
    if queries.lock(borrower_id).is_person:
        raise InputError("borrower", "not_a_firm", "a person speaks for themselves")


def _check_words(**words: str) -> None:
    for field, value in words.items():
        if not value.strip():
            raise InputError(field, "missing", f"{field} must be given")


def _begin(
    borrower_id: int, role: str, name: str, id_no: str, phone: str, scope: rules.Scope, since_on: date, source: str, *,
    actor: str, now: datetime, until_on: date | None = None,
) -> Authority:  # fmt: skip
    made = Authority.objects.create(
        borrower_id=borrower_id, role=role, name=name.strip(), id_no=id_no.strip().upper() or None,
        phone=phone or None, phone_display=f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "",
        knows=scope.knows, does=sorted(scope.does), since_on=since_on, until_on=until_on, source=source.strip()[:80],
        recorded_at=now,
    )  # fmt: skip
    data = {"authority": made.pk, "role": role, "knows": scope.knows, "does": sorted(scope.does)}
    _tell("borrowers.authority_given", borrower_id, actor=actor, now=now, **data)
    return made


def _end(found: Authority, until_on: date, *, actor: str, now: datetime) -> None:
    found.until_on = until_on
    found.save(update_fields=["until_on"])
    if rules.may_sign_in(found.role, rules.scope_of(found.knows, found.does)):
        known = Device.objects.filter(borrower_id=found.borrower_id, proven_by="rep_tail", revoked_at=None)
        known.update(revoked_at=now)
    _tell("borrowers.authority_ended", found.borrower_id, actor=actor, now=now, authority=found.pk)


def _tell(kind: str, borrower_id: int, *, actor: str, now: datetime, **data: object) -> None:
    journal.record(
        kind, subject=f"borrower:{borrower_id}", borrower_id=borrower_id, actor=actor, at=now, data=dict(data)
    )
