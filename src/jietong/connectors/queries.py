"""How fresh figures are, and what the links and their inboxes hold. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min

from jietong.connectors.models import CoreLoan, Difference, Discrepancy, InboxEvent, ReconciliationRun, Replay, Source
from jietong.connectors.rules.freshness import Fresh, fresh, worst

#: without news for so long figures are called old, by kind; a link's settings may say otherwise (stale_seconds)
STALE_SECONDS = {"fineract": 900, "webhook": 900, "files": 26 * 3600}


def _fresh(source: Source, *, now: datetime) -> Fresh:
    stale_after = timedelta(seconds=source.seconds("stale_seconds", STALE_SECONDS[source.kind]))
    return fresh(last_ok_at=source.last_ok_at, failing_since=source.failing_since, stale_after=stale_after, at=now)


def freshness_of_loan(loan_id: int, *, now: datetime) -> Fresh | None:
    """Of the link that tells of this loan; None when no core does: then the book itself is the source."""
    return worst(_fresh(one, now=now) for one in Source.objects.filter(loans__loan_id=loan_id).distinct())


def freshness_of_borrower(borrower_id: int, *, now: datetime) -> Fresh | None:
    """Over all links that tell of the borrower's loans: the gravest."""
    sources = Source.objects.filter(loans__loan__borrower_id=borrower_id).distinct()
    return worst(_fresh(one, now=now) for one in sources)


def freshness_of_site(*, now: datetime) -> Fresh | None:
    """Over all links that are in use; None when there is none."""
    return worst(_fresh(one, now=now) for one in Source.objects.filter(paused=False))


@dataclass(frozen=True, slots=True)
class Link:
    """One link and its inbox at a moment. counts: events by state, booked ones left out."""

    source: Source
    fresh: Fresh
    counts: dict[str, int]
    oldest_waiting_at: datetime | None
    booked_today: int
    loans: int
    last_run: ReconciliationRun | None


def links(*, now: datetime, day_start: datetime) -> list[Link]:
    """Every link, the broken ones first."""
    by_state: dict[int, dict[str, int]] = {}
    open_events = InboxEvent.objects.exclude(state="booked").order_by()
    for source_id, state, count in open_events.values_list("source", "state").annotate(n=Count("pk")):
        by_state.setdefault(source_id, {})[state] = count
    waiting = InboxEvent.objects.filter(state="waiting").order_by().values_list("source")
    oldest = dict(waiting.annotate(at=Min("received_at")))
    booked = InboxEvent.objects.filter(state="booked", settled_at__gte=day_start).order_by().values_list("source")
    today = dict(booked.annotate(n=Count("pk")))
    loans = dict(CoreLoan.objects.order_by().values_list("source").annotate(n=Count("pk")))
    newest = ReconciliationRun.objects.order_by().values_list("source").annotate(last=Max("pk"))
    runs = ReconciliationRun.objects.in_bulk([last for _source, last in newest])
    last_runs = {run.source_id: run for run in runs.values()}
    found = [
        Link(
            source=source,
            fresh=_fresh(source, now=now),
            counts=by_state.get(source.pk, {}),
            oldest_waiting_at=oldest.get(source.pk),
            booked_today=today.get(source.pk, 0),
            loans=loans.get(source.pk, 0),
            last_run=last_runs.get(source.pk),
        )
        for source in Source.objects.order_by("pk")
    ]
    return sorted(found, key=lambda one: ("down", "stale", "up").index(one.fresh.state))


def dead_letters(*, limit: int = 100) -> list[InboxEvent]:
    """What waits for a person, the oldest first."""
    rows = InboxEvent.objects.filter(state="dead").select_related("source", "owner").defer("payload")
    return list(rows.order_by("received_at", "pk")[:limit])


def dead_count() -> int:
    """How many letters wait for a person."""
    return InboxEvent.objects.filter(state="dead").count()


