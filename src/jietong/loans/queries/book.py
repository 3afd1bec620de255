"""What a borrower owes, as figures with their date. Reads only; money in fen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import count

from django.db import connection
from django.db.models import Prefetch

from jietong.loans.models import Book, BucketMove, Instalment, Loan, LoanHead, Repayment
from jietong.loans.queries.parties import creditor_of
from jietong.loans.queries.products import price_limits
from jietong.loans.rules import buckets
from jietong.loans.rules.penalty import accrued_penalty_fen, penalty_by
from jietong.loans.sql.closing import BUCKET


@dataclass(frozen=True, slots=True)
class InstalmentView:
    """One instalment as it stands on a day. `penalty_fen` includes what has accrued since it was last booked.

    n: its place in the plan as it is now, 1 and on; 0 for a prepayment, which is no instalment. What a change of the
    plan closed before anything was paid of it is not among them.
    """

    n: int
    due_on: date
    total_fen: int
    paid_fen: int
    principal_left_fen: int
    interest_left_fen: int
    fee_left_fen: int
    penalty_left_fen: int
    state: str  # "paid", "late", "due_today", "coming"
    is_closed: bool = False  # a change of the plan took the place of what was left

    @property
    def left_fen(self) -> int:
        return self.principal_left_fen + self.interest_left_fen + self.fee_left_fen + self.penalty_left_fen


@dataclass(frozen=True, slots=True)
class LoanView:
    """A loan as it stands on `as_of`. `due_now` is everything whose due date has come, penalty included."""

    loan_id: int
    ref: str
    product: str
    creditor: str  # of that day: who is owed the loan then
    principal_fen: int
    rate: Decimal
    rate_unit: str
    penalty_multiple: Decimal
    method: str
    disbursed_on: date
    as_of: date
    updated_at: datetime
    bucket: str
    days_past_due: int
    instalments: tuple[InstalmentView, ...]
    next_change_on: date | None
    is_settled: bool
    cancelled_on: date | None = None
    is_written_off: bool = False

    @property
    def due_now(self) -> tuple[InstalmentView, ...]:
        return tuple(i for i in self.instalments if i.left_fen > 0 and i.due_on <= self.as_of)

    @property
    def due_now_fen(self) -> int:
        return sum(i.left_fen for i in self.due_now)

    @property
    def overdue_fen(self) -> int:
        return sum(i.left_fen for i in self.due_now if i.due_on < self.as_of)

    @property
    def outstanding_fen(self) -> int:
        """Everything still owed if it runs to its end, with penalty accrued until today."""
        return sum(i.left_fen for i in self.instalments)

    @property
    def outstanding_principal_fen(self) -> int:
        return sum(i.principal_left_fen for i in self.instalments)

    @property
    def next_due(self) -> InstalmentView | None:
        return next((i for i in self.instalments if i.left_fen > 0 and i.due_on > self.as_of), None)

    @property
    def oldest_late_on(self) -> date | None:
        return next((i.due_on for i in self.instalments if i.state == "late"), None)

    @property
    def paid_count(self) -> int:
        return sum(1 for i in self.instalments if i.state == "paid" and i.n)

    @property
    def instalment_count(self) -> int:
        """Instalments of the plan as it is now; a prepayment is none."""
        return sum(1 for i in self.instalments if i.n)

    @property
    def penalty_now_fen(self) -> int:
        return sum(i.penalty_left_fen for i in self.due_now)

    @property
    def penalty_per_day_fen(self) -> int:
        """About what one more day costs: on the overdue principal as it stands."""
        late = sum(i.principal_left_fen for i in self.due_now)
        return penalty_fen(late, rate=self.rate, rate_unit=self.rate_unit, multiple=self.penalty_multiple, days=1)


def penalty_fen(principal_fen: int, *, rate: Decimal, rate_unit: str, multiple: Decimal, days: int) -> int:
    """Penalty on overdue principal, capped by the rule pack's all-in cost."""
    annual = rate * 365 if rate_unit == "day" else rate
    cap = price_limits().all_in_cap
    basis = 365 if rate_unit == "day" else 360
    return accrued_penalty_fen(principal_fen, annual, multiple, days, basis, cap)


def penalty_of_terms(rate: Decimal, rate_unit: str, multiple: Decimal) -> Callable[[int, int], int]:
    """penalty_fen of a loan's terms under the rule pack of now, for many amounts."""
    annual, basis = (rate * 365, 365) if rate_unit == "day" else (rate, 360)
    return penalty_by(annual, multiple, basis, price_limits().all_in_cap)


