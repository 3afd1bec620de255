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
from jietong.loans.models import BucketMove, Instalment, Loan, LoanHead, Opening, PlanChange, Repayment
from jietong.loans.plan_changes import as_rule, follow_changes
from jietong.loans.queries.book import penalty_fen
from jietong.loans.rules import replay as rules
from jietong.loans.rules.buckets import bucket_on
from jietong.loans.rules.changes import Change, Contract
from jietong.loans.rules.opening import COMPONENTS, FEE, INTEREST, PENALTY, Open, PenaltyOf

INSTALMENT_FIELDS = [
    "due_on", "penalty_through_on", "interest_booked", "opened_by", "closed_by",
    *(f"{part}_fen" for part in COMPONENTS), *(f"{part}_paid_fen" for part in COMPONENTS),
]  # fmt: skip
TOLD_BY_TAPE = "import"  # cause of the move that only repeats in which bucket a loan came


@dataclass(slots=True)
class Account:
    """All of one loan that a booking reads; instalments by due date, moves and plan changes in force only."""

    loan: Loan
    rows: list[Instalment]
    repayments: list[Repayment]
    moves: list[BucketMove]
    head: LoanHead
    changes: list[PlanChange]

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
    """The loan, locked until the end of the transaction, with product and source.

    Its opening is read when the lock is had, so that one which a faster booking wrote is seen. The loan's key is not
    locked: postings of a day-end that is about to commit refer to it, and would wait for us for ever.
    """
    loans = Loan.objects.select_for_update(of=("self",), no_key=True).select_related("product", "version", "source")
    return loans.filter(ref=ref).first()


def load(loan: Loan, *, locked: bool = True) -> Account:
    """Instalments are locked too: day-end marks them when their interest falls due. Unlocked for looking only."""
    rows, head = Instalment.objects.filter(loan=loan), LoanHead.objects.all()
    if locked:
        rows, head = rows.select_for_update(), head.select_for_update()
    return Account(
        loan=loan,
        rows=list(rows.order_by("due_on", "n")),
        repayments=list(loan.repayments.order_by("paid_at", "receipt")),
        moves=list(loan.bucket_moves.filter(superseded_at=None).order_by("on", "pk")),
        head=head.get(loan=loan),
        changes=list(loan.plan_changes.filter(undone_at=None).order_by("at", "pk")),
    )


def start_of(account: Account, *, keep: bool = False) -> Start:
    """The state from which the loan can be told again, before anything of this booking is written.

    Most loans begin with nothing paid: if their repayments, told from there, give the figures of now, that is the
    start. Otherwise the figures of now become the floor, and are kept as the loan's Opening. `keep` keeps it in any
    case: a change of the plan lowers what instalments ask for, so it has to be known what they once asked for.
    """
    start, is_plain = find_start(account)
    if getattr(account.loan, "opening", None) is None and (keep or not is_plain):
        account.loan.opening = Opening.objects.create(
            loan=account.loan, on=start.on, start_bucket=start.bucket, through_repayment_id=start.through_id,
            instalments=written(start.instalments),
        )  # fmt: skip
    return start


def find_start(account: Account) -> tuple[Start, bool]:
    """The same, writing nothing, and whether it is that of a loan with nothing paid."""
    known = getattr(account.loan, "opening", None)
    if known is not None:
        return Start(_read(known), known.on, known.start_bucket, known.through_repayment_id), False
    owed = [[row.principal_fen, row.interest_fen, row.fee_fen, 0] for row in account.rows]
    blank = tuple(Open(row.n, row.due_on, parts) for row, parts in zip(account.rows, owed, strict=True))
    in_force = [row for row in account.repayments if row.reversed_at is None]
    current = tuple(_as_open(row) for row in account.rows)
    if tell(account.loan, blank, in_force).instalments == current:
        told = tell(account.loan, blank, [row for row in account.repayments if account.is_of_tape(row)])
        bucket = bucket_on(rules.oldest_unpaid(told.instalments), account.entered_on)
        return Start(blank, account.entered_on, bucket, 0), True
    # Repayments booked before such figures were kept cannot be taken apart any more: history counts from now.
    on = account.entered_on if all(account.is_of_tape(row) for row in in_force) else account.head.aged_on
    moved = [move.from_bucket for move in account.moved_since(on) if move.on == on]
    bucket = moved[0] if moved else bucket_on(rules.oldest_unpaid(current), on)
    through = max((row.pk for row in account.repayments), default=0)
    return Start(current, on, bucket, through), False


