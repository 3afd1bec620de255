"""Asking the cores that are asked: page by page, each changed loan into the inbox, no transaction held on the wire."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from jietong.connectors.commands import processing, reconciling
from jietong.connectors.commands.booking import figures_of_whole
from jietong.connectors.commands.receiving import receive
from jietong.connectors.models import CoreLoan, Source
from jietong.connectors.rules import backoff
from jietong.connectors.sources.base import Core, LinkError, Listed, Page
from jietong.connectors.sources.fineract import Fineract
from jietong.kernel import clock, journal

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)  # longer than any walk's longest silence; a dead worker's link is free again after it
EVERY_SECONDS = 60
RECHECK, RECHECK_HOURS = 50, 24  # loans fetched whole in a walk though nothing in the list moved; how often each


@dataclass(frozen=True, slots=True)
class Pulled:
    """listed: loans that the core named; fetched: those that had changed. error: why the link broke, else empty."""

    listed: int
    fetched: int
    error: str = ""


def core_of(source: Source) -> Core:
    """The adapter of a link. Raises LinkError `settings` for one that cannot be asked."""
    if source.kind != Source.Kind.FINERACT:
        raise LinkError("settings", f"a link of kind {source.kind} is not asked")
    told = source.settings
    return Fineract(
        str(told.get("base_url", "")),
        tenant=str(told.get("tenant", "default")),
        login=source.secret or "",
        page_size=source.seconds("page_size", 200),
        timeout=float(told.get("timeout", 20)),
    )


def pull(
    *, code: str, now: datetime, full: bool = False, now_of: Callable[[], datetime] | None = None
) -> Pulled | None:  # fmt: skip
    """Walk through the core's list once, from where the last walk broke. full: fetch every loan, changed or not.

    Answers None when another worker is at it. A broken link is written on the source, not raised: what came before
    the break is kept, and the next pull goes on there. now_of: tells the time while a long walk goes on, so that its
    lease does not run out under it.
    """
    mine = Source.objects.filter(Q(leased_until=None) | Q(leased_until__lt=now), code=code)
    if not mine.update(leased_until=now + LEASE):
        return None
    source = Source.objects.get(code=code)
    listed = fetched = 0
    cursor = dict(source.cursor)
    started_at = cursor.pop("started_at", None) or now.isoformat()
    try:
        core = core_of(source)
        try:
            for page in core.pages({name: int(value) for name, value in cursor.items()}):
                fetched += _take(source, core, page, full=full, now=now)
                listed += len(page.loans)
                going_on = {**page.cursor, "started_at": started_at}
                lease = (now_of() if now_of is not None else now) + LEASE
                Source.objects.filter(pk=source.pk).update(cursor=going_on, last_seen_at=now, leased_until=lease)
            fetched += _look_again(source, core, since=datetime.fromisoformat(started_at), now=now)
        finally:
            core.close()
    except LinkError as error:
        _broken(source, error, now=now)
        return Pulled(listed, fetched, error.code)
    _whole(source, as_of=datetime.fromisoformat(started_at), now=now)
    return Pulled(listed, fetched)


def _take(source: Source, core: Core, page: Page, *, full: bool, now: datetime) -> int:
    """Receive the loans of a page that are new or changed; the others are marked as seen."""
    ids = [one.external_id for one in page.loans]
    known = {row.external_id: row for row in CoreLoan.objects.filter(source=source, external_id__in=ids)}
    unchanged = [one for one in page.loans if not full and _is_known(one, known.get(one.external_id))]
    CoreLoan.objects.filter(source=source, external_id__in=[one.external_id for one in unchanged]).update(seen_at=now)
    same = {one.external_id for one in unchanged}
    changed = [one for one in page.loans if one.external_id not in same]
    return sum(_fetch(source, core, one, now=now) for one in changed)


def _look_again(source: Source, core: Core, *, since: datetime, now: datetime) -> int:
    """Fetch some loans whole although their row in the list is what it was: a schedule that moved without moving a sum
    shows in no list. Each loan of a walk comes round once a day, as many at a time as the link's settings allow."""
    old = now - timedelta(hours=source.seconds("recheck_hours", RECHECK_HOURS))
    due = CoreLoan.objects.filter(Q(fetched_at=None) | Q(fetched_at__lt=old), source=source, seen_at__gte=since)
    rows = due.order_by(F("fetched_at").asc(nulls_first=True), "pk")[: source.seconds("recheck", RECHECK)]
    return sum(_fetch(source, core, Listed(row.external_id, row.ref, row.fingerprint), now=now) for row in list(rows))