def unbooked_penalty_fen(instalment: Instalment, loan: Loan, *, on: date) -> int:
    """What has accrued on the instalment's overdue principal since penalty was last booked."""
    since = instalment.penalty_through_on or instalment.due_on
    days = (on - since).days
    unpaid = instalment.principal_fen - instalment.principal_paid_fen
    if days <= 0 or unpaid <= 0 or loan.status == Loan.Status.WRITTEN_OFF:
        return 0
    return penalty_fen(unpaid, rate=loan.rate, rate_unit=loan.rate_unit, multiple=loan.penalty_multiple, days=days)


def loans_of(borrower_id: int, *, on: date) -> list[LoanView]:
    """All loans of the borrower as they stand on a day; open ones first, the most overdue before the others."""
    loans = Loan.objects.filter(borrower_id=borrower_id).select_related("product", "version", "head")
    rows = loans.prefetch_related(_INSTALMENTS, "claim_changes")
    views = [_view(loan, on=on) for loan in rows]
    return sorted(views, key=lambda v: (v.is_settled, -v.days_past_due, v.disbursed_on, v.loan_id))


def loan(loan_id: int, *, on: date) -> LoanView:
    row = Loan.objects.select_related("product", "version", "head").prefetch_related(_INSTALMENTS).get(pk=loan_id)
    return _view(row, on=on)


def _view(loan: Loan, *, on: date) -> LoanView:
    asking = [row for row in loan.instalments.all() if _asks(row) > 0]  # a core may have no instalment of this number
    rows = [row for row in asking if row.closed_by_id is None or _paid(row) > 0]
    places = count(1)
    numbers = [0 if _is_prepayment(row) else next(places) for row in rows]
    instalments = tuple(_instalment_view(row, loan, n=n, on=on) for n, row in zip(numbers, rows, strict=True))
    oldest = next((i.due_on for i in instalments if i.left_fen > 0), None)
    return LoanView(
        loan_id=loan.pk,
        ref=loan.ref,
        product=loan.product.name,
        creditor=creditor_of(loan, on),
        principal_fen=loan.principal_fen,
        rate=loan.rate,
        rate_unit=loan.rate_unit,
        penalty_multiple=loan.penalty_multiple,
        method=loan.method,
        disbursed_on=loan.disbursed_on,
        as_of=on,
        updated_at=loan.head.updated_at,
        bucket=buckets.bucket_on(oldest, on),
        days_past_due=buckets.days_past_due(oldest, on),
        instalments=instalments,
        next_change_on=buckets.next_move_on(oldest, on),
        is_settled=loan.status in {Loan.Status.SETTLED, Loan.Status.RECOVERED},
        is_written_off=loan.status in {Loan.Status.WRITTEN_OFF, Loan.Status.RECOVERED},
        cancelled_on=loan.cancelled_on,
    )


#: by due date: rows that a change of the plan added have high numbers
_INSTALMENTS = Prefetch("instalments", Instalment.objects.select_related("opened_by").order_by("due_on", "n"))


def _asks(row: Instalment) -> int:
    return row.principal_fen + row.interest_fen + row.fee_fen + row.penalty_fen


def _paid(row: Instalment) -> int:
    return row.principal_paid_fen + row.interest_paid_fen + row.fee_paid_fen + row.penalty_paid_fen


def _is_prepayment(row: Instalment) -> bool:
    change = row.opened_by
    return change is not None and bool(change.receipt) and row.n == change.first_n


def _instalment_view(row: Instalment, loan: Loan, *, n: int, on: date) -> InstalmentView:
    accrued = unbooked_penalty_fen(row, loan, on=on) if row.due_on < on else 0
    left = {
        "principal_left_fen": row.principal_fen - row.principal_paid_fen,
        "interest_left_fen": row.interest_fen - row.interest_paid_fen,
        "fee_left_fen": row.fee_fen - row.fee_paid_fen,
        "penalty_left_fen": row.penalty_fen - row.penalty_paid_fen + accrued,
    }
    unpaid = sum(left.values()) > 0
    late_or_today = "late" if row.due_on < on else "due_today" if row.due_on == on else "coming"
    return InstalmentView(
        n=n,
        due_on=row.due_on,
        total_fen=row.principal_fen + row.interest_fen + row.fee_fen + row.penalty_fen + accrued,
        paid_fen=_paid(row),
        state=late_or_today if unpaid else "paid",
        is_closed=row.closed_by_id is not None,
        **left,
    )


