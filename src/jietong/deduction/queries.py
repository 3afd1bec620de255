"""What is debited, from where, when and why not: for the borrower's pages, the desk and the console."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Q

from jietong.deduction import gathering
from jietong.deduction.channels import connected
from jietong.deduction.models import (
    Answer,
    Authorisation,
    Batch,
    Debit,
    Mandate,
    Refund,
    ResultFile,
    Settled,
    Suspension,
)
from jietong.deduction.policies import policy_or_none
from jietong.deduction.rules.choosing import usable
from jietong.deduction.rules.decision import opening, stopped_by
from jietong.deduction.rules.states import IN_FLIGHT, OPEN, State
from jietong.loans.queries import book as loans


def mandates(borrower_id: int) -> list[Mandate]:
    """The borrower's open mandates in their own order."""
    return list(Mandate.objects.filter(borrower_id=borrower_id, ended_at=None).order_by("rank", "pk"))


def mandate(mandate_id: int, *, borrower_id: int) -> Mandate | None:
    """An open mandate of this borrower; None for anybody else's."""
    return Mandate.objects.filter(pk=mandate_id, borrower_id=borrower_id, ended_at=None).first()


def signed(mandate_id: int) -> Authorisation | None:
    """What was signed last for a mandate; None for one that was signed elsewhere."""
    return Authorisation.objects.filter(mandate_id=mandate_id).order_by("-pk").first()


def refunds_of_loan(loan_id: int) -> list[Refund]:
    """What goes back, or went back, of debits of this loan: the newest first."""
    return list(Refund.objects.filter(debit__loan_id=loan_id).order_by("-pk")[:20])


def suspensions(borrower_id: int, *, now: datetime) -> list[Suspension]:
    return gathering.suspensions(borrower_id, now=now)


def stopped(borrower_id: int, *, now: datetime) -> str:
    """The gravest refusal that holds for the borrower now, whatever is due; empty when debits are made."""
    rules, _why = policy_or_none()
    if rules is None:
        return "cannot_evaluate"
    return stopped_by(gathering.flags(borrower_id, now=now), rules).refusal or ""


@dataclass(frozen=True, slots=True)
class InFlight:
    """Money that may be on its way: nobody should pay it a second time."""

    ref: str
    amount_fen: int
    claimed_at: datetime
    is_unsure: bool


def in_flight(borrower_id: int) -> list[InFlight]:
    rows = Debit.objects.filter(borrower_id=borrower_id, state__in=IN_FLIGHT).select_related("loan")
    return [
        InFlight(row.loan.ref, row.amount_fen, row.claimed_at, row.state in (State.UNKNOWN, State.ASKED))
        for row in rows.order_by("claimed_at")
        if row.claimed_at is not None
    ]


@dataclass(frozen=True, slots=True)
class Next:
    """The next debit of a loan as things stand: when, how much, from which purse first. `is_try`: after a failure."""

    ref: str
    at: datetime
    amount_fen: int
    mandate: Mandate
    is_try: bool


def upcoming(borrower_id: int, *, now: datetime) -> list[Next]:
    """What will be debited next, the soonest first; nothing while a refusal holds or no purse is usable."""
    rules, _why = policy_or_none()
    if rules is None or stopped(borrower_id, now=now):
        return []
    today = now.astimezone(gathering.zone()).date()
    planned = {row.loan_id: row for row in Debit.objects.filter(borrower_id=borrower_id, state=State.PLANNED)}
    flying = set(Debit.objects.filter(borrower_id=borrower_id, state__in=IN_FLIGHT).values_list("loan_id", flat=True))
    known = {row.pk: row for row in mandates(borrower_id)}
    found = []
    for view in loans.loans_of(borrower_id, on=today):
        wait, coming = planned.get(view.loan_id), view.next_due
        if view.loan_id in flying:
            continue
        if wait is not None and view.due_now_fen:
            at, fen = opening(max(wait.not_before, now), rules, gathering.zone()), view.due_now_fen
        elif coming is not None:
            at = datetime.combine(coming.due_on, rules.first_at, gathering.zone())
            fen = view.due_now_fen + coming.left_fen  # what is late by then is debited with it
        else:
            continue
        ways = usable(gathering.purses(borrower_id, view.loan_id, now=now), fen, rules)
        if ways:
            is_try = wait is not None and wait.cause != "due"
            found.append(Next(view.ref, at, ways[0][1], known[ways[0][0].mandate_id], is_try))
    return sorted(found, key=lambda one: one.at)


def history(borrower_id: int, *, limit: int = 20) -> list[Debit]:
    """Debits of the borrower that were decided or are under way, the newest first; planned ones are not history, nor
    those that had nothing to do or no time left."""
    rows = Debit.objects.filter(borrower_id=borrower_id).exclude(state=State.PLANNED)
    rows = rows.exclude(state=State.WITHHELD, reason__in=["expired", "nothing_due", "attempts_used", "outside_hours"])
    return list(
        rows.select_related("loan", "mandate").prefetch_related("refunds").order_by("-planned_at", "-pk")[:limit]
    )


