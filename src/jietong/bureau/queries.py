"""What was reported, what is planned and what is being corrected, for the faces. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from jietong.bureau.models import Acknowledgement, Batch, Correction, Dispute, Held, Notice, Rejected, Report
from jietong.bureau.policy import policy_or_none
from jietong.contacts import queries as contacts
from jietong.kernel import clock
from jietong.loans.queries import standing as loans

MONTHS_SHOWN = 24


@dataclass(frozen=True, slots=True)
class Month:
    """What was said of one loan for one month: the version in force, those before it, and what is under way."""

    report: Report
    before: tuple[Report, ...]
    correction: Correction | None
    dispute: Dispute | None
    held: Held | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the next report will be about a loan, and until when it can be prevented.

    adverse_from: first day on which the adverse item may be reported; None when nothing is late or nothing was told.
    prevent_by: the last day of this month, at whose close the loan is looked at.
    """

    ref: str
    days_past_due: int
    notice: Notice | None
    adverse_from: date | None
    prevent_by: date
    dispute: Dispute | None

    @property
    def is_late(self) -> bool:
        return self.days_past_due > 0


@dataclass(frozen=True, slots=True)
class LoanState:
    """A loan's whole state of reporting."""

    loan_id: int
    ref: str
    months: tuple[Month, ...]  # the newest first
    outlook: Outlook


def of_borrower(borrower_id: int, *, now: datetime) -> list[LoanState]:
    """All loans of a borrower that have been reported or are late; the late ones first, then by number."""
    refs = loans.borrower_loans(borrower_id)
    today = clock.local_date(now, settings.LENDER_TIME_ZONE)
    months = _months(borrower_id, today=today)
    notices = {one.loan_id: one for one in Notice.objects.filter(borrower_id=borrower_id, ended_on=None)}
    disputes = {d.loan_id: d for d in Dispute.objects.filter(borrower_id=borrower_id, state=Dispute.State.OPEN)}
    late = loans.late_of(borrower_id, on=today)
    found = [
        LoanState(
            key, ref, tuple(months.get(key, ())),
            _outlook(ref, late.get(key, 0), notices.get(key), disputes.get(key), today=today),
        )
        for key, ref in refs.items()
        if key in months or key in late
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.outlook.days_past_due, one.ref))


