from __future__ import annotations

from procrastinate.contrib.django import app

from jietong.contacts.commands import attempts
from jietong.kernel import clock


@app.task(name=attempts.SEND)
def send_attempt(attempt_id: int) -> None:
    attempts.send_attempt(attempt_id=attempt_id, now=clock.now())
