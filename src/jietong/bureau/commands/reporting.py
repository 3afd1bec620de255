"""Writing what is said: a month's run, and corrections of what was said before. Reports only grow."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from jietong.bureau.commands.notices import gather_evidence, tell_before
from jietong.bureau.commands.telling import close_correction
from jietong.bureau.models import Batch, Correction, Dispute, Held, Notice, Report
from jietong.bureau.policy import Policy, policy
from jietong.bureau.rules import reporting as rules
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.queries import book as loans
from jietong.loans.queries import standing
from jietong.loans.queries.standing import Standing
from jietong.staff import queries as staff

EVER = date(1970, 1, 1)  # a loan that turns out settled before the month is corrected too
AT_ONCE = 5000  # reports written together
LOCK = 7_304_201  # one batch is written at a time
COLUMNS = (
    "batch_id", "row", "loan_id", "borrower_id", "month", "as_of", "version", "corrects_id", "correction_id", "status",
    "creditor", "balance_fen", "days_past_due", "overdue_fen", "asset_class", "adverse", "withheld", "disputed",
    "notice_id", "notice_at", "reported_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One report to be written: how the loan stood, what is said of it, and what it corrects."""

    standing: Standing
    said: rules.Said
    notice: Notice | None
    month: date
    as_of: date
    version: int = 1
    corrects_id: int | None = None
    correction_id: int | None = None


def month_end(month: date) -> date:
    return month.replace(day=calendar.monthrange(month.year, month.month)[1])


@transaction.atomic
def prepare(*, month: date, actor: str, now: datetime) -> Batch:
    """Write a month's reports: every loan that was open in it, as it stood at the close of its last day.

    Notices that are missing are planned first; what may not be said yet is left blank and listed with an owner and a
    time. The same month again changes nothing and answers the same batch. Raises InputError `not_over` while the book
    has not closed the month's last day, CommandRefused `no_policy`.
    """
    rules_now = policy()
    month = month.replace(day=1)
    as_of = month_end(month)
    _one_at_a_time()
    known = Batch.objects.filter(kind=Batch.Kind.MONTH, month=month).first()
    if known is not None:
        return known
    booked = loans.business_date()
    if booked is None or booked < as_of:
        raise InputError("month", "not_over", f"the book has not closed {as_of.isoformat()} yet")
    gather_evidence(now=now)
    batch = Batch.objects.create(
        name=f"{month:%Y-%m}", kind=Batch.Kind.MONTH, month=month, prepared_at=now, prepared_by=actor
    )
    still_late = standing.late_loans(on=booked)
    write(batch, _lines_of_month(month, as_of, still_late, rules_now, now=now), rules_now, now=now)
    batch.counts["left_out"] = standing.set_aside_count()  # unsound figures are nobody's credit record
    batch.save(update_fields=["counts"])
    _tell_prepared(batch, actor=actor, now=now)
    return batch


def _lines_of_month(
    month: date, as_of: date, still_late: dict[int, tuple[int, date]], rules_now: Policy, *, now: datetime
) -> Iterator[Line]:
    """Part by part, so that a million loans need no more memory than a few thousand."""
    found = standing.standings(as_of, since=month)
    while part := list(islice(found, AT_ONCE)):
        late = {s.loan_id for s in part if s.oldest_unpaid_on is not None}
        tell_before({key: still_late[key] for key in late & still_late.keys()}, rules_now, now=now)
        yield from lines_for(part, month=month, as_of=as_of, rules_now=rules_now, now=now)


def lines_for(
    found: Sequence[Standing], *, month: date, as_of: date, rules_now: Policy, now: datetime, struck: Iterable[int] = ()
) -> list[Line]:
    """What may be said today about these loans. struck: loans whose adverse item goes, whatever the book says."""
    keys = [one.loan_id for one in found if one.days_past_due or one.asset_class in rules.NON_PERFORMING]
    notices = _notices(keys)
    disputed = set(Dispute.objects.filter(state=Dispute.State.OPEN).values_list("loan_id", flat=True))
    gone, today = set(struck), _local(now)
    lines = []
    for one in found:
        notice = notices.get(one.loan_id)
        facts = rules.Facts(
            days_past_due=one.days_past_due,
            overdue_fen=one.overdue_fen,
            asset_class=one.asset_class,
            told_on=_local(notice.sent_at) if notice is not None and notice.sent_at is not None else None,
            not_delivered=notice is not None and notice.state == Notice.State.FAILED,
            cured_on=one.cured_on,
            disputed=one.loan_id in disputed,
            struck=one.loan_id in gone,
        )
        said = rules.say(facts, rules_now.timing, on=today)
        lines.append(Line(one, said, notice if said.adverse else None, month, as_of))
    return lines