@dataclass(frozen=True, slots=True)
class Position:
    """A borrower's arrears over all loans on a day, as urgency and cases need them."""

    days_past_due: int | None  # > 0 late, 0 due today, < 0 days still to go, None nothing open
    days_to_next_bucket: int | None
    overdue_fen: int
    worst_bucket: str


def position(borrower_id: int, *, on: date) -> Position:
    open_loans = [view for view in loans_of(borrower_id, on=on) if not view.is_settled]
    if not open_loans:
        return Position(None, None, 0, "M0")
    late = max(view.days_past_due for view in open_loans)
    next_due = [view.next_due.due_on for view in open_loans if view.next_due is not None]
    due_today = any(i.due_on == on for view in open_loans for i in view.due_now)
    to_go = -(min(next_due) - on).days if next_due else None
    moves = [view.next_change_on for view in open_loans if view.next_change_on and view.days_past_due > 0]
    return Position(
        days_past_due=late if late > 0 else 0 if due_today else to_go,
        days_to_next_bucket=(min(moves) - on).days if moves else None,
        overdue_fen=sum(view.overdue_fen for view in open_loans),
        worst_bucket=buckets.worst([view.bucket for view in open_loans]),
    )


def borrower_of_ref(ref: str) -> int | None:
    """Whose loan has this number; None when none has."""
    return Loan.objects.filter(ref__iexact=ref.strip()).values_list("borrower_id", flat=True).first()


def bucket_history(loan_id: int) -> list[BucketMove]:
    """The moves in force, by date: what was believed before money turned out to have come otherwise is left out."""
    return list(BucketMove.objects.filter(loan_id=loan_id, superseded_at=None).order_by("on", "pk"))


def repayments_of(borrower_id: int, *, limit: int = 50) -> list[Repayment]:
    """Money in force, the newest first; reversed repayments are not among it."""
    rows = Repayment.objects.filter(loan__borrower_id=borrower_id, reversed_at=None).select_related("loan")
    return list(rows.order_by("-paid_at", "-id")[:limit])


def paid_between(borrower_id: int, start: datetime, end: datetime) -> int:
    """Money received from the borrower in [start, end) and not taken back, in fen."""
    rows = Repayment.objects.filter(
        loan__borrower_id=borrower_id, reversed_at=None, paid_at__gte=start, paid_at__lt=end
    )
    return sum(rows.values_list("amount_fen", flat=True))


def business_date() -> date | None:
    """The book's own date; None before the first day-end."""
    row = Book.objects.order_by("pk").first()
    return row.business_date if row else None


def late_borrowers(*, on: date) -> dict[int, date]:
    """borrower → oldest unpaid due date, for everybody who is late on that day. From heads: one index scan."""
    found: dict[int, date] = {}
    rows = LoanHead.objects.filter(oldest_unpaid_due_on__lt=on).values_list("borrower_id", "oldest_unpaid_due_on")
    for borrower_id, due_on in rows.iterator(chunk_size=5000):
        if due_on is not None and (borrower_id not in found or due_on < found[borrower_id]):
            found[borrower_id] = due_on
    return found


#: A subquery for set-based steps of rooms above: borrower_id and worst bucket of everybody who is late on %(day)s.
LATE_BORROWERS = f"""
  SELECT borrower_id, {BUCKET.format(dpd="dpd")} AS bucket FROM (
    SELECT borrower_id, %(day)s - min(oldest_unpaid_due_on) AS dpd FROM loans_loanhead
    WHERE oldest_unpaid_due_on < %(day)s GROUP BY borrower_id
  ) late"""  # noqa: S608


def paid_since(starts: dict[int, datetime]) -> dict[int, int]:
    """borrower → money received from that instant on and not taken back, in fen; borrowers without any are left out."""
    if not starts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.borrower_id, sum(r.amount_fen)
            FROM unnest(%s::bigint[], %s::timestamptz[]) AS s(borrower_id, at)
            JOIN loans_loan l ON l.borrower_id = s.borrower_id JOIN loans_repayment r ON r.loan_id = l.id
            WHERE r.reversed_at IS NULL AND r.paid_at >= s.at GROUP BY s.borrower_id
            """,
            [list(starts), list(starts.values())],
        )
        return {borrower_id: int(fen) for borrower_id, fen in cursor.fetchall()}


def due_on(day: date) -> dict[int, date]:
    """borrower → `day`, for everybody whose oldest unpaid instalment falls due on that day."""
    rows = LoanHead.objects.filter(oldest_unpaid_due_on=day).values_list("borrower_id", flat=True)
    return dict.fromkeys(rows, day)
