"""Claims pass and guarantors pay: each entry is one transaction of history, postings and news; nothing is edited.

The borrower owes the same as before, only to somebody else. So the receivables stay where they are; money between
institutions moves on `partner_clearing`, against what of the loan now belongs to others (`claims_passed_on`).
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from django.db import transaction

from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import ledger, replay
from jietong.loans.commands.arranging import keep_told, register_firm
from jietong.loans.commands.passing_on import PARTNERS, PASSED_ON, pass_on
from jietong.loans.models import ChangeNotice, ClaimChange, Loan, Party, Posting
from jietong.loans.queries import book as queries
from jietong.loans.queries.parties import OWED, history, parties_on
from jietong.loans.rules import parties as rules
from jietong.loans.rules.dividing import CREDITOR_FIRST, DIVISIONS

AHEAD_MAX = timedelta(days=366)
WAYS_TOLD = ("sms", "app", "email", "letter", "read")


@transaction.atomic
def transfer_claim(
    *, loan_ref: str, taker: str, effective_on: date, reference: str, actor: str, now: datetime, giver: str = "",
    price_fen: int = 0, hotline: str = "", pay_to: str = "",
) -> ClaimChange:  # fmt: skip
    """A holder's whole claim goes to `taker` from `effective_on` on (债权转让); once per loan and agreement number.

    giver: whose claim; "" is the creditor of that day. price_fen: what the taker paid, if it is told; it is booked.
    hotline, pay_to: what the borrower is told; empty takes what is on record of the firm. Raises InputError for
    unknown or settled loans, dates before the loan or more than a year ahead, a giver who holds nothing, a taker who is
    the giver, a hotline that nobody knows; CommandRefused `reference_reused`, `contradicts_later`.
    """
    loan = _lock(loan_ref)
    taker, reference = _word("taker", taker), _word("reference", reference)
    today = replay.paid_on(now)
    _check_day(loan, effective_on, field="effective_on")
    if effective_on > today + AHEAD_MAX:
        raise InputError("effective_on", "too_late", "a transfer is announced at most a year ahead")
    if price_fen < 0:
        raise InputError("price", "negative", "a price is not negative")
    if price_fen and effective_on > today:
        raise InputError("price", "in_future", "money that has not moved yet is not booked")
    who = parties_on(loan.pk, effective_on)
    wanted = ClaimChange(
        loan=loan, borrower_id=loan.borrower_id, kind=rules.TRANSFER, on=effective_on,
        giver=giver.strip() or who.creditor, taker=taker, amount_fen=price_fen, reference=reference,
        at=now, actor=actor,
    )  # fmt: skip
    return _enter(wanted, hotline=hotline, pay_to=pay_to)


@transaction.atomic
def compensate(
    *, loan_ref: str, guarantor: str, amount_fen: int, paid_on: date, reference: str, actor: str, now: datetime,
    whole: bool = False, division: str = "", hotline: str = "", pay_to: str = "",
) -> ClaimChange:  # fmt: skip
    """A guarantor of the loan paid its creditor and is owed what it paid (代偿); once per payment number.

    whole: what it paid ends what the creditor is owed; else the creditor keeps the rest, and `division` says who is
    repaid first (rules/dividing.py; empty: the creditor). Raises as transfer_claim, and InputError `not_a_guarantor`,
    amount not_positive / too_large / less_than_principal, paid_on in_future, division unknown.
    """
    loan = _lock(loan_ref)
    guarantor, reference = _word("guarantor", guarantor), _word("reference", reference)
    if amount_fen <= 0:
        raise InputError("amount", "not_positive", "a compensation is more than nothing")
    _check_day(loan, paid_on, field="paid_on")
    if paid_on > replay.paid_on(now):
        raise InputError("paid_on", "in_future", "money that has not come yet is not booked")
    if division not in {"", *DIVISIONS}:
        raise InputError("division", "unknown", f"{division!r} is none of {', '.join(DIVISIONS)}")
    who, rest_fen = parties_on(loan.pk, paid_on), 0
    known = ClaimChange.objects.filter(loan=loan, reference=reference).exists()
    if not known:  # the same entry told again is the same, whatever was paid since
        view = queries.loan(loan.pk, on=paid_on)
        if amount_fen > view.outstanding_fen:
            raise InputError("amount", "too_large", f"only {view.outstanding_fen} fen were owed on that day")
        if whole and amount_fen < view.outstanding_principal_fen:
            raise InputError("amount", "less_than_principal", "less than the principal does not end the claim")
        rest_fen = 0 if whole else view.outstanding_fen - amount_fen
    found = next((one for one in who.guarantors if one.name == guarantor), None)
    if found is None:
        raise InputError("guarantor", "not_a_guarantor", f"{guarantor} does not answer for this loan on that day")
    wanted = ClaimChange(
        loan=loan, borrower_id=loan.borrower_id, kind=rules.COMPENSATION, on=paid_on, giver=who.creditor,
        taker=guarantor, whole=whole, amount_fen=amount_fen, reference=reference, at=now, actor=actor,
        division="" if whole else division or CREDITOR_FIRST, rest_fen=rest_fen,
    )  # fmt: skip
    party = Party.objects.get(pk=found.party_id)
    return _enter(wanted, hotline=hotline, pay_to=pay_to, party=party)


@transaction.atomic
def undo_change(*, change_id: int, reason: str, actor: str, now: datetime) -> ClaimChange:
    """A change was entered wrongly: a correcting entry takes it out of force, and its money is booked back.

    Twice changes nothing. Raises InputError for a missing reason or an unknown change; CommandRefused `is_correction`,
    `contradicts_later` while a later change rests on it: that one has to be undone first.
    """
    reason = _word("reason", reason)
    found = ClaimChange.objects.filter(pk=change_id).select_related("loan").first()
    if found is None:
        raise InputError("change", "unknown", f"there is no change {change_id}")
    if found.kind == rules.CORRECTION:
        raise CommandRefused("is_correction", "a correction is not undone; enter the change again")
    loan = _lock(found.loan.ref)
    before = ClaimChange.objects.filter(undoes=found).first()
    if before is not None:
        return before
    undo = ClaimChange(
        loan=loan, borrower_id=loan.borrower_id, kind=rules.CORRECTION, on=replay.paid_on(now), undoes=found,
        reason=reason[:200], at=now, actor=actor,
    )  # fmt: skip
    _check_history(loan, undo)
    undo.save(force_insert=True)
    booked = Posting.objects.filter(loan=loan, entry=_entry(found.pk))
    steps = [(row.debit, row.credit, row.amount_fen) for row in booked.order_by("pk")]
    ledger.post(loan, ledger.reversal(steps), "correction", entry=_entry(undo.pk), on=undo.on, now=now)
    pass_on(loan, now=now)
    _tell("loans.creditor_change_undone", loan, found, actor=actor, now=now, reason=undo.reason)
    return undo


@transaction.atomic
def record_notice(*, change_id: int, how: str, actor: str, now: datetime, borrower_id: int | None = None) -> bool:
    """The borrower was told of a change; each way once. Answers whether this was news.

    borrower_id: who says that they read it; of another borrower's change nothing can be said. Raises InputError
    `change` unknown, `how` unknown.
    """
    if how not in WAYS_TOLD:
        raise InputError("how", "unknown", f"{how!r} is none of {', '.join(WAYS_TOLD)}")
    found = ClaimChange.objects.filter(pk=change_id).exclude(kind=rules.CORRECTION).select_related("loan").first()
    if found is None or borrower_id not in {None, found.borrower_id}:
        raise InputError("change", "unknown", f"there is no change {change_id}")
    _, is_new = ChangeNotice.objects.get_or_create(change=found, how=how, defaults={"at": now, "actor": actor})
    if is_new:
        _tell("loans.creditor_change_told", found.loan, found, actor=actor, now=now, how=how)
    return is_new


def _enter(wanted: ClaimChange, *, hotline: str, pay_to: str, party: Party | None = None) -> ClaimChange:
    loan = wanted.loan
    known = ClaimChange.objects.filter(loan=loan, reference=wanted.reference).first()
    if known is not None:
        if _content(known) != _content(wanted):
            raise CommandRefused("reference_reused", f"{wanted.reference} of this loan was entered with other content")
        return known
    if loan.status not in OWED:
        raise InputError("loan_ref", "settled", "nothing is owed on this loan, so nothing can pass")
    if wanted.giver == wanted.taker:
        raise InputError("taker", "is_creditor", f"{wanted.taker} holds this claim already")
    held = {claim.holder for claim in rules.claims(loan.creditor, _history(loan), wanted.on)}
    if wanted.giver not in held:
        raise InputError("giver", "holds_nothing", f"{wanted.giver} holds nothing of this loan on that day")
    if party is None:
        party = register_firm(name=wanted.taker, now=wanted.at)
    keep_told(party, hotline=hotline, pay_to=pay_to)
    if not party.hotline:
        raise InputError("hotline", "missing", "a notice says who answers the borrower's questions")
    wanted.taker_party, wanted.hotline, wanted.pay_to = party, party.hotline, party.pay_to
    _check_history(loan, wanted)
    wanted.save(force_insert=True)
    if wanted.amount_fen:
        steps = [(PARTNERS, PASSED_ON, wanted.amount_fen)]
        ledger.post(loan, steps, wanted.kind, entry=_entry(wanted.pk), on=wanted.on, now=wanted.at)
    pass_on(loan, now=wanted.at)
    _tell("loans.creditor_changed", loan, wanted, actor=wanted.actor, now=wanted.at)
    return wanted


def _content(row: ClaimChange) -> tuple[object, ...]:
    # the giver of a later told entry may read differently, for it is taken from the history: it is not compared
    return row.kind, row.on, row.taker, row.whole, row.amount_fen, row.division


def _entry(change_id: int) -> uuid.UUID:
    """The entry of a change's postings: the same each time, so that an undo finds them."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"jietong claim change {change_id}")


