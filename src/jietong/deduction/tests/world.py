"""A borrower with cards, a stand-in channel that really listens, and the truth in its books: for the room's tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from jietong.borrowers.models import Borrower
from jietong.deduction import commands
from jietong.deduction.channels.realtime import Realtime
from jietong.deduction.commands.planning import new_key
from jietong.deduction.models import Debit, Mandate
from jietong.deduction.standin.books import Books
from jietong.deduction.standin.server import Standin
from jietong.loans.models import Loan
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan

SECRET = "a secret between the two"
HALF_PAST = NOW - timedelta(minutes=30)  # half past nine in the morning


@contextmanager
def listening(path: Path, *, late_seconds: float = 0.2, slow_seconds: float = 1.5) -> Iterator[Standin]:
    server = Standin(
        Books(path / "books.sqlite"), port=0, secret=SECRET, late_seconds=late_seconds, slow_seconds=slow_seconds
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def channel_to(server: Standin, *, answer_seconds: float = 1.0) -> Realtime:
    return Realtime(server.url, SECRET, answer_seconds=answer_seconds)


def owing(name: str = "王霞", *, paid: int = 4) -> tuple[Borrower, Loan]:
    """Nine days late with the fifth of twelve instalments; `paid=5`: nothing is due."""
    who = make_borrower(name)
    return who, make_loan(who, paid=paid)


def leave(who: Borrower, behaviour: str = "ok", *, tail: str = "0001", now: datetime = NOW, **more: object) -> Mandate:
    agreement = f"A{who.pk}-{tail}!{behaviour}"
    return commands.sign_mandate(
        borrower_id=who.pk, agreement=agreement, provider="工商银行", tail=tail, actor="test", now=now, **more
    )


def planned(loan: Loan, *, now: datetime = NOW) -> Debit:
    """One debit of the loan, planned for now as day-end plans them."""
    return Debit.objects.create(
        key=new_key(TODAY),
        borrower_id=loan.borrower_id,
        loan=loan,
        business_date=TODAY,
        cause="due",
        planned_at=now,
        not_before=now,
        expires_at=NOW + timedelta(hours=10),
    )