def _is_known(one: Listed, row: CoreLoan | None) -> bool:
    return row is not None and row.fingerprint == one.fingerprint


def _fetch(source: Source, core: Core, one: Listed, *, now: datetime) -> bool:
    """Fingerprint and event in one transaction: a loan whose event is lost would never be asked for again."""
    whole = core.whole(one.external_id)
    digest = hashlib.sha256(whole.encode()).hexdigest()
    with transaction.atomic():
        fields = {"ref": one.ref, "seen_at": now, "told_at": now}
        row, _ = CoreLoan.objects.select_for_update().get_or_create(
            source=source, external_id=one.external_id, defaults=fields
        )
        is_news = row.digest != digest
        if is_news:
            row.tellings += 1
            # numbered, not named by content: a loan that goes back to what it was is news again
            number = f"loan:{one.external_id}:{row.tellings}"
            receive(source=source, external_id=number, kind=core.kind, subject=one.ref, payload=whole, now=now)
        row.fingerprint, row.digest, row.seen_at, row.fetched_at = one.fingerprint, digest, now, now
        known = figures_of_whole(source, whole, now=now) if is_news else {}
        for name, value in known.items():
            setattr(row, name, value)
        row.save(update_fields=["fingerprint", "digest", "tellings", "seen_at", "fetched_at", *known])
    return is_news


def _broken(source: Source, error: LinkError, *, now: datetime) -> None:
    every = timedelta(seconds=source.seconds("every_seconds", EVERY_SECONDS))
    with transaction.atomic():
        row = Source.objects.select_for_update().get(pk=source.pk)
        is_news = row.failing_since is None
        row.tries += 1
        row.failing_since = row.failing_since or now
        row.error_code, row.error_detail, row.leased_until = error.code, error.detail, None
        row.next_pull_at = backoff.next_pull(row.tries, now, every=every)
        row.save(update_fields=["tries", "failing_since", "error_code", "error_detail", "leased_until", "next_pull_at"])
        if is_news:
            _tell("connectors.link_broken", row, now=now, code=error.code)


def _whole(source: Source, *, as_of: datetime, now: datetime) -> None:
    """Everything came: the figures are as of the beginning of the walk."""
    every = timedelta(seconds=source.seconds("every_seconds", EVERY_SECONDS))
    with transaction.atomic():
        row = Source.objects.select_for_update().get(pk=source.pk)
        was_broken = row.failing_since is not None
        row.cursor, row.last_seen_at, row.last_ok_at, row.leased_until = {}, now, as_of, None
        row.failing_since, row.tries, row.error_code, row.error_detail = None, 0, "", ""
        row.next_pull_at = backoff.next_pull(0, now, every=every)
        row.save()
        if was_broken:
            _tell("connectors.link_mended", row, now=now)


def _tell(kind: str, source: Source, *, now: datetime, **data: str) -> None:
    actor = f"link:{source.code}"[:60]
    journal.record(kind, subject=f"link:{source.pk}", actor=actor, at=now, data={"source": source.code, **data})


def pull_due(*, now: datetime, now_of: Callable[[], datetime] | None = None) -> int:
    """Ask every core whose time has come. Answers how many were asked."""
    due = Source.objects.filter(Q(next_pull_at=None) | Q(next_pull_at__lte=now), paused=False, kind="fineract")
    codes = list(due.filter(Q(leased_until=None) | Q(leased_until__lt=now)).values_list("code", flat=True))
    return sum(pull(code=code, now=now, now_of=now_of) is not None for code in codes)


def pull_tick(*, now: datetime) -> None:
    """About once a second by the worker, in a thread of its own: a slow core holds up no booking. May be run twice."""
    pull_due(now=now, now_of=clock.now)


def tick(*, now: datetime) -> None:
    """About once a second by the worker: book, and once a day compare yesterday. May be run twice."""
    processing.process_due(now=now)
    yesterday = clock.local_date(now, settings.LENDER_TIME_ZONE) - timedelta(days=1)
    fresh = Source.objects.filter(paused=False, failing_since=None, last_ok_at__gt=F("created_at"))
    for source in fresh.exclude(runs__on=yesterday):
        if not source.events.filter(state="waiting", next_try_at__lte=now).exists():
            reconciling.reconcile(code=source.code, on=yesterday, actor="system:worker", now=now)