def _history(loan: Loan) -> list[rules.Change]:
    return history(ClaimChange.objects.filter(loan=loan))


def _check_history(loan: Loan, wanted: ClaimChange) -> None:
    """The history with this entry has to hold together on every day, also where it was told later."""
    known = _history(loan)
    last = max((change.number for change in known), default=0)
    mine = rules.Change(
        last + 1, wanted.kind, wanted.on, wanted.giver, wanted.taker, wanted.whole, wanted.amount_fen,
        undoes=wanted.undoes_id,
    )  # fmt: skip
    why = rules.contradiction(loan.creditor, [*known, mine])
    if why is not None:
        raise CommandRefused("contradicts_later", why)


def _lock(ref: str) -> Loan:
    loan = replay.lock(ref)
    if loan is None:
        raise InputError("loan_ref", "unknown", f"there is no loan {ref}")
    return loan


def _check_day(loan: Loan, day: date, *, field: str) -> None:
    if day < loan.disbursed_on:
        raise InputError(field, "before_loan", f"the loan was lent on {loan.disbursed_on.isoformat()}")


def _word(field: str, value: str) -> str:
    value = value.strip()
    if not value:
        raise InputError(field, "missing", f"{field} must be given")
    if len(value) > 80 and field != "reason":
        raise InputError(field, "too_long", f"{field} has at most 80 characters")
    return value


def _tell(kind: str, loan: Loan, change: ClaimChange, *, actor: str, now: datetime, **more: str) -> None:
    data = {"change": change.pk, "kind": change.kind, "ref": loan.ref, "on": change.on.isoformat(), **more}
    journal.record(kind, subject=f"loan:{loan.pk}", borrower_id=loan.borrower_id, actor=actor, at=now, data=data)
