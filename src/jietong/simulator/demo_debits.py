"""The demo's deductions: mandates for the people of the tour and some of the crowd, and yesterday's and this morning's
debits, made through the real commands against the stand-in channel, whose books stay for the running demo."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from jietong.borrowers.models import BoundCard
from jietong.deduction import commands as deduction
from jietong.deduction.channels import Channel
from jietong.deduction.channels.realtime import Realtime
from jietong.deduction.commands.planning import new_key
from jietong.deduction.models import Debit, Mandate
from jietong.deduction.standin.books import Books
from jietong.deduction.standin.server import Standin
from jietong.loans.queries import book as loans

BANKS = ("工商银行", "建设银行", "农业银行", "招商银行", "邮储银行")
CROWD_MAX = 160
FRESH_DAYS = 3
FIRST = time(9, 5)
#: how many debits are made while the demo loads; the worker makes the rest
AT_LOAD_MAX = 40


def books_path(folder: Path) -> Path:
    """Where the stand-in keeps its books; the supervisor starts it with the same file."""
    return folder / "channel.sqlite"


@contextmanager
def _channel(folder: Path, at: list[datetime]) -> Iterator[Channel]:
    secret = secrets.token_urlsafe(16)
    books_path(folder).unlink(missing_ok=True)  # of a load that was broken off: our tables know nothing of it
    server = Standin(
        Books(books_path(folder)), port=0, secret=secret, late_seconds=0, slow_seconds=0, now_of=lambda: at[0]
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Realtime(server.url, secret)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def sign(*, guests: dict[int, bool], crowd: list[int], now: datetime) -> None:
    """Leave to debit, signed long ago. guests: borrower → is late: their first card has too little on it, so that the
    stories of the tour stay as they are told; who is on time has a wallet too. One of the crowd in ten is debited by
    file."""
    signed = now - timedelta(days=150)
    rows = []
    who = list(dict.fromkeys([*guests, *crowd]))  # one loan late and another due today is one borrower
    cards: dict[int, list[BoundCard]] = {}
    for card in BoundCard.objects.filter(borrower_id__in=who).order_by("pk"):
        cards.setdefault(card.borrower_id, []).append(card)
    for place, borrower_id in enumerate(who):
        mood = "!insufficient" if guests.get(borrower_id, False) else ""
        by_file = borrower_id not in guests and place % 10 == 9
        for rank, card in enumerate(cards.get(borrower_id, [])[:2]):
            rows.append(
                Mandate(
                    borrower_id=borrower_id, card_id=card.pk, provider=card.bank or BANKS[borrower_id % len(BANKS)],
                    tail=(card.number or "")[-4:], agreement=f"AG{borrower_id:08d}{rank}{mood}", rank=rank,
                    signed_at=signed, limit_fen=5_000_000, channel="file" if by_file else "realtime",
                )
            )  # fmt: skip
        if guests.get(borrower_id) is False:
            rows.append(
                Mandate(
                    borrower_id=borrower_id, kind="wallet", provider="云闪付", tail=f"{borrower_id % 10000:04d}",
                    agreement=f"WL{borrower_id:08d}", rank=2, signed_at=signed, limit_fen=100_000,
                    day_limit_fen=200_000,
                )
            )  # fmt: skip
    Mandate.objects.bulk_create(rows)


def live(*, guests: dict[int, bool], crowd: list[int], today: date, now: datetime, folder: Path) -> int:
    """Yesterday's debits of the guests who are late and of some of the crowd, and this morning's if it is past nine.

    Answers how many were sent. Twice-debited ones are found by the statement and paid back.
    """
    zone = ZoneInfo(settings.LENDER_TIME_ZONE)
    sent = 0
    chosen = [key for key, late in guests.items() if late] + crowd[: AT_LOAD_MAX // 2]
    yesterday = datetime.combine(today - timedelta(days=1), FIRST, zone)
    at = [yesterday]  # the channel's clock
    with _channel(folder, at) as channel:
        _plan(chosen, day=today - timedelta(days=1), now=yesterday, zone=zone)
        sent += deduction.send_due(now=yesterday, channel=channel, limit=AT_LOAD_MAX)
        deduction.ask_due(now=yesterday + timedelta(minutes=1), channel=channel, limit=AT_LOAD_MAX)
        deduction.compare(day=today - timedelta(days=1), now=yesterday + timedelta(minutes=10), channel=channel)
        deduction.refund_due(now=yesterday + timedelta(minutes=11), channel=channel)
        morning = at[0] = datetime.combine(today, FIRST, zone)
        if morning < now:
            _plan(crowd[AT_LOAD_MAX // 2 : AT_LOAD_MAX], day=today, now=morning, zone=zone)
            sent += deduction.send_due(now=morning, channel=channel, limit=AT_LOAD_MAX)
            deduction.ask_due(now=morning + timedelta(minutes=1), channel=channel, limit=AT_LOAD_MAX)
        deduction.compare(day=today, now=now, channel=channel)
        deduction.refund_due(now=now, channel=channel)
    return sent


def _plan(who: list[int], *, day: date, now: datetime, zone: ZoneInfo) -> None:
    ends = datetime.combine(day, time(20), zone)
    rows = [
        Debit(
            key=new_key(day), borrower_id=borrower_id, loan_id=view.loan_id, business_date=day, cause="due",
            planned_at=now, not_before=now, expires_at=ends,
        )
        for borrower_id in who
        for view in loans.loans_of(borrower_id, on=day)[:1]
        if view.due_now_fen
    ]  # fmt: skip
    Debit.objects.bulk_create(rows, ignore_conflicts=True)
