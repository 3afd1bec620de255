"""The worker process: runs the queued jobs, and calls the tick functions of the rooms about once a second.

Losing the database is ordinary here (it may just be starting again): every loop waits and goes on.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from asgiref.sync import sync_to_async

logger = logging.getLogger("jietong.worker")

TICK_SECONDS = 1.0
PAUSE_SECONDS_MAX = 15.0
JOBS_AT_ONCE = 4
GRACE_SECONDS = 3.0

Tick = Callable[..., object]


async def keep_trying(
    name: str, work: Callable[[], Awaitable[None]], *, pause_seconds: float = 0.5, told: asyncio.Event | None = None
) -> None:
    """Run `work` for ever: when it fails or ends, log it, wait (twice as long each time, up to 15 s), start again.

    A run that lasted a minute resets the waiting. Cancellation ends it, and so does a run that ends after `told`:
    the job worker takes a cancellation as a request to finish, and then returns as if nothing had been asked.
    """
    loop, pause = asyncio.get_running_loop(), pause_seconds
    while True:
        began = loop.time()
        try:
            await work()
            if told is not None and told.is_set():
                return
            logger.warning("%s has ended; starting it again", name)
        except Exception:
            logger.exception("%s has failed; trying again in %.1f s", name, pause)
        if loop.time() - began > 60:
            pause = pause_seconds
        await asyncio.sleep(pause)
        pause = min(pause * 2, PAUSE_SECONDS_MAX)


async def tick_for_ever(name: str, tick: Tick, *, seconds: float = TICK_SECONDS) -> None:
    """Call `tick(now=…)` about once a second in a thread of its own, so that a slow one holds up no other.

    An error is logged, waited out (up to 15 s) and never fatal.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"tick-{name}") as threads:
        call = sync_to_async(_tick_once, thread_sensitive=False, executor=threads)
        failures = 0
        while True:
            try:
                await call(tick)
                failures = 0
            except Exception:
                logger.exception("%s failed", name)
                failures += 1
            await asyncio.sleep(min(seconds * 2 ** min(failures, 6), max(PAUSE_SECONDS_MAX, seconds)))


def _tick_once(tick: Tick) -> None:
    from django.db import connections

    try:
        tick(now=datetime.now(UTC))
    finally:
        connections.close_all()  # back to the pool: a connection kept here would outlive a lost database


async def run_jobs() -> None:
    """Procrastinate's worker on a connector of its own; ends only by an error or cancellation."""
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    connector = app.connector
    assert isinstance(connector, DjangoConnector)
    with app.replace_connector(connector.get_worker_connector()) as jobs:
        async with jobs.open_async():
            await jobs.run_worker_async(
                concurrency=JOBS_AT_ONCE,
                install_signal_handlers=False,
                shutdown_graceful_timeout=GRACE_SECONDS,
                delete_jobs="successful",
            )


async def work_until_told(ticks: Sequence[tuple[str, Tick]]) -> None:
    """Jobs and ticks side by side until SIGTERM or SIGINT; then jobs in hand get three seconds to finish."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    logger.info("working, with %d ticks", len(ticks))  # from here on a signal is heard
    tasks = [asyncio.create_task(keep_trying("job worker", run_jobs, told=told))]
    tasks += [asyncio.create_task(tick_for_ever(name, tick)) for name, tick in ticks]
    await told.wait()
    logger.info("stopping")
    waiting = set(tasks)
    while waiting:  # a cancellation that arrives while the job worker is still starting can get lost: ask again
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=GRACE_SECONDS + 0.5)


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jietong.config.settings")
    import django
    from django.conf import settings
    from django.utils.module_loading import import_string

    django.setup()
    # a name that does not exist stops the start: silence here would be a queue that nobody moves
    ticks = [(str(path), import_string(path)) for path in settings.JIETONG_TICKS]
    asyncio.run(work_until_told(ticks))
    return 0


if __name__ == "__main__":
    sys.exit(main())
