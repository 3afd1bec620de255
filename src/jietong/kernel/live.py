"""The live stream: one LISTEN per process, many open pages, nothing lost over a reconnect or a database restart.

A position in the stream is a transaction horizon (pg_snapshot_xmin): every event of an older transaction has been
handed out, and no event of a newer one can be missed. `seq` alone could not promise that, because a lower number may
commit later than a higher one. After a reconnect events from the horizon on are sent again; pages may hear a piece of
news twice, never not at all. The stream carries the news, not the content: the page asks again with its own rights.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.conf import settings

from jietong.kernel.journal import CHANNEL

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15
POLL_SECONDS = 5  # a lost NOTIFY costs at most this
REPLAY_MAX = 500
QUEUE_MAX = 1000
RETRY_SECONDS_MAX = 5
SLACK = 64  # transactions; news heard twice does no harm


@dataclass(frozen=True, slots=True)
class News:
    """One journal event as the stream knows it. `position` is where a page that has seen it may resume."""

    seq: int
    kind: str
    subject: str
    borrower_id: int | None
    data: dict[str, Any]
    position: int


#: what a page wants to hear: the name under which it hears the event, or None
Match = Callable[[News], str | None]


@dataclass(eq=False, slots=True)
class _Page:
    match: Match
    queue: asyncio.Queue[tuple[str, News]] = field(default_factory=lambda: asyncio.Queue(maxsize=QUEUE_MAX))
    overflowed: bool = False

    def hear(self, news: News) -> None:
        name = self.match(news)
        if name is None:
            return
        try:
            self.queue.put_nowait((name, news))
        except asyncio.QueueFull:
            self.overflowed = True  # a page this slow is told to reload everything instead


class Hub:
    """One per process and event loop."""

    def __init__(self) -> None:
        self._pages: set[_Page] = set()
        self._task: asyncio.Task[None] | None = None
        self._horizon: int | None = None
        self._seen: dict[int, int] = {}  # seq → xid of events at or beyond the horizon, already handed out

    async def listen(self, match: Match, last_event_id: str | None) -> AsyncIterator[bytes]:
        """Server-sent events for one page, until it goes away. Starts the process's listener when it is the first."""
        page = _Page(match)
        self._pages.add(page)
        self._start()
        try:
            # The first frame carries a position, so that a page that has heard nothing yet can resume as well.
            yield f"id: {await self._position(last_event_id)}\nretry: 1000\n\n".encode()
            async for frame in self._replay(match, last_event_id):
                yield frame
            while True:
                yield await self._next_frame(page)
        finally:
            self._pages.discard(page)

    async def _position(self, last_event_id: str | None) -> int:
        if _is_position(last_event_id):
            return int(last_event_id or 0)
        while self._horizon is None:
            await asyncio.sleep(0.02)
        return self._horizon

    async def _next_frame(self, page: _Page) -> bytes:
        if page.overflowed:
            page.overflowed = False
            while not page.queue.empty():
                page.queue.get_nowait()
            return _frame("resync", {}, self._horizon)
        try:
            item = await asyncio.wait_for(page.queue.get(), HEARTBEAT_SECONDS)
        except TimeoutError:
            return b": still here\n\n"
        name, news = item
        return _frame(name, {"seq": news.seq, "kind": news.kind, "subject": news.subject}, news.position)

    async def _replay(self, match: Match, last_event_id: str | None) -> AsyncIterator[bytes]:
        if not _is_position(last_event_id):
            return
        since = int(last_event_id or 0)
        async with await _connect() as connection:
            events, horizon = await _fetch(connection, since, REPLAY_MAX + 1)
        if len(events) > REPLAY_MAX:
            yield _frame("resync", {}, horizon)
            return
        for news, _ in events:
            name = match(news)
            if name is not None:
                yield _frame(name, {"seq": news.seq, "kind": news.kind, "subject": news.subject}, since)

    def _start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        wait = 0.1
        while True:
            try:
                async with await _connect() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    await self._catch_up(connection)
                    wait = 0.1
                    while True:
                        # Returns at the first notification, or after the poll interval.
                        async for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                            pass
                        await self._catch_up(connection)
            except (psycopg.Error, OSError) as error:
                log.warning("live stream lost the database, trying again: %s", error)
                await asyncio.sleep(wait)
                wait = min(wait * 2, RETRY_SECONDS_MAX)

    async def _catch_up(self, connection: psycopg.AsyncConnection[Any]) -> None:
        if self._horizon is None:
            cursor = await connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            row = await cursor.fetchone()
            assert row is not None
            self._horizon = int(row[0])
        events, horizon = await _fetch(connection, self._horizon, None)
        for news, xid in events:
            if news.seq not in self._seen:
                self._seen[news.seq] = xid
                for page in tuple(self._pages):
                    page.hear(news)
        self._horizon = horizon
        self._seen = {seq: xid for seq, xid in self._seen.items() if xid >= horizon}


def _is_position(text: str | None) -> bool:
    return bool(text and text.isascii() and text.isdigit() and len(text) < 19)


def position_before_now() -> int:
    """Where a page that is being made now may start listening: a little before, as its rows were read a moment ago."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(pg_snapshot_xmin(pg_current_snapshot())::text::bigint - %s, 1)", [SLACK])
        return int(cursor.fetchone()[0])


async def _fetch(
    connection: psycopg.AsyncConnection[Any], since: int, limit: int | None
) -> tuple[list[tuple[News, int]], int]:
    """Events of transactions at or beyond `since`, and the horizon of the very snapshot that was read."""
    cursor = await connection.execute(
        "WITH h AS (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon)"
        " SELECT h.horizon, e.seq, e.xid::text::bigint, e.kind, e.subject, e.borrower_id, e.data"
        " FROM h LEFT JOIN LATERAL (SELECT * FROM kernel_event WHERE xid >= %s::text::xid8"
        " ORDER BY xid, seq LIMIT %s) e ON true",
        (str(since), limit),
    )
    rows = await cursor.fetchall()
    horizon = int(rows[0][0])
    found = [
        (News(seq, kind, subject, borrower_id, data, min(horizon, xid)), int(xid))
        for _, seq, xid, kind, subject, borrower_id, data in rows
        if seq is not None
    ]
    return found, horizon


async def _connect() -> psycopg.AsyncConnection[Any]:
    database = settings.DATABASES["default"]
    parameters = {
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
    }
    given = {key: value for key, value in parameters.items() if value}
    return await psycopg.AsyncConnection.connect(**given, autocommit=True, application_name="jietong-live")


def _frame(name: str, data: dict[str, Any], position: int | None) -> bytes:
    where = f"id: {position}\n" if position is not None else ""
    return f"{where}event: {name}\ndata: {json.dumps(data)}\n\n".encode()


_hubs: dict[int, Hub] = {}


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(id(loop))
    if found is None:
        found = _hubs[id(loop)] = Hub()
    return found


async def stop_all() -> None:
    """End every listener of this process (tests and clean shutdown)."""
    for known in _hubs.values():
        if known._task is not None:
            known._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await known._task
    _hubs.clear()
