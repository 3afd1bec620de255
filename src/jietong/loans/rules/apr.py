"""The all-in annual cost of credit (年化综合成本) as an internal rate of return.

Convention: the rate per period at which the borrower's payments are worth what was paid out, times the periods of a
year (IRR × 12 for monthly instalments), i.e. the nominal annual rate. 中国人民银行公告〔2021〕第3号 lets a lender
show a yearly rate by compound or by simple annualisation if it says which; we take the simple one because contract
rates, the 24 % line and the penalty multiple are all quoted that way. Annualised by compounding, a loan at exactly
24 % a year paid monthly would show 26.8 % and look like a breach that it is not. `effective` gives the compound
figure where a face wants both. (Our reading, unverified against the annex of the announcement.)

Periods: a period is the rhythm of the instalments; days that do not fill one count as a share of it (the unit-period
idea of 12 CFR 1026 appendix J). A loan with one single payment has its term as the period, at most a year.
A year has 12 months or 365 days.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from jietong.kernel.errors import InputError
from jietong.loans.rules.periods import step
from jietong.loans.rules.schedule import Schedule
from jietong.loans.rules.terms import Terms

#: when (in periods from the first payout) and how much the borrower pays, minor units
TimedFlow = tuple[float, int]


def apr(cash_flows: Sequence[tuple[date, int]], *, every: int = 1, unit: str = "month") -> float:
    """Nominal annual rate of dated flows seen by the borrower: received > 0, paid < 0, minor units, any order.

    every, unit: the rhythm of the payments. The first flow must be money received; fees kept back at the start
    simply lessen it. Raises InputError when there is nothing to compare (no payout, nothing paid back, or less
    paid back than received).
    """
    flows = sorted(cash_flows)
    if not flows or flows[0][1] <= 0:
        raise InputError("cash_flows", "no_payout", "the first cash flow must be money received")
    start = flows[0][0]
    timed = [(periods_between(start, on, every, unit), amount) for on, amount in flows]
    return _annualised(timed, every, unit)


def schedule_apr(terms: Terms, schedule: Schedule, *, fees_at_start_fen: int = 0, fee_each_fen: int = 0) -> float:
    """The rate of a schedule as its terms pace it: period k is k periods long, month ends change nothing.

    fees_at_start_fen: kept back from what is paid out. fee_each_fen: asked for with every instalment.
    """
    timed = [(0.0, terms.principal_fen - fees_at_start_fen)]
    if terms.due_on is not None:
        times = [periods_between(terms.disbursed_on, on, terms.every, terms.unit) for on in terms.due_on]
    else:
        first = 1.0 if terms.first_due_on is None else _first_period(terms, terms.first_due_on)
        times = [first + k for k in range(len(schedule.rows))]
    timed += [(t, -row.total_fen - fee_each_fen) for t, row in zip(times, schedule.rows, strict=True)]
    return _annualised(timed, terms.every, terms.unit)


def effective(nominal: float, periods_per_year: float = 12.0) -> float:
    """The compound yearly rate of a nominal one: 0.12 paid monthly → 0.1268."""
    return (1.0 + nominal / periods_per_year) ** periods_per_year - 1.0


def periods_per_year(every: int, unit: str) -> float:
    return {"month": 12.0, "week": 365.0 / 7.0, "day": 365.0}[unit] / every


def periods_between(start: date, end: date, every: int, unit: str) -> float:
    """Whole periods from `start` that fit before `end`, and the days left over as a share of the next period."""
    if unit != "month":
        return (end - start).days / (every * (7 if unit == "week" else 1))
    whole = max(((end.year - start.year) * 12 + end.month - start.month) // every, 0)
    if step(start, whole, every, unit) > end:
        whole -= 1
    reached = step(start, whole, every, unit)
    return whole + (end - reached).days / (step(start, whole + 1, every, unit) - reached).days


def _first_period(terms: Terms, first_due_on: date) -> float:
    """Length of an odd first period: whole periods counted back from the first due date, days as a share of one."""
    if terms.unit != "month":
        return periods_between(terms.disbursed_on, first_due_on, terms.every, terms.unit)
    months = (first_due_on.year - terms.disbursed_on.year) * 12 + first_due_on.month - terms.disbursed_on.month
    whole = months // terms.every
    if step(first_due_on, -whole, terms.every, "month") < terms.disbursed_on:
        whole -= 1
    reached = step(first_due_on, -whole, terms.every, "month")
    before = step(first_due_on, -whole - 1, terms.every, "month")
    return whole + (reached - terms.disbursed_on).days / (reached - before).days


def _annualised(timed: Sequence[TimedFlow], every: int, unit: str) -> float:
    flows = [(t, amount) for t, amount in timed if amount]
    received = sum(amount for _, amount in flows if amount > 0)
    paid = -sum(amount for _, amount in flows if amount < 0)
    if paid == 0 or paid < received or flows[0][1] <= 0:
        raise InputError("cash_flows", "no_return", "what is paid back must be at least what was received")
    if paid == received:
        return 0.0
    per_year = periods_per_year(every, unit)
    if len(flows) == 2:
        return _single_payment(paid / received, flows[1][0] / per_year)
    return irr(flows) * per_year


def _single_payment(growth: float, years: float) -> float:
    """Interest over the term by the year; beyond a year interest counts as compounded yearly."""
    if years <= 0:
        raise InputError("cash_flows", "no_time", "the payment must come after the payout")
    return (growth - 1.0) / years if years <= 1 else float(growth ** (1.0 / years)) - 1.0


def irr(flows: Sequence[TimedFlow]) -> float:
    """The rate per period at which the flows are worth nothing, for a payout first and payments after it.

    Newton from the left: the present value of the debt falls and is convex in the rate, so the steps
    climb to the root without passing it. Bisection takes over where several payouts spoil that shape.
    """
    low, high = 0.0, 1.0
    while _owed(flows, high)[0] > 0 and high < 1e12:
        low, high = high, high * 2
    rate = low
    for _ in range(200):
        value, slope = _owed(flows, rate)
        if value > 0:
            low = max(low, rate)
        else:
            high = min(high, rate)
        guess = rate - value / slope if slope < 0 else (low + high) / 2
        if not low <= guess <= high:
            guess = (low + high) / 2
        if abs(guess - rate) <= 1e-15 * max(1.0, abs(guess)):
            return guess
        rate = guess
    return rate


def _owed(flows: Sequence[TimedFlow], rate: float) -> tuple[float, float]:
    """What the payments are worth above the payouts at this rate, and its slope."""
    value = slope = 0.0
    for t, amount in flows:
        worth = -amount * (1.0 + rate) ** -t
        value += worth
        slope -= t * worth / (1.0 + rate)
    return value, slope
