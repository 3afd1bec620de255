"""What a product may promise: its terms as values, every fault of them by field and code, and a worked example.

A product version is dated data; this is where data becomes a schedule. The all-in annual cost (年化综合成本) of every
amount, term and month that the product allows must stay at or below the cap of the rule pack: a product that breaks it
is refused before anybody can borrow under it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from jietong.kernel.errors import InputError
from jietong.loans.rules.apr import effective, schedule_apr
from jietong.loans.rules.rounding import half_up
from jietong.loans.rules.schedule import Row, build
from jietong.loans.rules.terms import DAY_COUNTS, PRINCIPAL_MAX, RATE_MAX, RATE_UNITS, Terms

#: `flat` is left out on purpose: its named rate is about half of what the loan costs
METHODS = ("equal_instalment", "equal_principal", "interest_only", "bullet")
COMPONENTS = frozenset({"fee", "penalty", "interest", "principal"})
CANCEL_INTEREST = frozenset({"to_the_day", "none"})
INSTALMENTS_MAX = 60  # personal consumer credit runs for five years at most: our policy
COUNTS_MAX = 12
COOLING_OFF_MAX = 90
FEE_RATE_MAX = Decimal("0.05")
MULTIPLE_MIN = Decimal(1)
#: the all-in cost is shown and judged in percent with two decimals
PERCENT_DECIMALS = 2
#: months differ in length, so the cost is looked at for a loan made on the first of each
MONTHS_TRIED = tuple(date(2027, month, 1) for month in range(1, 13))


@dataclass(frozen=True, slots=True)
class ProductTerms:
    """The terms of one product version. Money in fen; rates are shares (0.144 = 14.4 %).

    rate: per `rate_unit`. fee_rate: service fee asked for with each instalment, as a share of what was lent.
    principal_grace, interest_grace: numbers of instalments. is_revolving: repaid principal can be drawn again.
    cancel_interest: what a cancellation in the cooling-off period asks for beside the principal.
    """

    rate: Decimal
    instalment_counts: tuple[int, ...]
    amount_min_fen: int
    amount_max_fen: int
    rate_unit: str = "year"
    day_count: str = "period"
    method: str = "equal_instalment"
    principal_grace: int = 0
    interest_grace: int = 0
    fee_rate: Decimal = Decimal(0)
    penalty_multiple: Decimal = Decimal("1.5")
    allocation_order: tuple[str, ...] = ("fee", "penalty", "interest", "principal")
    is_revolving: bool = True
    cooling_off_days: int = 7
    cancel_interest: str = "to_the_day"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the rule pack asks of a price. None: the pack has no such rule."""

    all_in_cap: Decimal | None = None
    penalty_multiple_max: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A loan under the terms, worked out. `all_in` is the nominal yearly share, `compound` the same by compounding."""

    principal_fen: int
    rows: tuple[Row, ...]
    fee_each_fen: int
    total_interest_fen: int
    all_in: float
    compound: float

    @property
    def total_fee_fen(self) -> int:
        return self.fee_each_fen * len(self.rows)

    @property
    def total_fen(self) -> int:
        return self.principal_fen + self.total_interest_fen + self.total_fee_fen

    @property
    def first_fen(self) -> int:
        return self.rows[0].total_fen + self.fee_each_fen


def loan_terms(product: ProductTerms, *, principal_fen: int, instalments: int, disbursed_on: date) -> Terms:
    """The terms of one loan under a product. Raises InputError for an amount or term that the product does not have."""
    if not product.amount_min_fen <= principal_fen <= product.amount_max_fen:
        code = "too_small" if principal_fen < product.amount_min_fen else "too_large"
        raise InputError("principal", code, "the amount lies outside what the product lends")
    if instalments not in product.instalment_counts:
        raise InputError("instalments", "unknown", f"the product has no term of {instalments} instalments")
    return Terms(
        principal_fen,
        product.rate,
        instalments,
        disbursed_on,
        rate_unit=product.rate_unit,
        day_count=product.day_count,
        method=product.method,
        principal_grace=product.principal_grace,
        interest_grace=product.interest_grace,
    )


def fee_each_fen(product: ProductTerms, principal_fen: int) -> int:
    over, under = (principal_fen * product.fee_rate).as_integer_ratio()
    return half_up(over, under)


def worked(product: ProductTerms, *, principal_fen: int, instalments: int, disbursed_on: date) -> Example:
    """Schedule, fees and all-in yearly cost of one loan. Raises InputError as `loan_terms` and the schedule do."""
    terms = loan_terms(product, principal_fen=principal_fen, instalments=instalments, disbursed_on=disbursed_on)
    schedule = build(terms)
    fee = fee_each_fen(product, principal_fen)
    share = schedule_apr(terms, schedule, fee_each_fen=fee)
    return Example(principal_fen, schedule.rows, fee, schedule.total_interest_fen, share, effective(share))


def percent(share: float) -> Decimal:
    """A yearly share in percent as it is shown: 0.14401 → 14.40."""
    return round(Decimal(repr(share)) * 100, PERCENT_DECIMALS)


def is_above_cap(share: float, cap: Decimal | None) -> bool:
    return cap is not None and percent(share) > cap * 100


def faults(product: ProductTerms, *, limits: Limits) -> list[InputError]:
    """Everything that is wrong with the terms, each with its field and code; nothing when they may be put in force."""
    found = [*_rate_faults(product), *_term_faults(product), *_money_faults(product), *_penalty_faults(product, limits)]
    if found:
        return found  # a schedule of broken terms would only repeat it
    return list(_cost_faults(product, limits.all_in_cap))


def check(product: ProductTerms, *, limits: Limits) -> None:
    """Raises the first fault."""
    for fault in faults(product, limits=limits):
        raise fault


def dearest(product: ProductTerms) -> Example:
    """The example with the highest all-in cost over amounts, terms and months of the product."""
    return max(_examples(product), key=lambda one: one.all_in)


def _examples(product: ProductTerms) -> Iterator[Example]:
    for amount in sorted({product.amount_min_fen, product.amount_max_fen}):
        for count in product.instalment_counts:
            for on in MONTHS_TRIED:
                yield worked(product, principal_fen=amount, instalments=count, disbursed_on=on)


def _rate_faults(product: ProductTerms) -> Iterator[InputError]:
    if product.rate_unit not in RATE_UNITS:
        yield _unknown("rate_unit", product.rate_unit)
    if not product.rate.is_finite():
        yield InputError("rate", "not_a_number", "the rate must be a finite number")
    elif product.rate < 0:
        yield InputError("rate", "negative", "the rate must not be negative")
    elif product.rate > RATE_MAX.get(product.rate_unit, 100):
        yield InputError("rate", "too_large", "the rate is absurd; 0.12 means 12 %")
    if not product.fee_rate.is_finite() or not 0 <= product.fee_rate <= FEE_RATE_MAX:
        yield InputError("fee_rate", "out_of_range", f"the fee of an instalment lies between 0 and {FEE_RATE_MAX}")
    if product.day_count not in DAY_COUNTS:
        yield _unknown("day_count", product.day_count)
    if product.method not in METHODS:
        yield _unknown("method", product.method)


def _term_faults(product: ProductTerms) -> Iterator[InputError]:
    counts = product.instalment_counts
    if not counts:
        yield InputError("instalment_counts", "missing", "a product has at least one term")
    elif len(counts) > COUNTS_MAX or len(set(counts)) != len(counts):
        yield InputError("instalment_counts", "duplicate", "each term is named once, and there are a dozen at most")
    elif min(counts) < 1:
        yield InputError("instalment_counts", "too_small", "a loan has at least one instalment")
    elif max(counts) > INSTALMENTS_MAX:
        yield InputError("instalment_counts", "too_large", f"at most {INSTALMENTS_MAX} instalments")
    for field, value in (("principal_grace", product.principal_grace), ("interest_grace", product.interest_grace)):
        if value < 0:
            yield InputError(field, "negative", f"{field} must not be negative")
        elif counts and value >= min(counts):
            yield InputError(field, "too_large", "the grace leaves no instalment to pay in")
    if not 0 <= product.cooling_off_days <= COOLING_OFF_MAX:
        yield InputError("cooling_off_days", "out_of_range", f"between 0 and {COOLING_OFF_MAX} days")
    if product.cancel_interest not in CANCEL_INTEREST:
        yield _unknown("cancel_interest", product.cancel_interest)


def _money_faults(product: ProductTerms) -> Iterator[InputError]:
    if product.amount_min_fen <= 0:
        yield InputError("amount_min", "not_positive", "the smallest loan is more than nothing")
    if product.amount_max_fen > PRINCIPAL_MAX:
        yield InputError("amount_max", "too_large", "the largest loan is larger than any book")
    if product.amount_max_fen < product.amount_min_fen:
        yield InputError("amount_max", "out_of_order", "the largest loan is smaller than the smallest")


def _penalty_faults(product: ProductTerms, limits: Limits) -> Iterator[InputError]:
    multiple, most = product.penalty_multiple, limits.penalty_multiple_max
    if not multiple.is_finite() or multiple < MULTIPLE_MIN:
        yield InputError("penalty_multiple", "too_small", "overdue principal costs at least the contract rate")
    elif most is not None and multiple > most:
        yield InputError("penalty_multiple", "above_pack", f"the rule pack allows {most} times the contract rate")
    if len(product.allocation_order) != len(COMPONENTS) or set(product.allocation_order) != COMPONENTS:
        yield InputError("allocation_order", "unknown", "fee, penalty, interest and principal, each once")


def _cost_faults(product: ProductTerms, cap: Decimal | None) -> Iterator[InputError]:
    try:
        worst = dearest(product)
    except InputError as error:  # rounding that cannot close, interest that no instalment can bear
        yield error
        return
    if is_above_cap(worst.all_in, cap):
        told = f"{worst.principal_fen} fen in {len(worst.rows)} instalments costs {percent(worst.all_in)} % a year"
        yield InputError("rate", "above_cap", f"{told}, above the cap of {cap}")


def _unknown(field: str, value: str) -> InputError:
    return InputError(field, "unknown", f"{value!r} is not a known {field}")