def _notices(loan_ids: list[int]) -> dict[int, Notice]:
    """The newest notice of each loan that went out, else the newest that was tried: an ended one still was given."""
    found: dict[int, Notice] = {}
    for notice in Notice.objects.filter(loan_id__in=loan_ids).order_by("planned_at", "pk").iterator(chunk_size=5000):
        before = found.get(notice.loan_id)
        if before is None or before.sent_at is None or notice.sent_at is not None:
            found[notice.loan_id] = notice
    return found


def _local(at: datetime) -> date:
    return at.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).date()


def write(batch: Batch, lines: Iterable[Line], rules_now: Policy, *, now: datetime) -> None:
    """The reports of a batch by COPY, part by part, its counts, and the list of what is held."""
    counts = dict.fromkeys(("rows", "adverse", "held", "disputed", "balance_fen", "overdue_fen"), 0)
    waiting = iter(lines)
    while part := list(islice(waiting, AT_ONCE)):
        with connection.cursor() as cursor, cursor.copy(f"COPY bureau_report ({_names()}) FROM STDIN") as copy:
            for row, line in enumerate(part, start=counts["rows"] + 1):
                copy.write_row(_values(batch, row, line, now))
        counts["rows"] += len(part)
        counts["adverse"] += sum(line.said.adverse for line in part)
        counts["held"] += sum(line.said.withheld not in {None, rules.Withheld.STRUCK} for line in part)
        counts["disputed"] += sum(line.said.disputed for line in part)
        counts["balance_fen"] += sum(line.standing.balance_fen for line in part)
        counts["overdue_fen"] += sum(line.said.overdue_fen or 0 for line in part)
    batch.counts = counts
    batch.save(update_fields=["counts"])
    if counts["held"]:
        _list_held(batch, rules_now, now=now)


def _names() -> str:
    return ", ".join(f'"{name}"' for name in COLUMNS)


def _values(batch: Batch, row: int, line: Line, now: datetime) -> tuple[object, ...]:
    one, said, notice = line.standing, line.said, line.notice
    return (
        batch.pk, row, one.loan_id, one.borrower_id, line.month, line.as_of, line.version, line.corrects_id,
        line.correction_id, one.status, one.creditor, one.balance_fen, said.days_past_due, said.overdue_fen,
        said.asset_class, said.adverse, said.withheld or "", said.disputed, notice.pk if notice else None,
        notice.sent_at if notice else None, now,
    )  # fmt: skip


def _list_held(batch: Batch, rules_now: Policy, *, now: datetime) -> None:
    team = staff.team(staff.RIGHTS)
    rows = batch.reports.exclude(withheld__in=["", rules.Withheld.STRUCK]).values_list("pk", "borrower_id", "withheld")
    waiting = rows.order_by("pk").iterator(chunk_size=AT_ONCE)
    while part := list(islice(waiting, AT_ONCE)):
        Held.objects.bulk_create(
            Held(
                report_id=key, borrower_id=who, reason=why, opened_at=now, due_at=now + rules_now.decide_held,
                owner_team=team,
            )
            for key, who, why in part
        )  # fmt: skip


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _tell_prepared(batch: Batch, *, actor: str, now: datetime) -> None:
    journal.record(
        "bureau.batch_prepared", subject=f"batch:{batch.pk}", actor=actor, at=now,
        data={"name": batch.name, **batch.counts},
    )  # fmt: skip


def said_of(report: Report) -> tuple[object, ...]:
    """What a report says, for comparing with what would be said now."""
    return (
        report.status, report.creditor, report.balance_fen, report.days_past_due, report.overdue_fen,
        report.asset_class, report.adverse, report.withheld == rules.Withheld.STRUCK,
    )  # fmt: skip


def would_say(line: Line) -> tuple[object, ...]:
    one, said = line.standing, line.said
    return (
        one.status, one.creditor, one.balance_fen, said.days_past_due, said.overdue_fen, said.asset_class,
        said.adverse, said.withheld == rules.Withheld.STRUCK,
    )  # fmt: skip


def latest(reports: Iterable[Report]) -> dict[tuple[int, date], Report]:
    """loan and month → the version in force."""
    found: dict[tuple[int, date], Report] = {}
    for report in reports:
        key = (report.loan_id, report.month)
        if key not in found or found[key].version < report.version:
            found[key] = report
    return found