def dead_by_reason() -> list[dict[str, Any]]:
    """source, kind, error_code and how many: what can be tried again together."""
    rows = InboxEvent.objects.filter(state="dead").order_by()
    named = rows.values("source__code", "source__name", "kind", "error_code").annotate(n=Count("pk"))
    return sorted((dict(one) for one in named), key=lambda one: (-one["n"], one["kind"], one["error_code"]))


@dataclass(frozen=True, slots=True)
class Replayed:
    """One replay and what became of its letters so far. reasons: code → how many are dead again for it."""

    replay: Replay
    by_state: dict[str, int]
    reasons: dict[str, int]


def replayed(*, limit: int = 10, replay_id: int | None = None) -> list[Replayed]:
    """The newest replays and what they did. A letter that was replayed twice counts to the later one."""
    rows = Replay.objects.select_related("source").order_by("-pk")
    asked = list(rows.filter(pk=replay_id) if replay_id is not None else rows[:limit])
    states: dict[int, dict[str, int]] = {one.pk: {} for one in asked}
    reasons: dict[int, dict[str, int]] = {one.pk: {} for one in asked}
    events = InboxEvent.objects.filter(replay__in=asked).order_by().values_list("replay", "state", "error_code")
    for key, state, code, count in events.annotate(n=Count("pk")):
        states[key][state] = states[key].get(state, 0) + count
        if state == "dead":
            reasons[key][code] = count
    return [Replayed(one, states[one.pk], reasons[one.pk]) for one in asked]


def discrepancies(*, state: str = "open", limit: int = 200) -> list[Discrepancy]:
    """What differs between core and book: the longest standing first; `gone`: the latest first."""
    rows = Discrepancy.objects.filter(state=state).select_related("source", "owner")
    return list(
        rows.order_by("-gone_at", "-pk")[:limit] if state == "gone" else rows.order_by("found_at", "pk")[:limit]
    )


def discrepancy_counts() -> dict[str, int]:
    """state → how many; what is gone is left out."""
    rows = Discrepancy.objects.exclude(state="gone").order_by().values_list("state").annotate(n=Count("pk"))
    return dict(rows)


def open_discrepancies_of(refs: Collection[str]) -> dict[str, list[Discrepancy]]:
    """Loan number → what core and book say otherwise about it and nobody has explained yet."""
    found: dict[str, list[Discrepancy]] = {}
    for row in Discrepancy.objects.filter(ref__in=refs, state="open").select_related("source", "owner").order_by("pk"):
        found.setdefault(row.ref, []).append(row)
    return found


def runs(*, days: int = 14) -> list[ReconciliationRun]:
    """The newest run of each link and day, the newest day first."""
    newest = ReconciliationRun.objects.order_by().values("source", "on").annotate(last=Max("pk")).values("last")
    rows = ReconciliationRun.objects.filter(pk__in=newest).select_related("source")
    return list(rows.order_by("-on", "source_id")[: days * 4])


def run(run_id: int) -> ReconciliationRun | None:
    return ReconciliationRun.objects.select_related("source").filter(pk=run_id).first()


def differences(run_id: int, *, limit: int = 500) -> list[Difference]:
    """Gravest kind first as they were named."""
    rows = Difference.objects.filter(run_id=run_id).select_related("discrepancy__owner")
    return list(rows.order_by("pk")[:limit])


def runs_of_day(source_id: int, on: date) -> list[ReconciliationRun]:
    return list(ReconciliationRun.objects.filter(source_id=source_id, on=on).order_by("-pk"))


def source(code: str) -> Source | None:
    return Source.objects.filter(code=code).first()


def signing_key(code: str) -> tuple[Source, str] | None:
    """The webhook link of this code and its key; None when there is none that takes events."""
    found = Source.objects.filter(code=code, kind=Source.Kind.WEBHOOK).first()
    return (found, found.secret) if found is not None and found.secret else None
