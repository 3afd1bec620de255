"""kill -9 of the web or the worker process while contacts wait: none is lost, none is doubled, order and age stay.

Borrowers ask over HTTP and try again when the site does not answer, as people do. What counts is what they were told:
once an answer has come, the contact behind it must be there for ever after, with the time of the first try.
"""

from __future__ import annotations

import http.client
import random
import signal
import threading
import time
from datetime import datetime
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, transaction
from django.utils import timezone

from jietong.borrowers.models import Borrower
from jietong.config.tests.live import LiveSite
from jietong.contacts.models import Contact
from jietong.routing.models import Waiting
from jietong.simulator.tests.cast import make_borrower, make_loan, make_team

CSRF = "a" * 32
ANSWERED = {200, 302}


def world(count: int) -> list[Borrower]:
    with transaction.atomic():
        make_team()
        make_team("rights", "客户权益组")
        people = [make_borrower(f"借款人{n}") for n in range(count)]
        for who in people:
            make_loan(who, paid=4)
    return people


def signed_in(who: Borrower) -> str:
    session = SessionStore()
    session["portal_borrower"] = who.pk
    session["portal_seen_at"] = int(time.time())
    session.create()
    assert session.session_key is not None
    return session.session_key


class Asker(threading.Thread):
    """One borrower: asks for a person, and again after every failure, until answered; then asks once more later."""

    def __init__(self, port: int, session_key: str, pause: float) -> None:
        super().__init__(daemon=True)
        self.port, self.session_key, self.pause = port, session_key, pause
        self.answered_at: float | None = None
        self.tries = 0

    def run(self) -> None:
        time.sleep(self.pause)
        give_up = time.monotonic() + 60
        while self.answered_at is None and time.monotonic() < give_up:
            self.tries += 1
            if self.ask():
                self.answered_at = time.time()
            else:
                time.sleep(0.1)

    def ask(self) -> bool:
        body = urlencode({"csrfmiddlewaretoken": CSRF})
        headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={self.session_key}; csrftoken={CSRF}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        channel = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            channel.request("POST", "/person/", body, headers)
            return channel.getresponse().status in ANSWERED
        except OSError:
            return False
        except http.client.HTTPException:
            return False
        finally:
            channel.close()


def queue() -> list[tuple[int, datetime, datetime]]:
    """(borrower, place's start, first try), in the order of service."""
    rows = Waiting.objects.filter(left_at=None).order_by("urgency", "since", "id")
    return list(rows.values_list("contact__borrower_id", "since", "contact__first_try_at"))


def check_invariants() -> None:
    open_contacts = Contact.objects.exclude(state="settled")
    assert not open_contacts.filter(owner_team=None).exists()
    assert not open_contacts.filter(reply_by=None).exists()
    assert open_contacts.count() == open_contacts.values("borrower_id").distinct().count()
    assert set(Waiting.objects.filter(left_at=None).values_list("contact_id", flat=True)) == set(
        open_contacts.filter(state="waiting").values_list("pk", flat=True)
    )


def storm(site: LiveSite, *, people: int, kills: int, seed: int) -> None:
    dice = random.Random(seed)
    askers = [Asker(site.port, signed_in(who), dice.random() * kills * 0.6) for who in world(people)]
    connection.close()
    for asker in askers:
        asker.start()
    before: list[tuple[int, datetime, datetime]] = []
    for _ in range(kills):
        time.sleep(0.2 + dice.random() * 0.6)
        before = queue()
        name = dice.choice(["web", "web", "worker"])
        process = site.children[name].process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        site.start(name)
        after = queue()
        kept = {borrower for borrower, _, _ in before}
        assert [row for row in after if row[0] in kept] == before, "order or age changed over a crash"
    for asker in askers:
        asker.join(70)
    assert all(asker.answered_at for asker in askers)
    assert Contact.objects.count() == people
    assert len(queue()) == people
    check_invariants()
    now = timezone.now()
    assert all(first <= now for _, _, first in queue())
    assert [row for row in queue() if row[0] in {b for b, _, _ in before}] == before


@pytest.mark.process
def test_ten_kills_lose_nobody(live_site: LiveSite) -> None:
    storm(live_site, people=30, kills=10, seed=11)


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_hundred_kills_lose_nobody(live_site: LiveSite) -> None:
    storm(live_site, people=300, kills=100, seed=12)
