"""The worker's loops outlive what fails in them; the demo's mail server loses no message."""

from __future__ import annotations

import asyncio
import os
import signal
import smtplib
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta

import pytest

from jietong.config.mail_sink import serve
from jietong.config.supervisor_steps import free_port
from jietong.config.worker import keep_trying, tick_for_ever


async def cancelled_after(work, enough):
    task = asyncio.create_task(work)
    await asyncio.wait_for(enough.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_tick_is_told_the_time_in_utc_and_outlives_an_error():
    calls = []

    async def scenario():
        enough, loop = asyncio.Event(), asyncio.get_running_loop()

        def tick(*, now):
            calls.append(now)
            if len(calls) == 1:
                raise ValueError("once")
            loop.call_soon_threadsafe(enough.set)

        await cancelled_after(tick_for_ever("test", tick, seconds=0.01), enough)

    asyncio.run(scenario())
    assert len(calls) >= 2
    assert calls[0].tzinfo is UTC
    assert calls[1] - calls[0] >= timedelta(0)


def test_work_that_fails_is_started_again():
    tries = []

    async def scenario():
        enough = asyncio.Event()

        async def work():
            tries.append(len(tries))
            if len(tries) == 3:
                enough.set()
            raise ConnectionError("the database is away")

        await cancelled_after(keep_trying("test", work, pause_seconds=0.01), enough)

    asyncio.run(scenario())
    assert tries == [0, 1, 2]


def send(port):
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        return client.sendmail(
            "service@qinghe.example", ["a@x.example", "b@x.example"], b"Subject: hi\r\n\r\nyour date"
        )


async def take_one_mail(record):
    port = free_port("127.0.0.1", 18_700)
    server = asyncio.create_task(serve(record, port))
    await asyncio.sleep(0)
    with ThreadPoolExecutor(1) as threads:
        try:
            while not server.done():
                try:
                    return await asyncio.get_running_loop().run_in_executor(threads, send, port)
                except ConnectionRefusedError:
                    await asyncio.sleep(0.02)
        finally:
            server.cancel()
    return None


def test_each_receiver_of_a_mail_gets_it_recorded():
    kept = []
    asyncio.run(take_one_mail(lambda raw, to, received_at: kept.append((to, raw, received_at.tzinfo))))
    assert [to for to, _, _ in kept] == ["a@x.example", "b@x.example"]
    assert b"your date" in kept[0][1]
    assert kept[0][2] is UTC


def test_a_mail_that_cannot_be_recorded_stays_with_its_sender():
    def away(raw, to, received_at):
        raise ConnectionError("the database is away")

    with pytest.raises(smtplib.SMTPDataError) as refused:
        asyncio.run(take_one_mail(away))
    assert refused.value.smtp_code == 451


@pytest.mark.process
def test_the_worker_ends_in_order_when_told(committed_db, tmp_path):
    log = tmp_path / "worker.log"
    with log.open("wb") as file:
        worker = subprocess.Popen([sys.executable, "-m", "jietong.config.worker"], stderr=file, env=dict(os.environ))
    deadline = time.monotonic() + 30
    while "working" not in log.read_text() and worker.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(15) == 0, log.read_text()
    assert "stopping" in log.read_text()


@pytest.mark.process
def test_a_live_site_answers_and_survives_the_death_of_its_web_process(live_site):
    web = live_site.children["web"].process
    web.kill()
    web.wait()
    live_site.start("web")
    assert live_site.children["web"].process.pid != web.pid