def _as_open(row: Instalment) -> Open:
    owed = [row.principal_fen, row.interest_fen, row.fee_fen, row.penalty_fen]
    paid = [row.principal_paid_fen, row.interest_paid_fen, row.fee_paid_fen, row.penalty_paid_fen]
    return Open(row.n, row.due_on, owed, paid, row.penalty_through_on)


def written(rows: Sequence[Open]) -> list[list[object]]:
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


def tell(
    loan: Loan, opening: Sequence[Open], repayments: Sequence[Repayment], changes: Sequence[Change] = (), *,
    extra: Sequence[rules.Money] = (),
) -> rules.Replayed:  # fmt: skip
    """The pure replay of these repayments and changes on this loan's terms; `extra`: money only thought of."""
    moneys = [rules.Money(r.receipt, r.paid_at, paid_on(r.paid_at), r.amount_fen) for r in repayments]
    moneys += extra
    order = [COMPONENTS.index(name) for name in loan.allocation_order]
    contract = Contract(loan.disbursed_on, loan.rate, loan.rate_unit, loan.day_count, loan.method)
    return rules.replay(opening, moneys, order=order, penalty_of=penalty_rule(loan), changes=changes, contract=contract)


def penalty_rule(loan: Loan) -> PenaltyOf:
    multiple = loan.penalty_multiple

    def penalty(principal_fen: int, days: int) -> int:
        return penalty_fen(principal_fen, rate=loan.rate, rate_unit=loan.rate_unit, multiple=multiple, days=days)

    return penalty


def points(account: Account) -> tuple[tuple[rules.Point, ...], date]:
    """The oldest unpaid due date by day as money and changes in force tell it, and the first day of which they tell."""
    start = start_of(account)
    in_force = [r for r in account.repayments if r.reversed_at is None and r.pk > start.through_id]
    booked = [as_rule(change) for change in account.changes]
    return tell(account.loan, start.instalments, in_force, booked).points, start.on


def rebook(
    account: Account, start: Start, *, cause: str, on: date, now: datetime, changed: Repayment | None = None,
    undone: PlanChange | None = None,
) -> bool:  # fmt: skip
    """Tell the loan again after money or a change came or went, and write the difference as of `on`.

    changed: the repayment that is new (no split yet) or was just reversed (its split still there); undone: the change
    that was just taken out. cause: "backdated", "reversal" or "plan" for moves that replace what was believed, "" when
    only the natural order goes on. Answers whether anything was rewritten that had been told otherwise.
    """
    in_force = [r for r in account.repayments if r.reversed_at is None and r.pk > start.through_id]
    replayed = tell(account.loan, start.instalments, in_force, [as_rule(change) for change in account.changes])
    corrects = _settle(account, start, replayed, changed=changed, undone=undone, on=on, now=now)
    moves = rules.history(replayed.points, start=start.bucket, from_on=start.on, as_of=on)
    superseded = rewrite_moves(account, moves, since=start.on, cause=cause, now=now)
    classing.follow(account.loan, account.head, replayed.points, since=start.on, on=on, cause=cause, now=now)
    ledger.write_head(account.loan, account.head, account.rows, on=on, now=now, written_off=replayed.is_written_off)
    return corrects or superseded


def _settle(
    account: Account, start: Start, replayed: rules.Replayed, *, changed: Repayment | None,
    undone: PlanChange | None, on: date, now: datetime,
) -> bool:  # fmt: skip
    """Ledger, splits and instalments follow the replay. Answers whether earlier postings had to be corrected."""
    entry = uuid.uuid4()
    undone_steps, done = _resplit(account, replayed, changed=changed)
    by_changes = follow_changes(account, replayed, undone=undone, on=on, now=now)
    less, more = _earned(account, start, replayed, on=on)
    back = [*by_changes.undone, *undone_steps]
    steps = [*ledger.reversal(back), *ledger.reversal(less), *more, *done, *by_changes.done]
    ledger.post(account.loan, steps, "correction", entry=entry, on=on, now=now)
    if changed is not None and changed.reversed_at is None:
        fresh = ledger.money_steps(changed.split, changed.credit_fen, is_recovery=changed.is_recovery)
        ledger.post(account.loan, fresh, "repayment", entry=entry, on=paid_on(changed.paid_at), now=now)
    for change, own in by_changes.fresh:
        ledger.post(account.loan, own, change.kind, entry=entry, on=change.on, now=now)
    Instalment.objects.bulk_update(account.rows, INSTALMENT_FIELDS)
    return bool(back or less)