def _outlook(ref: str, days: int, notice: Notice | None, dispute: Dispute | None, *, today: date) -> Outlook:
    rules_now = policy_or_none()
    free_on = None
    if days and notice is not None and notice.sent_at is not None and rules_now is not None:
        told_on = clock.local_date(notice.sent_at, settings.LENDER_TIME_ZONE)
        free_on = told_on + timedelta(days=rules_now.timing.waiting_days + 1)
    last = (today.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return Outlook(ref, days, notice, free_on, last, dispute)


def _months(borrower_id: int, *, today: date) -> dict[int, list[Month]]:
    """loan → its months; three queries for a borrower, however many reports there are."""
    since = today - timedelta(days=31 * MONTHS_SHOWN)
    rows = Report.objects.filter(borrower_id=borrower_id, month__gte=since).select_related(
        "batch", "notice", "correction"
    )
    versions: dict[tuple[int, date], list[Report]] = {}
    for report in rows.order_by("-month", "-version"):
        versions.setdefault((report.loan_id, report.month), []).append(report)
    corrections, disputes = _corrections(borrower_id), _disputes(borrower_id)
    held = {one.report_id: one for one in Held.objects.filter(borrower_id=borrower_id, closed_at=None)}
    found: dict[int, list[Month]] = {}
    for key, (newest, *older) in versions.items():
        month = Month(newest, tuple(older), corrections.get(key), disputes.get(key), held.get(newest.pk))
        found.setdefault(key[0], []).append(month)
    return found


def _corrections(borrower_id: int) -> dict[tuple[int, date], Correction]:
    """loan and month → its newest correction."""
    rows = Correction.objects.filter(borrower_id=borrower_id).select_related("report", "owner_team").order_by("pk")
    return {(one.report.loan_id, one.report.month): one for one in rows}


def _disputes(borrower_id: int) -> dict[tuple[int, date], Dispute]:
    """loan and month → its newest dispute."""
    rows = Dispute.objects.filter(borrower_id=borrower_id).select_related("report", "contact").order_by("pk")
    return {(one.report.loan_id, one.report.month): one for one in rows}


def own_report(borrower_id: int, report_id: int) -> Report | None:
    """The borrower's own report; another's does not exist for them."""
    return Report.objects.filter(pk=report_id, borrower_id=borrower_id).select_related("batch", "notice").first()


def sent_words(attempt_key: str) -> str:
    """State of the message with this key: "sent", "planned" …, "" when there is none."""
    found = contacts.attempts_by_key([attempt_key]).get(attempt_key) if attempt_key else None
    return found.state if found is not None else ""


# ---- for the console -------------------------------------------------------------------------------------------


def batches(*, limit: int = 12) -> list[Batch]:
    """The newest files, months and corrections."""
    return list(Batch.objects.order_by("-prepared_at", "-pk")[:limit])


def batch(name: str) -> Batch | None:
    return Batch.objects.filter(name=name).first()


def month_run(month: date) -> Batch | None:
    return Batch.objects.filter(kind=Batch.Kind.MONTH, month=month).first()


def acknowledgements(batch_id: int) -> list[Acknowledgement]:
    return list(Acknowledgement.objects.filter(batch_id=batch_id).order_by("-received_at"))


def reports_of(batch_id: int, *, only: str = "", limit: int = 100) -> QuerySet[Report]:
    """Rows of a batch; only: "", "adverse", "held", "disputed"."""
    rows = Report.objects.filter(batch_id=batch_id).select_related("loan", "borrower", "notice", "corrects")
    narrowed = {
        "adverse": rows.filter(adverse=True),
        "held": rows.exclude(withheld=""),
        "disputed": rows.filter(disputed=True),
    }
    return narrowed.get(only, rows).order_by("row")[:limit]


def open_held(*, limit: int = 50) -> list[Held]:
    """What may not be said yet, the nearest time first."""
    rows = Held.objects.filter(closed_at=None).select_related("report__loan", "borrower", "owner_team")
    return list(rows.order_by("due_at", "pk")[:limit])


def open_corrections(*, limit: int = 50) -> list[Correction]:
    """Corrections that the bureau has not taken yet, the nearest deadline first."""
    states = [Correction.State.OPEN, Correction.State.REPORTED]
    rows = Correction.objects.filter(state__in=states).select_related("report__loan", "borrower", "owner_team")
    return list(rows.order_by("due_at", "pk")[:limit])


def open_disputes(*, limit: int = 50) -> list[Dispute]:
    rows = Dispute.objects.filter(state=Dispute.State.OPEN).select_related("report__loan", "borrower", "contact")
    return list(rows.order_by("due_at", "pk")[:limit])


def open_rejected(*, limit: int = 50) -> list[Rejected]:
    rows = Rejected.objects.filter(closed_at=None).select_related("report__loan", "report__batch", "owner_team")
    return list(rows.order_by("due_at", "pk")[:limit])


@dataclass(frozen=True, slots=True)
class Counts:
    """What is open over the whole book, and notices on their way, told and not delivered."""

    held: int
    corrections: int
    overdue_corrections: int
    disputes: int
    rejected: int
    notices: dict[str, int]


def counts(*, now: datetime) -> Counts:
    states = [Correction.State.OPEN, Correction.State.REPORTED]
    open_rows = Correction.objects.filter(state__in=states)
    told = Notice.objects.filter(ended_on=None).values_list("state").annotate(n=Count("pk")).order_by()
    return Counts(
        held=Held.objects.filter(closed_at=None).count(),
        corrections=open_rows.count(),
        overdue_corrections=open_rows.filter(due_at__lt=now).count(),
        disputes=Dispute.objects.filter(state=Dispute.State.OPEN).count(),
        rejected=Rejected.objects.filter(closed_at=None).count(),
        notices=dict(told),
    )


def rejected_by_code(batch_id: int) -> list[tuple[str, str, int, int]]:
    """(code, the bureau's words, how many rows, how many of them still wait) of a batch, the most frequent first."""
    rows = Rejected.objects.filter(report__batch_id=batch_id).order_by().values_list("code", "message")
    found = rows.annotate(n=Count("pk"), waiting=Count("pk", filter=Q(closed_at=None)))
    return sorted(found, key=lambda one: (-one[2], one[0]))
