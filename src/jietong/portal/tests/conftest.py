"""The borrower at a browser, at a time of our choosing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.contacts.models import Attempt
from jietong.kernel import clock
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan


class Watch:
    """The only clock that the views read."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    standing = Watch()
    monkeypatch.setattr(clock, "now", standing)
    return standing


def phone_of(borrower: Borrower) -> str:
    return borrower.contact_points.get(kind="phone").value


def code_sent() -> str:
    """What the SMS that was planned last says."""
    return Attempt.objects.filter(template="login_code").latest("pk").variables["code"]


def to_second_fact(client: Client, phone: str) -> None:
    client.post("/login/", {"phone": phone})
    assert client.post("/login/code/", {"code": code_sent()}).url == "/login/who/"


def sign_in(client: Client, borrower: Borrower) -> Client:
    """All the way in, as the borrower does it on a new device."""
    to_second_fact(client, phone_of(borrower))
    assert client.post("/login/who/", {"tail": borrower.id_no[-4:]}).url == "/"
    return client


@pytest.fixture
def wang_page(client: Client, wang: Borrower, watch: Watch) -> Client:
    """Wang, signed in."""
    return sign_in(client, wang)


@pytest.fixture
def stranger_page(wang: Borrower, watch: Watch) -> Client:
    """Another borrower, signed in on another device."""
    other = make_borrower("赵强")
    make_loan(other, paid=5)
    return sign_in(Client(), other)