def last_failure(borrower_id: int, *, now: datetime) -> Debit | None:
    """The newest failure of the last three days that nothing has made good since: to be told, with what can be done."""
    last = (
        Debit.objects.filter(borrower_id=borrower_id, state__in=[State.FAILED, State.SUCCEEDED, *IN_FLIGHT])
        .filter(planned_at__gte=now - timedelta(days=3))
        .select_related("loan", "mandate")
        .order_by("-planned_at", "-pk")
        .first()
    )
    if last is None or last.state != State.FAILED:
        return None
    today = now.astimezone(gathering.zone()).date()
    return last if loans.loan(last.loan_id, on=today).due_now_fen else None


def refunds(borrower_id: int, *, limit: int = 10) -> list[Refund]:
    return list(Refund.objects.filter(borrower_id=borrower_id).select_related("debit").order_by("-pk")[:limit])


def next_try_of(loan_id: int) -> datetime | None:
    """When the loan's planned debit is due to be sent; None when none is planned."""
    return Debit.objects.filter(loan_id=loan_id, state=State.PLANNED).values_list("not_before", flat=True).first()


@dataclass(frozen=True, slots=True)
class Day:
    """One day of debits, for the console. by_reason: failed and withheld, by reason, the most frequent first."""

    on: date
    planned: int
    in_flight: int
    succeeded: int
    taken_fen: int
    booked_fen: int
    by_reason: list[tuple[str, str, int, int]] = field(default_factory=list)  # state, reason, count, fen


def day(on: date) -> Day:
    rows = list(
        Debit.objects.filter(business_date=on).values_list("state", "reason", "amount_fen", "taken_fen", "booked_fen")
    )
    states = Counter(row[0] for row in rows)
    count: Counter[tuple[str, str]] = Counter()
    fen: Counter[tuple[str, str]] = Counter()
    for state, reason, amount, _taken, _booked in rows:
        if state in (State.FAILED, State.WITHHELD):
            count[state, reason] += 1
            fen[state, reason] += amount
    return Day(
        on=on,
        planned=states[State.PLANNED],
        in_flight=sum(states[state] for state in IN_FLIGHT),
        succeeded=states[State.SUCCEEDED],
        taken_fen=sum(row[3] for row in rows),
        booked_fen=sum(row[4] for row in rows),
        by_reason=[(*key, count[key], fen[key]) for key, _n in count.most_common()],
    )


def open_ones(*, limit: int = 50) -> list[Debit]:
    """Claimed and without a certain answer, the oldest first."""
    rows = Debit.objects.filter(state__in=IN_FLIGHT).select_related("loan", "mandate", "borrower")
    return list(rows.order_by("claimed_at", "pk")[:limit])


def odd_ones(*, limit: int = 50) -> list[Debit]:
    """Decided debits with an answer that contradicts: a person has to look."""
    rows = Debit.objects.exclude(odd="").exclude(state__in=IN_FLIGHT).select_related("loan", "mandate", "borrower")
    return list(rows.order_by("-claimed_at")[:limit])


def strangers(*, now: datetime, limit: int = 20) -> list[Answer]:
    """Answers of the last week that name an order which we never sent."""
    rows = Answer.objects.filter(worth="not_ours", at__gte=now - timedelta(days=7))
    return list(rows.select_related("debit").order_by("-pk")[:limit])


def open_refunds(*, limit: int = 50) -> list[Refund]:
    """Refunds that are not paid yet, the most urgent first; failed ones are a person's."""
    rows = Refund.objects.exclude(state=Refund.State.DONE).select_related("debit", "borrower", "debit__loan")
    return list(rows.order_by("due_by", "pk")[:limit])


def done_refunds(*, limit: int = 10) -> list[Refund]:
    rows = Refund.objects.filter(state=Refund.State.DONE).select_related("debit", "borrower", "debit__loan")
    return list(rows.order_by("-done_at")[:limit])


def batches(*, limit: int = 10) -> list[Batch]:
    return list(Batch.objects.defer("content").order_by("-pk")[:limit])


def result_files(*, limit: int = 10) -> list[ResultFile]:
    return list(ResultFile.objects.defer("content").order_by("-pk")[:limit])


def comparisons(*, limit: int = 7) -> list[Settled]:
    return list(Settled.objects.order_by("-day")[:limit])


def waiting_for_file(*, now: datetime) -> int:
    """Planned debits that go out with the next request file."""
    return Debit.objects.filter(state=State.PLANNED, route="file", not_before__lte=now).count()


def trail(key: str, *, limit: int = 50) -> list[Answer]:
    """All that the channel said of one order, the oldest first."""
    return list(Answer.objects.filter(Q(debit__key=key) | Q(key=key)).order_by("pk")[:limit])


def health() -> list[str]:
    """What keeps every debit from being made: "policy" and its fault, "channel"; empty when all is set."""
    rules, why = policy_or_none()
    found = [] if rules is not None else [f"policy: {why}"]
    return found if connected() is not None else [*found, "channel"]


def has_open(loan_id: int) -> bool:
    return Debit.objects.filter(loan_id=loan_id, state__in=OPEN).exists()