def _resplit(
    account: Account, replayed: rules.Replayed, *, changed: Repayment | None
) -> tuple[list[ledger.Step], list[ledger.Step]]:
    """Write where each repayment went now; answers the steps to undo and those to do, in order of payment."""
    received = {one.receipt: one for one in replayed.received}
    changed_id = changed.pk if changed is not None else None
    undone: list[ledger.Step] = []
    done: list[ledger.Step] = []
    for repayment in account.repayments:
        new = received.get(repayment.receipt)
        if new is None and repayment.pk != changed_id:
            continue  # reversed before, or contained in the opening
        told = ([list(part) for part in new.parts] if new else [], new.credit_fen if new else 0)
        recovers = repayment.receipt in replayed.recovered
        if (*told, recovers) == (repayment.split, repayment.credit_fen, repayment.is_recovery):
            continue
        before = ledger.money_steps(repayment.split, repayment.credit_fen, is_recovery=repayment.is_recovery)
        after = ledger.money_steps(*told, is_recovery=recovers)
        (repayment.split, repayment.credit_fen), repayment.is_recovery = told, recovers
        repayment.save(update_fields=["split", "credit_fen", "is_recovery"])
        if ledger.differing(before, after):
            undone += before
            done += [] if repayment.pk == changed_id else after  # its own money is a repayment, no correction
    return undone, done


def _earned(
    account: Account, start: Start, replayed: rules.Replayed, *, on: date
) -> tuple[list[ledger.Step], list[ledger.Step]]:
    """Bring the instalments in line; answers what was earned too much and what was earned too little.

    Interest paid in advance was earned at that moment: without the money it waits for its due date again. So does
    interest that a new plan moved to a later date. Nothing is left to fall due of a row that was closed.
    """
    touched = {n for one in replayed.received for n, _part, _fen in one.parts}
    touched |= {row.n for row in start.instalments if sum(row.paid) > 0}
    less, more = dict.fromkeys(ledger.INCOME, 0), dict.fromkeys(ledger.INCOME, 0)
    for row, told in _rows_told(account, replayed):
        had = {part: getattr(row, f"{part}_fen") if row.interest_booked else 0 for part in ("interest", "fee")}
        fell_due = row.due_on <= on and (row.interest_booked or bool(told.opened_by))
        row.interest_booked = bool(told.closed_by) or row.n in touched or fell_due
        has = {"interest": told.owed[INTEREST], "fee": told.owed[FEE]} if row.interest_booked else {}
        had["penalty"], has["penalty"] = row.penalty_fen, told.owed[PENALTY]
        for part, fen in had.items():
            side = more if has.get(part, 0) > fen else less
            side[part] += abs(has.get(part, 0) - fen)
        row.penalty_through_on = told.penalty_through_on
        for place, part in enumerate(COMPONENTS):
            setattr(row, f"{part}_fen", told.owed[place])
            setattr(row, f"{part}_paid_fen", told.paid[place])
    return ledger.income_steps(**less), ledger.income_steps(**more)


def _rows_told(account: Account, replayed: rules.Replayed) -> list[tuple[Instalment, Open]]:
    """Each instalment with what is told of it; those that a change adds are made, and none is ever deleted.

    A row whose change no longer adds it asks for nothing.
    """
    told = {row.n: row for row in replayed.instalments}
    for n in told.keys() - {row.n for row in account.rows}:
        account.rows.append(Instalment.objects.create(loan=account.loan, n=n, due_on=told[n].due_on))
    pairs = []
    for row in account.rows:
        new = told.get(row.n) or Open(row.n, row.due_on, [0, 0, 0, 0], closed_by=str(row.opened_by_id))
        row.due_on = new.due_on
        row.opened_by_id = int(new.opened_by) if new.opened_by else row.opened_by_id
        row.closed_by_id = int(new.closed_by) if new.closed_by else None
        pairs.append((row, new))
    account.rows.sort(key=lambda row: (row.due_on, row.n))
    return pairs


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
