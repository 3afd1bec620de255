"""Rewriting a loan's history when money turns out to have come earlier, or not at all (decision 0012).

Everything derived is told again by rules/replay.py from the loan's opening; the difference is written: corrections in
the ledger, figures of the instalments, splits of the repayments, and bucket moves, of which no believed one is lost.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from jietong.loans import classing, ledger
from jietong.loans.models import BucketMove, Instalment, Loan, LoanHead, Opening, Repayment
from jietong.loans.queries import penalty_fen
from jietong.loans.rules import replay as rules
from jietong.loans.rules.buckets import bucket_on
from jietong.loans.rules.opening import COMPONENTS, FEE, INTEREST, PENALTY, Open, PenaltyOf

TOLD_BY_TAPE = "import"  # cause of the move that only repeats in which bucket a loan came


@dataclass(slots=True)
class Account:
    """All of one loan that a booking reads, under lock; instalments by number, moves in force only."""

    loan: Loan
    rows: list[Instalment]
    repayments: list[Repayment]
    moves: list[BucketMove]
    head: LoanHead

    @property
    def entered_on(self) -> date:
        """The first day of which this book tells the bucket."""
        opening = getattr(self.loan, "opening", None)
        if opening is not None:
            return opening.on
        if self.loan.source is not None:
            return self.loan.source.as_of
        told = [move.on for move in self.moves if move.cause == TOLD_BY_TAPE]
        return min(told, default=self.loan.disbursed_on)

    def is_of_tape(self, repayment: Repayment) -> bool:
        return self.loan.source_id is not None and repayment.booked_at == self.loan.booked_at

    def moved_since(self, on: date) -> list[BucketMove]:
        """Moves in force on or after a day, without the one that only repeats the tape."""
        return [move for move in self.moves if move.on >= on and move.cause != TOLD_BY_TAPE]


@dataclass(frozen=True, slots=True)
class Start:
    """Where a replay begins; repayments with a key up to `through_id` are contained in the figures."""

    instalments: tuple[Open, ...]
    on: date
    bucket: str
    through_id: int


def lock(ref: str) -> Loan | None:
    """The loan, locked until the end of the transaction, with product, source and opening.

    Its key is not locked: postings of a day-end that is about to commit refer to it, and would wait for us for ever.
    """
    loans = Loan.objects.select_for_update(of=("self",), no_key=True).select_related(
        "product", "version", "source", "opening"
    )
    return loans.filter(ref=ref).first()


def load(loan: Loan) -> Account:
    """Instalments are locked too: day-end marks them when their interest falls due."""
    return Account(
        loan=loan,
        rows=list(loan.instalments.select_for_update().order_by("n")),
        repayments=list(loan.repayments.order_by("paid_at", "receipt")),
        moves=list(loan.bucket_moves.filter(superseded_at=None).order_by("on", "pk")),
        head=LoanHead.objects.select_for_update().get(loan=loan),
    )


def start_of(account: Account) -> Start:
    """The state from which the loan's repayments can be told again, before anything of this booking is written.

    Most loans begin with nothing paid: if their repayments, told from there, give the figures of now, that is the
    start. Otherwise the figures of now become the floor, and are kept as the loan's Opening.
    """
    known = getattr(account.loan, "opening", None)
    if known is not None:
        return Start(_read(known), known.on, known.start_bucket, known.through_repayment_id)
    owed = [[row.principal_fen, row.interest_fen, row.fee_fen, 0] for row in account.rows]
    blank = tuple(Open(row.n, row.due_on, parts) for row, parts in zip(account.rows, owed, strict=True))
    in_force = [row for row in account.repayments if row.reversed_at is None]
    current = tuple(_as_open(row) for row in account.rows)
    if _replay(account.loan, blank, in_force).instalments == current:
        told = _replay(account.loan, blank, [row for row in account.repayments if account.is_of_tape(row)])
        bucket = bucket_on(rules.oldest_unpaid(told.instalments), account.entered_on)
        return Start(blank, account.entered_on, bucket, 0)
    # Repayments booked before such figures were kept cannot be taken apart any more: history counts from now.
    on = account.entered_on if all(account.is_of_tape(row) for row in in_force) else account.head.aged_on
    moved = [move.from_bucket for move in account.moved_since(on) if move.on == on]
    bucket = moved[0] if moved else bucket_on(rules.oldest_unpaid(current), on)
    through = max((row.pk for row in account.repayments), default=0)
    account.loan.opening = Opening.objects.create(
        loan=account.loan, on=on, start_bucket=bucket, through_repayment_id=through, instalments=_written(current)
    )
    return Start(current, on, bucket, through)


def _as_open(row: Instalment) -> Open:
    owed = [row.principal_fen, row.interest_fen, row.fee_fen, row.penalty_fen]
    paid = [row.principal_paid_fen, row.interest_paid_fen, row.fee_paid_fen, row.penalty_paid_fen]
    return Open(row.n, row.due_on, owed, paid, row.penalty_through_on)


def _written(rows: Sequence[Open]) -> list[list[object]]:
    return [
        [r.n, r.due_on.isoformat(), r.owed, r.paid, r.penalty_through_on and r.penalty_through_on.isoformat()]
        for r in rows
    ]


def _read(opening: Opening) -> tuple[Open, ...]:
    return tuple(
        Open(n, date.fromisoformat(due), list(owed), list(paid), date.fromisoformat(through) if through else None)
        for n, due, owed, paid, through in opening.instalments
    )


def paid_on(paid_at: datetime) -> date:
    return paid_at.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date()


def _replay(loan: Loan, opening: Sequence[Open], repayments: Sequence[Repayment]) -> rules.Replayed:
    moneys = [rules.Money(r.receipt, r.paid_at, paid_on(r.paid_at), r.amount_fen) for r in repayments]
    order = [COMPONENTS.index(name) for name in loan.allocation_order]
    return rules.replay(opening, moneys, order=order, penalty_of=_penalty_of(loan))


def _penalty_of(loan: Loan) -> PenaltyOf:
    multiple = loan.penalty_multiple

    def penalty(principal_fen: int, days: int) -> int:
        return penalty_fen(principal_fen, rate=loan.rate, rate_unit=loan.rate_unit, multiple=multiple, days=days)

    return penalty


def points(account: Account) -> tuple[tuple[rules.Point, ...], date]:
    """The oldest unpaid due date by day as the repayments in force tell it, and the first day of which they tell."""
    start = start_of(account)
    in_force = [r for r in account.repayments if r.reversed_at is None and r.pk > start.through_id]
    return _replay(account.loan, start.instalments, in_force).points, start.on


def rebook(account: Account, start: Start, *, changed: Repayment, cause: str, on: date, now: datetime) -> bool:
    """Tell the loan's repayments again after one came or went, and write the difference as of `on`.

    changed: the repayment that is new (no split yet) or was just reversed (its split still there). cause: "backdated"
    or "reversal" for moves that replace what was believed, "" when only the natural order goes on. Answers whether
    anything was rewritten that had been told otherwise.
    """
    in_force = [r for r in account.repayments if r.reversed_at is None and r.pk > start.through_id]
    replayed = _replay(account.loan, start.instalments, in_force)
    corrects = _settle(account, start, replayed, changed=changed, on=on, now=now)
    moves = rules.history(replayed.points, start=start.bucket, from_on=start.on, as_of=on)
    superseded = rewrite_moves(account, moves, since=start.on, cause=cause, now=now)
    classing.follow(account.loan, account.head, replayed.points, since=start.on, on=on, cause=cause, now=now)
    ledger.write_head(account.loan, account.head, account.rows, on=on, now=now)
    return corrects or superseded


def _settle(
    account: Account, start: Start, replayed: rules.Replayed, *, changed: Repayment, on: date, now: datetime
) -> bool:
    """Ledger, splits and instalments follow the replay. Answers whether earlier postings had to be corrected."""
    entry = uuid.uuid4()
    undone, done = _resplit(account, replayed, changed=changed)
    less, more = _earned(account, start, replayed, on=on)
    steps = [*ledger.reversal(undone), *ledger.reversal(less), *more, *done]
    ledger.post(account.loan, steps, "correction", entry=entry, on=on, now=now)
    if changed.reversed_at is None:
        fresh = ledger.money_steps(changed.split, changed.credit_fen)
        ledger.post(account.loan, fresh, "repayment", entry=entry, on=paid_on(changed.paid_at), now=now)
    fields = [f"{part}_paid_fen" for part in COMPONENTS]
    Instalment.objects.bulk_update(account.rows, [*fields, "penalty_fen", "penalty_through_on", "interest_booked"])
    return bool(undone or less)


def _resplit(
    account: Account, replayed: rules.Replayed, *, changed: Repayment
) -> tuple[list[ledger.Step], list[ledger.Step]]:
    """Write where each repayment went now; answers the steps to undo and those to do, in order of payment."""
    received = {one.receipt: one for one in replayed.received}
    undone: list[ledger.Step] = []
    done: list[ledger.Step] = []
    for repayment in account.repayments:
        new = received.get(repayment.receipt)
        if new is None and repayment.pk != changed.pk:
            continue  # reversed before, or contained in the opening
        split = [list(part) for part in new.parts] if new else []
        credit_fen = new.credit_fen if new else 0
        if (split, credit_fen) == (repayment.split, repayment.credit_fen):
            continue
        before = ledger.money_steps(repayment.split, repayment.credit_fen)
        after = ledger.money_steps(split, credit_fen)
        repayment.split, repayment.credit_fen = split, credit_fen
        repayment.save(update_fields=["split", "credit_fen"])
        if sorted(before) != sorted(after):
            undone += before
            done += [] if repayment.pk == changed.pk else after  # its own money is a repayment, no correction
    return undone, done


def _earned(
    account: Account, start: Start, replayed: rules.Replayed, *, on: date
) -> tuple[list[ledger.Step], list[ledger.Step]]:
    """Bring the instalments in line; answers what was earned too much and what was earned too little.

    Interest paid in advance was earned at that moment: without the money it waits for its due date again.
    """
    touched = {n for one in replayed.received for n, _part, _fen in one.parts}
    less, more = dict.fromkeys(ledger.INCOME, 0), dict.fromkeys(ledger.INCOME, 0)
    for row, told, opened in zip(account.rows, replayed.instalments, start.instalments, strict=True):
        is_booked = row.n in touched or sum(opened.paid) > 0 or (row.interest_booked and row.due_on <= on)
        if is_booked != row.interest_booked:
            side = more if is_booked else less
            side["interest"] += told.owed[INTEREST]
            side["fee"] += told.owed[FEE]
        side = more if told.owed[PENALTY] > row.penalty_fen else less
        side["penalty"] += abs(told.owed[PENALTY] - row.penalty_fen)
        row.interest_booked, row.penalty_fen = is_booked, told.owed[PENALTY]
        row.penalty_through_on = told.penalty_through_on
        for place, part in enumerate(COMPONENTS):
            setattr(row, f"{part}_paid_fen", told.paid[place])
    return ledger.income_steps(**less), ledger.income_steps(**more)


def rewrite_moves(account: Account, moves: Sequence[rules.Move], *, since: date, cause: str, now: datetime) -> bool:
    """Make `moves` the ones in force from a day on; what was believed otherwise is marked, not lost."""
    believed = {(move.on, move.from_bucket, move.to_bucket): move for move in account.moved_since(since)}
    told = {(move.on, move.from_bucket, move.to_bucket): move for move in moves}
    stale = [move.pk for key, move in believed.items() if key not in told]
    if stale:
        BucketMove.objects.filter(pk__in=stale).update(superseded_at=now)
    BucketMove.objects.bulk_create(
        BucketMove(
            loan=account.loan, on=move.on, from_bucket=move.from_bucket, to_bucket=move.to_bucket,
            cause=_cause(move, cause),
        )
        for key, move in told.items()
        if key not in believed
    )  # fmt: skip
    return bool(stale)


def _cause(move: rules.Move, rewriting: str) -> str:
    return rewriting or ("repayment" if move.is_by_money else "dayend")
