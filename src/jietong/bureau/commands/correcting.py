"""What was reported is not right: found by the book itself, by a dispute, by the bureau, or by ourselves."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from jietong.bureau.commands.reporting import check_reported, differs, latest
from jietong.bureau.commands.telling import news, tell
from jietong.bureau.models import Correction, Held, Report
from jietong.bureau.policy import Policy, policy, policy_or_none
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.loans.queries import standing as loans
from jietong.staff import queries as staff

NOTE_CHARACTERS_MAX = 400


def note_of(raw: str, field: str = "note") -> str:
    """Raises InputError for nothing said, or too much."""
    words = raw.replace("\x00", "").strip()
    if not words:
        raise InputError(field, "missing", "say why")
    if len(words) > NOTE_CHARACTERS_MAX:
        raise InputError(field, "too_long", f"at most {NOTE_CHARACTERS_MAX} characters")
    return words


def open_correction(
    report: Report, *, cause: str, note: str, actor: str, now: datetime, rules_now: Policy, strike: bool = False
) -> Correction:
    """The one open correction of a report, with its deadline and owner; the borrower is told. Twice is once.

    A person's word (`strike`) is added to one that is open already.
    """
    found, is_new = Correction.objects.get_or_create(
        report=report,
        state=Correction.State.OPEN,
        defaults={
            "borrower_id": report.borrower_id, "cause": cause, "note": note, "strike": strike, "opened_at": now,
            "opened_by": actor, "due_at": now + rules_now.correct_within, "owner_team": staff.team(staff.RIGHTS),
        },
    )  # fmt: skip
    if is_new:
        if cause != Correction.Cause.REJECTED:  # a file that has to be sent again changes nothing for the borrower
            found.told_open_key = tell(found, "bureau_correction", now=now)
            found.save(update_fields=["told_open_key"])
        news("bureau.correction_opened", found, actor=actor, now=now)
    elif strike and not found.strike:
        found.strike, found.cause, found.note = True, cause, note
        found.save(update_fields=["strike", "cause", "note"])
    return found


def on_history_rewritten(event: Event) -> None:
    """News from the book: days that have been reported look otherwise now. Called twice it changes nothing."""
    was_reversed = loans.was_reversed(str(event.data.get("receipt", "")))
    cause = Correction.Cause.REVERSAL if was_reversed else Correction.Cause.BACK_DATED
    _compare(event, since=date.fromisoformat(event.data["from_on"]), cause=cause)


def on_repayment_reversed(event: Event) -> None:
    """The same for money that was taken back, whatever it had changed. Called twice it changes nothing."""
    _compare(event, since=date.fromisoformat(event.data["paid_on"]), cause=Correction.Cause.REVERSAL)


def _compare(event: Event, *, since: date, cause: str) -> None:
    """Every report in force about these days, against what the book says now."""
    rules_now = policy_or_none()
    if rules_now is None:
        return
    loan_id = int(event.subject.partition(":")[2])
    for report in latest(Report.objects.filter(loan_id=loan_id, as_of__gte=since)).values():
        if differs(report, rules_now, now=event.at):
            open_correction(
                report, cause=cause, note=str(event.data.get("receipt", "")), actor="system:bureau", now=event.at,
                rules_now=rules_now,
            )  # fmt: skip


@transaction.atomic
def own_fault(*, report_id: int, note: str, strike: bool, actor: str, now: datetime) -> Correction:
    """We reported wrongly by our own fault, whoever noticed it. strike: the adverse item goes, whatever the book says.

    Raises InputError, CommandRefused `corrected_already` where a later version stands, `no_policy`.
    """
    return open_correction(
        check_reported(report_id), cause=Correction.Cause.OWN_FAULT, note=note_of(note), strike=strike, actor=actor,
        now=now, rules_now=policy(),
    )  # fmt: skip


@transaction.atomic
def drop_held(*, held_id: int, note: str, actor: str, now: datetime) -> Held:
    """A person decides that a held item is not reported at all. Raises CommandRefused `closed`."""
    words = note_of(note)
    held = Held.objects.select_for_update().filter(pk=held_id, closed_at=None).first()
    if held is None:
        raise CommandRefused("closed", "this one has been settled meanwhile")
    held.closed_at, held.closed_by, held.outcome, held.note = now, actor, "dropped", words
    held.save(update_fields=["closed_at", "closed_by", "outcome", "note"])
    return held


@transaction.atomic
def watch(*, business_date: date, now: datetime) -> dict[str, int]:
    """Day-end: the owner is reminded of deadlines that come near, the supervisor of those nearer still; once each."""
    rules_now = policy_or_none()
    if rules_now is None:
        return {"reminded": 0, "escalated": 0}
    waiting = Correction.objects.select_for_update().filter(
        state__in=[Correction.State.OPEN, Correction.State.REPORTED]
    )
    return {
        "reminded": _note_near(waiting, "reminded_at", rules_now.remind_before, now=now),
        "escalated": _note_near(waiting, "escalated_at", rules_now.escalate_before, now=now),
    }


def _note_near(waiting: object, field: str, before: timedelta, *, now: datetime) -> int:
    near = list(waiting.filter(**{field: None}, due_at__lte=now + before).order_by("due_at", "pk"))  # type: ignore[attr-defined]
    for one in near:
        setattr(one, field, now)
        one.save(update_fields=[field])
        news(f"bureau.correction_{field.removesuffix('_at')}", one, actor="system:bureau", now=now)
    return len(near)
