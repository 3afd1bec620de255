from __future__ import annotations

from procrastinate.contrib.django import app

from jietong.kernel import clock


@app.task(name="contacts.send_attempt")
def send_attempt(attempt_id: int) -> None:
    from jietong.contacts import commands

    commands.send_attempt(attempt_id=attempt_id, now=clock.now())
