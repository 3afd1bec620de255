"""Random loans for the tests that hold kernel, plain rules and SQL together.

Nothing here asks the rules under test: due dates, amounts, what was paid before, receipts and their times are drawn, so
the loans are stranger than any product would make them (instalments of interest only, three receipts in one instant, a
cent on account, more than all that is owed). Seeded: the same seed gives the same loans.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(2025, 1, 5)
RATES = ("0", "0.03", "0.0435", "0.072", "0.144", "0.15", "0.1537", "0.18", "0.2399", "0.24", "0.36", "0.1234567891")
DAILY_RATES = ("0.0001", "0.0003", "0.00035", "0.0005", "0.000657")
MULTIPLES = ("1.5", "1.3", "1", "0", "1.499")
ORDERS = (
    ("fee", "penalty", "interest", "principal"),
    ("penalty", "interest", "fee", "principal"),
    ("principal", "interest", "fee", "penalty"),
    ("interest", "principal", "penalty", "fee"),
)


@dataclass(frozen=True)
class Line:
    """An instalment at the opening; owed and paid by principal, interest, fee, penalty."""

    n: int
    due_on: date
    owed: tuple[int, int, int, int]
    paid: tuple[int, int, int, int]
    through_on: date | None


@dataclass(frozen=True)
class Receipt:
    """Money that came at an instant, was told `told_on`, and perhaps taken back `back_on`."""

    receipt: str
    paid_at: datetime
    amount_fen: int
    told_on: date
    back_on: date | None

    @property
    def on(self) -> date:
        return self.paid_at.astimezone(SHANGHAI).date()


@dataclass(frozen=True)
class RandomLoan:
    ref: str
    rate: Decimal
    rate_unit: str
    multiple: Decimal
    order: tuple[str, ...]
    lines: tuple[Line, ...]
    receipts: tuple[Receipt, ...]
    disbursed_on: date
    start_on: date
    as_of: date

    @property
    def in_force(self) -> list[Receipt]:
        return [one for one in self.receipts if one.back_on is None]


def random_loans(count: int, *, seed: int, with_past: bool = True, days: int = 500) -> Iterator[RandomLoan]:
    """with_past: some loans come with figures of their own; without, every loan begins with nothing paid."""
    dice = random.Random(seed)
    for k in range(count):
        yield random_loan(dice, f"RB{seed}-{k:06d}", with_past=with_past and dice.random() < 0.3, days=days)


def random_loan(dice: random.Random, ref: str, *, with_past: bool, days: int) -> RandomLoan:
    disbursed_on = FIRST_DAY + timedelta(days=dice.randrange(120))
    is_daily = dice.random() < 0.25
    lines = tuple(_lines(dice, disbursed_on, with_past=with_past))
    as_of = FIRST_DAY + timedelta(days=days)
    start_on = disbursed_on
    if with_past:
        through = [line.through_on for line in lines if line.through_on is not None]
        start_on = max(through, default=disbursed_on + timedelta(days=dice.randrange(90)))
    sum_fen = sum(sum(line.owed) for line in lines)
    return RandomLoan(
        ref=ref,
        rate=Decimal(dice.choice(DAILY_RATES if is_daily else RATES)),
        rate_unit="day" if is_daily else "year",
        multiple=Decimal(dice.choice(MULTIPLES)),
        order=dice.choice(ORDERS),
        lines=lines,
        receipts=tuple(_receipts(dice, ref, sum_fen, start_on, as_of)),
        disbursed_on=disbursed_on,
        start_on=start_on,
        as_of=as_of,
    )


def _lines(dice: random.Random, disbursed_on: date, *, with_past: bool) -> Iterator[Line]:
    due_on = disbursed_on
    step = dice.choice((7, 14, 30, 30, 30, 31))
    size = dice.choice((5_000, 80_000, 80_000, 250_000, 40_000_000))
    past = dice.randrange(4) if with_past else 0
    booked_on = disbursed_on + timedelta(days=step * (past + 1) + dice.randrange(1, 60))
    for n in range(1, dice.choice((1, 2, 3, 6, 12, 12, 24)) + 1):
        due_on += timedelta(days=step + dice.randrange(-2, 3))
        principal = 0 if dice.random() < 0.05 else dice.randrange(1, size)
        interest = dice.randrange(0 if principal else 1, size // 20 + 1)  # an instalment asks for something
        owed = [principal, interest, dice.choice((0, 0, 0, dice.randrange(500))), 0]
        paid = [0, 0, 0, 0]
        through_on = None
        if with_past and due_on < booked_on:
            owed[3] = dice.choice((0, dice.randrange(900)))
            through_on = booked_on
        if with_past and n <= past:
            share = dice.choice((1.0, 1.0, 0.5))
            paid = [int(fen * share) for fen in owed]
        yield Line(n, due_on, _four(owed), _four(paid), through_on)


def _four(parts: list[int]) -> tuple[int, int, int, int]:
    a, b, c, d = parts
    return a, b, c, d


def _receipts(dice: random.Random, ref: str, sum_fen: int, start_on: date, as_of: date) -> Iterator[Receipt]:
    times: list[datetime] = []
    for k in range(dice.choice((0, 1, 2, 3, 4, 6, 9))):
        day = start_on + timedelta(days=dice.randrange((as_of - start_on).days + 1))
        moment = datetime(day.year, day.month, day.day, dice.randrange(24), dice.randrange(60), tzinfo=SHANGHAI)
        paid_at = dice.choice(times) if times and dice.random() < 0.15 else moment.astimezone(UTC)
        times.append(paid_at)
        amount = dice.choice((1, dice.randrange(1, 100), dice.randrange(1, sum_fen // 4 + 2), sum_fen))
        if dice.random() < 0.7:
            amount = dice.randrange(1, sum_fen // 6 + 2)
        on = paid_at.astimezone(SHANGHAI).date()
        told_on = min(on + timedelta(days=dice.choice((0, 0, 0, 1, 3, 40, 120))), as_of)
        taken_back = dice.random() < 0.2
        back_on = min(told_on + timedelta(days=dice.choice((0, 1, 20))), as_of) if taken_back else None
        yield Receipt(f"{ref}/{dice.randrange(1000):03d}-{k}", paid_at, amount, told_on, back_on)
