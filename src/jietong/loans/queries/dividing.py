"""How a loan's repayments are divided between its creditor and those who paid a part. Reads only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet, Sum

from jietong.loans.models import ClaimChange, Loan, Posting, Repayment
from jietong.loans.queries import book
from jietong.loans.queries.parties import history
from jietong.loans.replay import paid_on
from jietong.loans.rules import dividing as rules
from jietong.loans.rules import parties
from jietong.loans.rules.dividing import Divided, Paid, Part

HANDED = "pass_on"  # kind of the postings that say what was handed on
PASSED_ON = "claims_passed_on"


@dataclass(frozen=True, slots=True)
class PartView:
    """A part: who paid it, how much, in which order it comes back, what has come of it and what was handed on."""

    change_id: int
    on: date
    holder: str
    amount_fen: int
    division: str
    got_fen: int
    handed_fen: int

    @property
    def left_fen(self) -> int:
        return self.amount_fen - self.got_fen

    @property
    def waits_fen(self) -> int:
        """What came and is handed on by the next day-end; below zero: taken back."""
        return self.got_fen - self.handed_fen


@dataclass(frozen=True, slots=True)
class PaidView:
    """One repayment since the first part was paid: (holder, fen), the creditor first."""

    receipt: str
    on: date
    shares: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Division:
    parts: tuple[PartView, ...]
    paid: tuple[PaidView, ...]


def of_loan(loan_id: int, *, on: date) -> Division:
    """Parts in force and what came of each, over all repayments in force since the first; empty where nobody paid a
    part. on: as of which day the loan's debt is counted."""
    found = _divided(loan_id, on)
    if found is None:
        return Division((), ())
    loan, parts, rows, told = found
    changes = history(loan.claim_changes.all())
    names = {part.number: holder_of(part.number, changes, on) for part in parts}
    got = {part.number: 0 for part in parts}
    for one in told:
        for number, fen in one.parts:
            got[number] += fen
    handed = handed_on(loan_id)
    return Division(
        tuple(
            PartView(
                part.number, part.on, names[part.number], part.amount_fen, part.division, got[part.number],
                handed.get(part.number, 0),
            )
            for part in parts
        ),
        tuple(_paid(loan, row, one, changes) for row, one in zip(rows, told, strict=True)),
    )  # fmt: skip


def _paid(loan: Loan, row: Repayment, one: Divided, changes: list[parties.Change]) -> PaidView:
    day = paid_on(row.paid_at)
    shares = [(parties.claims(loan.creditor, changes, day)[0].holder, one.creditor_fen)]
    shares += [(holder_of(number, changes, day), fen) for number, fen in one.parts]
    return PaidView(row.receipt, day, tuple(share for share in shares if share[1]))


def due_to_parts(loan_id: int, *, on: date) -> dict[int, int]:
    """change → fen that its part has coming, over all repayments."""
    found = _divided(loan_id, on)
    due: dict[int, int] = {}
    for one in found[3] if found is not None else ():
        for number, fen in one.parts:
            due[number] = due.get(number, 0) + fen
    return due


def handed_on(loan_id: int) -> dict[int, int]:
    """change → fen that was handed on to whoever paid it, by the ledger; also of changes that were undone."""
    keys = {part_entry(row): row for row in _parts_ever(loan_id).values_list("pk", flat=True)}
    rows = Posting.objects.filter(loan_id=loan_id, kind=HANDED, entry__in=keys)
    found: dict[int, int] = {}
    for entry, debit, fen in rows.values_list("entry", "debit").annotate(fen=Sum("amount_fen")):
        found[keys[entry]] = found.get(keys[entry], 0) + (fen if debit == PASSED_ON else -fen)
    return found


def part_of(repayment: Repayment) -> tuple[int, list[tuple[str, int]]]:
    """fen of one repayment to the creditor, and to each who paid a part; all to the creditor where nobody did."""
    net = repayment.amount_fen - repayment.credit_fen
    if not _parts_ever(repayment.loan_id).exists():
        return net, []
    day = paid_on(repayment.paid_at)
    found = _divided(repayment.loan_id, repayment.loan.head.aged_on)
    if found is None:
        return net, []
    loan, _parts, rows, told = found
    one = next((one for row, one in zip(rows, told, strict=True) if row.pk == repayment.pk), None)
    if one is None:
        return net, []
    changes = history(loan.claim_changes.all())
    return one.creditor_fen, [(holder_of(number, changes, day), fen) for number, fen in one.parts]


def part_entry(change_id: int) -> uuid.UUID:
    """The entry of the postings that hand on what came of a part."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"jietong part {change_id}")


def holder_of(number: int, changes: list[parties.Change], day: date) -> str:
    """Who has the claim of this part on a day: whoever paid it, or to whom they passed it."""
    kept = parties.in_force(changes, day)
    own = next((change for change in parties.in_force(changes) if change.number == number), None)
    if own is None:
        return ""
    holder = own.taker
    for change in kept:
        if (change.on, change.number) > (own.on, own.number) and change.whole and change.giver == holder:
            holder = change.taker
    return holder


def _parts_ever(loan_id: int) -> QuerySet[ClaimChange]:
    return ClaimChange.objects.filter(loan_id=loan_id, kind=parties.COMPENSATION, whole=False)


def _divided(loan_id: int, on: date) -> tuple[Loan, list[Part], list[Repayment], list[Divided]] | None:
    rows = {row.pk: row for row in _parts_ever(loan_id).filter(undone_by=None)}
    if not rows:
        return None
    loan = Loan.objects.prefetch_related("claim_changes").get(pk=loan_id)
    parts = [
        Part(row.pk, row.on, row.amount_fen, row.rest_fen, row.division or rules.CREDITOR_FIRST)
        for row in sorted(rows.values(), key=lambda row: (row.on, row.pk))
    ]
    money = Repayment.objects.filter(loan_id=loan_id, reversed_at=None).order_by("paid_at", "pk")
    since = [row for row in money if paid_on(row.paid_at) >= parts[0].on]
    paid = [Paid(paid_on(row.paid_at), row.amount_fen - row.credit_fen) for row in since]
    # All that was owed before the first of them: what is owed now, and what has been paid since. Penalty that accrued
    # in between is the creditor's, and a plan that asks for less leaves less to come before the part.
    owed = book.loan(loan_id, on=max(on, parts[0].on)).outstanding_fen + sum(one.fen for one in paid)
    return loan, parts, since, rules.divide(paid, parts, owed)