@transaction.atomic
def prepare_corrections(*, actor: str, now: datetime) -> Batch | None:
    """Write what has to be corrected: open corrections, and held items whose notice has become old enough.

    Each is said anew as the book has it now. What turns out to be as reported closes as not needed; held items of loans
    that are no longer late close as paid. Answers None when there is nothing to report. Raises CommandRefused
    `no_policy`.
    """
    rules_now = policy()
    _one_at_a_time()
    gather_evidence(now=now)
    corrections = list(
        Correction.objects.select_for_update(of=("self",))
        .filter(state=Correction.State.OPEN)
        .select_related("report")
        .order_by("pk")
    )
    held = list(
        Held.objects.select_for_update(of=("self",)).filter(closed_at=None).select_related("report").order_by("pk")
    )
    lines = _corrected(corrections, rules_now, now=now)
    lines += _free_now(held, {line.corrects_id for line in lines}, rules_now, now=now)
    if not lines:
        return None
    day = _local(now)
    number = Batch.objects.filter(name__startswith=f"{day.isoformat()}-c").count() + 1
    batch = Batch.objects.create(
        name=f"{day.isoformat()}-c{number}", kind=Batch.Kind.CORRECTION, prepared_at=now, prepared_by=actor
    )
    write(batch, lines, rules_now, now=now)
    _tell_prepared(batch, actor=actor, now=now)
    return batch


def _corrected(corrections: list[Correction], rules_now: Policy, *, now: datetime) -> list[Line]:
    """A line for every correction that changes what was said; the others close."""
    lines = []
    for one in corrections:
        original = in_force(one.report)
        line = _anew(original, rules_now, now=now, struck=one.strike or original.withheld == rules.Withheld.STRUCK)
        if line is None or (would_say(line) == said_of(original) and one.cause != Correction.Cause.REJECTED):
            close_correction(one, state=Correction.State.NOT_NEEDED, now=now)
            continue
        lines.append(_correcting(line, original, one.pk))
        close_correction(one, state=Correction.State.REPORTED, now=now)
        Held.objects.filter(report=original, closed_at=None).update(
            closed_at=now, closed_by="system:bureau", outcome="reported"
        )
    return lines


def _free_now(held: list[Held], taken: set[int | None], rules_now: Policy, *, now: datetime) -> list[Line]:
    """Held items that may be said by now; those whose loan is late no more are closed without ever being said."""
    booked = loans.business_date() or _local(now)
    late = standing.late_loans(on=booked)
    wanted = [one for one in held if one.report_id not in taken]
    for one in wanted:
        if one.report.loan_id not in late:
            _close_held(one, "paid", now=now)
    waiting: dict[date, list[Held]] = {}
    for one in wanted:
        if one.closed_at is None:
            waiting.setdefault(one.report.month, []).append(one)
    return [line for group in waiting.values() for line in _said_by_now(group, rules_now, now=now)]


def _said_by_now(group: list[Held], rules_now: Policy, *, now: datetime) -> list[Line]:
    """Held items of one month: what may be said of them by now."""
    month, as_of = group[0].report.month, group[0].report.as_of
    found = list(standing.standings(as_of, since=EVER, loan_ids=[one.report.loan_id for one in group]))
    told = {
        line.standing.loan_id: line
        for line in lines_for(found, month=month, as_of=as_of, rules_now=rules_now, now=now)
        if line.said.withheld is None
    }
    lines = []
    for one in group:
        line = told.get(one.report.loan_id)
        if line is not None:
            lines.append(_correcting(line, one.report, None))
            _close_held(one, "reported", now=now)
    return lines


def _close_held(one: Held, outcome: str, *, now: datetime) -> None:
    one.closed_at, one.closed_by, one.outcome = now, "system:bureau", outcome
    one.save(update_fields=["closed_at", "closed_by", "outcome"])


def in_force(report: Report) -> Report:
    """The newest version of what was said of the same loan and month."""
    return latest(Report.objects.filter(loan_id=report.loan_id, month=report.month))[report.loan_id, report.month]


def _anew(report: Report, rules_now: Policy, *, now: datetime, struck: bool = False) -> Line | None:
    """What would be said now of the same loan and day; None when the book says that nothing is to be said."""
    found = list(standing.standings(report.as_of, since=EVER, loan_ids=[report.loan_id]))
    if not found:
        return None
    gone = [report.loan_id] if struck else []
    return lines_for(found, month=report.month, as_of=report.as_of, rules_now=rules_now, now=now, struck=gone)[0]


def _correcting(line: Line, original: Report, correction_id: int | None) -> Line:
    return Line(
        line.standing, line.said, line.notice, line.month, line.as_of, version=original.version + 1,
        corrects_id=original.pk, correction_id=correction_id,
    )  # fmt: skip


def differs(report: Report, rules_now: Policy, *, now: datetime) -> bool:
    """Would the report in force be worded otherwise today?"""
    line = _anew(report, rules_now, now=now, struck=report.withheld == rules.Withheld.STRUCK)
    return line is not None and would_say(line) != said_of(report)


def check_reported(report_id: int) -> Report:
    """The version in force of a report. Raises CommandRefused `not_reported`, InputError for one that is not there."""
    report = Report.objects.filter(pk=report_id).first()
    if report is None:
        raise InputError("report", "unknown", f"there is no report {report_id}")
    newest = in_force(report)
    if newest.pk != report.pk:
        raise CommandRefused("corrected_already", "a later version stands in its place")
    return report
