"""Two officers press the same button: one run, one set of reports, and both see it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection, transaction

from jietong.bureau.commands import prepare
from jietong.bureau.models import Batch, Report
from jietong.bureau.tests.world import DUE, OCTOBER, close, lend, noon

pytestmark = pytest.mark.usefixtures("committed_db")


def waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def run() -> int:
    try:
        return prepare(month=OCTOBER, actor="staff:1", now=noon(date(2026, 11, 2))).pk
    finally:
        connection.close()


def test_a_month_prepared_twice_at_once_is_said_once() -> None:
    with transaction.atomic():
        lend()
        lend(paid=5)
    close(DUE, date(2026, 10, 31))
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            first = prepare(month=OCTOBER, actor="staff:2", now=noon(date(2026, 11, 2))).pk
            running = other.submit(run)
            while not waits():
                assert not running.done(), running.exception()
        assert running.result(30) == first
    assert (Batch.objects.count(), Report.objects.count()) == (1, 2)
