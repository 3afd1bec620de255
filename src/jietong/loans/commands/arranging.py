"""Platform, funders and guarantors of a loan: named once as an arrangement, held by many loans, by date."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from jietong.borrowers.rules import credit_code as codes
from jietong.kernel import journal
from jietong.kernel.errors import InputError
from jietong.kernel.sealing import blind_index
from jietong.loans import replay
from jietong.loans.models import Arrangement, ArrangementMember, LoanArrangement, Party, PartyPoint
from jietong.loans.queries.parties import arrangement_on
from jietong.loans.rules.parties import PARTS


@dataclass(frozen=True, slots=True)
class Named:
    """A guarantor as told: a firm by its name, a person by name and ID number (`id_no` given), with a phone."""

    name: str
    id_no: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """Everybody of an arrangement. funders: (name, parts per million), none or adding up to a whole."""

    platforms: tuple[str, ...] = ()
    funders: tuple[tuple[str, int], ...] = ()
    guarantors: tuple[Named, ...] = ()


@transaction.atomic
def register_firm(*, name: str, now: datetime, hotline: str = "", pay_to: str = "", credit_code: str = "") -> Party:
    """The firm of this name, made when it is new. What is told of it replaces what was on record; empty leaves it.

    Raises InputError name missing / too_long, credit_code length / check_digit, hotline or pay_to too_long.
    """
    name = name.strip()
    if not name or len(name) > 80:
        raise InputError("name", "too_long" if name else "missing", "a firm has a name of at most 80 characters")
    code = "".join(credit_code.split()).upper()
    wrong = codes.fault(code) if code else None
    if wrong is not None:
        raise InputError("credit_code", wrong, f"{credit_code!r} is no unified social credit code")
    firm, _ = Party.objects.get_or_create(name=name, kind=Party.Kind.FIRM, defaults={"created_at": now})
    keep_told(firm, hotline=hotline, pay_to=pay_to, credit_code=code)
    return firm


def keep_told(party: Party, **told: str) -> None:
    """Keep what is told of a party now (hotline, pay_to, credit_code); empty leaves what was on record.

    Raises InputError hotline or pay_to too_long.
    """
    for field, most in (("hotline", 40), ("pay_to", 120)):
        if len(told.get(field, "")) > most:
            raise InputError(field, "too_long", f"{field} has at most {most} characters")
    fresh = {field: value.strip() for field, value in told.items() if value.strip()}
    changed = [field for field, value in fresh.items() if getattr(party, field) != value]
    for field in changed:
        setattr(party, field, fresh[field])
    if changed:
        party.save(update_fields=changed)


@transaction.atomic
def register_guarantor(told: Named, *, now: datetime) -> Party:
    """The guarantor, firm or person, with the way to reach them that was told."""
    id_no = told.id_no.strip().upper()
    if not id_no or codes.fault(id_no) is None:
        party = register_firm(name=told.name, credit_code=id_no, now=now)
    else:
        name = told.name.strip()
        if not name:
            raise InputError("guarantor", "missing", "a guarantor has a name")
        party, _ = Party.objects.get_or_create(
            kind=Party.Kind.PERSON, id_no_index=blind_index(id_no, "id"),
            defaults={"name": name, "id_no": id_no, "created_at": now},
        )  # fmt: skip
    if told.phone:
        shown = f"{told.phone[:3]}****{told.phone[-4:]}" if len(told.phone) >= 8 else "****"
        PartyPoint.objects.get_or_create(
            party=party, kind="phone", value_index=blind_index(told.phone, "reach"),
            defaults={"value": told.phone, "display": shown, "source": "lender"},
        )  # fmt: skip
    return party


@transaction.atomic
def ensure_arrangement(around: Around, *, now: datetime) -> int:
    """Key of the arrangement with exactly these members, made when it is new. Raises InputError funders `not_whole`,
    `repeated`."""
    shares = [share for _, share in around.funders]
    if shares and (any(share <= 0 for share in shares) or sum(shares) != PARTS):
        raise InputError("funders", "not_whole", "the funders' shares add up to exactly 100%")
    members: list[tuple[str, int, int | None]] = []
    members += [("platform", register_firm(name=name, now=now).pk, None) for name in around.platforms]
    members += [("funder", register_firm(name=name, now=now).pk, share) for name, share in around.funders]
    members += [("guarantor", register_guarantor(told, now=now).pk, None) for told in around.guarantors]
    if len({(role, key) for role, key, _ in members}) != len(members):
        raise InputError("funders", "repeated", "somebody stands twice in the same role")
    digest = hashlib.sha256(json.dumps(sorted(members, key=str)).encode()).hexdigest()
    found, is_new = Arrangement.objects.get_or_create(digest=digest, defaults={"created_at": now})
    if is_new:
        ArrangementMember.objects.bulk_create(
            ArrangementMember(arrangement=found, role=role, party_id=key, share=share) for role, key, share in members
        )
    return found.pk


@transaction.atomic
def arrange(*, loan_ref: str, around: Around, since_on: date, actor: str, now: datetime) -> LoanArrangement:
    """From that day on these stand around the loan; what was before stays told. The same again changes nothing.

    Raises InputError for an unknown loan, a day before it was lent, shares that are no whole.
    """
    loan = replay.lock(loan_ref)
    if loan is None:
        raise InputError("loan_ref", "unknown", f"there is no loan {loan_ref}")
    if since_on < loan.disbursed_on:
        raise InputError("since_on", "before_loan", f"the loan was lent on {loan.disbursed_on.isoformat()}")
    key = ensure_arrangement(around, now=now)
    held = arrangement_on(loan.pk, since_on)
    if held is not None and held.arrangement_id == key:
        return held
    made = LoanArrangement.objects.create(loan=loan, arrangement_id=key, since_on=since_on, at=now, actor=actor)
    journal.record(
        "loans.parties_arranged", subject=f"loan:{loan.pk}", borrower_id=loan.borrower_id, actor=actor, at=now,
        data={"ref": loan.ref, "arrangement": key, "since_on": since_on.isoformat()},
    )  # fmt: skip
    return made
