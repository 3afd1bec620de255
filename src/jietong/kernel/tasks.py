from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from jietong.kernel import journal


@app.task(name=journal.DELIVER, retry=RetryStrategy(max_attempts=12, exponential_wait=2))
def deliver(handler: str, seq: int) -> None:
    journal.deliver_now(handler=handler, seq=seq)


@app.task(name=journal.DELIVER_MANY, retry=RetryStrategy(max_attempts=12, exponential_wait=2))
def deliver_many(handler: str, seqs: list[int]) -> None:
    journal.deliver_many_now(handler=handler, seqs=seqs)
