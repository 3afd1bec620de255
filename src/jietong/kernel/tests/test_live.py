"""The live stream: every event reaches every open page, also over a reconnect and when commits overtake each other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection, transaction

from jietong.kernel import journal, live

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def record(subject: str) -> None:
    with transaction.atomic():
        journal.record("test.happened", subject=subject, actor="test", at=NOW)
    connection.close()


def everything(news: live.News) -> str | None:
    return news.subject


async def next_events(stream: AsyncIterator[bytes], count: int) -> list[tuple[str, str]]:
    """(id, name) of the next `count` events, heartbeats and the retry line left out."""
    found: list[tuple[str, str]] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            lines = dict(line.split(": ", 1) for line in (await anext(stream)).decode().splitlines() if ": " in line)
            if "event" in lines:
                found.append((lines["id"], lines["event"]))
    return found


async def in_thread(work, *arguments) -> None:
    await asyncio.to_thread(work, *arguments)


async def listening(hub: live.Hub, last_event_id: str | None = None) -> AsyncIterator[bytes]:
    """A stream that has begun: its first frame is read, so nothing recorded from now on can be missed."""
    stream = hub.listen(everything, last_event_id)
    await anext(stream)
    while hub._horizon is None:
        await asyncio.sleep(0.01)
    return stream


def test_news_arrives_in_order_and_a_late_page_can_resume(committed_db) -> None:
    async def scenario() -> None:
        hub = live.Hub()
        stream = await listening(hub)
        for name in ("a", "b", "c"):
            await in_thread(record, name)
        heard = await next_events(stream, 3)
        assert [name for _, name in heard] == ["a", "b", "c"]
        again = await listening(hub, last_event_id=heard[1][0])
        # What was heard may be heard again; what was not heard must come.
        resumed: list[str] = []
        while "c" not in resumed:
            resumed += [name for _, name in await next_events(again, 1)]
        assert len(resumed) <= 3
        hub._task.cancel()

    asyncio.run(scenario())


def test_an_event_that_commits_late_is_not_lost(committed_db) -> None:
    """Number 1 is written first but committed last; a page that saw number 2 and reconnects still gets number 1."""

    async def scenario() -> None:
        hub = live.Hub()
        stream = await listening(hub)
        written, may_commit = threading.Event(), threading.Event()

        def slow() -> None:
            with transaction.atomic():
                journal.record("test.happened", subject="slow", actor="test", at=NOW)
                written.set()
                may_commit.wait(20)
            connection.close()

        thread = threading.Thread(target=slow)
        thread.start()
        await asyncio.to_thread(written.wait, 20)
        await in_thread(record, "quick")
        ((position, name),) = await next_events(stream, 1)
        assert name == "quick"
        await stream.aclose()
        may_commit.set()
        await asyncio.to_thread(thread.join, 20)
        back = await listening(hub, last_event_id=position)
        assert "slow" in {name for _, name in await next_events(back, 2)}
        hub._task.cancel()

    asyncio.run(scenario())


def test_a_cut_database_connection_loses_nothing(committed_db) -> None:
    async def scenario() -> None:
        hub = live.Hub()
        stream = await listening(hub)
        await in_thread(record, "before")
        assert [name for _, name in await next_events(stream, 1)] == ["before"]
        await in_thread(cut_listeners)
        await in_thread(record, "while away")
        assert [name for _, name in await next_events(stream, 1)] == ["while away"]
        hub._task.cancel()

    asyncio.run(scenario())


def cut_listeners() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'jietong-live'")
        assert cursor.rowcount >= 1
    connection.close()


def test_the_journal_cannot_be_edited_by_the_application(db) -> None:
    record_inside = {"kind": "test.happened", "subject": "x", "actor": "test", "at": NOW}
    with transaction.atomic():
        event = journal.record(record_inside["kind"], subject="x", actor="test", at=NOW)
    for statement in ("UPDATE kernel_event SET actor = 'me'", "DELETE FROM kernel_event", "TRUNCATE kernel_event"):
        with pytest.raises(Exception, match="permission denied") as caught, transaction.atomic():
            connection.cursor().execute(statement)
        assert isinstance(caught.value.__cause__, psycopg.errors.InsufficientPrivilege)
    event.refresh_from_db()
    assert event.actor == "test"


def test_news_without_its_change_is_refused(committed_db) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        journal.record("test.happened", subject="x", actor="test", at=NOW)
