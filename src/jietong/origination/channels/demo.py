"""The demo's channel: it keeps a book of its own, answers late, sometimes not at all, and sometimes no.

What it will answer is drawn from the key, so that a story can be told again. It pays a key once, however often it is
told, and counts how often that was: a test reads there that nobody told it twice.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db.models import F

from jietong.origination.channels import Answer, ChannelSilence, Order
from jietong.origination.models import DemoPayment

#: of twenty keys: answers at once, says nothing at first though it has paid, fails
AT_ONCE, SILENT, FAILS = 6, 3, 1
LATE = timedelta(seconds=5)
SILENT_FOR = timedelta(seconds=15)


class DemoChannel:
    def send(self, order: Order, *, now: datetime) -> Answer:
        return self._take(order, "out", now=now)

    def pull(self, order: Order, *, now: datetime) -> Answer:
        return self._take(order, "back", now=now)

    def ask(self, key: str, *, now: datetime) -> Answer:
        known = DemoPayment.objects.filter(key=key).first()
        return Answer("never_seen") if known is None else _answer(known, now)

    def _take(self, order: Order, kind: str, *, now: datetime) -> Answer:
        drawn = hashlib.sha256(order.key.encode()).digest()[0] % 20
        silent, fails = drawn < SILENT, SILENT <= drawn < SILENT + FAILS and kind == "out"
        wait = SILENT_FOR if silent else timedelta(0) if drawn >= 20 - AT_ONCE else LATE
        row, is_new = DemoPayment.objects.get_or_create(
            key=order.key,
            defaults={
                "kind": kind, "amount_fen": order.amount_fen, "received_at": now, "final_at": now + wait,
                "outcome": "failed" if fails else "succeeded", "reason": "card_state" if fails else "",
            },
        )  # fmt: skip
        if not is_new:
            DemoPayment.objects.filter(pk=row.pk).update(sends=F("sends") + 1)
        if silent:
            raise ChannelSilence(order.key)
        return _answer(row, now)


def _answer(row: DemoPayment, now: datetime) -> Answer:
    if now < row.final_at:
        return Answer("pending")
    reference = f"DEMO{row.pk:08d}"
    return Answer(row.outcome, reference, row.reason, row.final_at if row.outcome == "succeeded" else None)
