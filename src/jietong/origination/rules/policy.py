"""Figures that this lender chose itself: no law and no standard in our reference says them. Pure.

They are listed so that nobody takes them for a rule: `source` is empty where there is none, and the page says so. A
figure with a source names it as the reference does, with its strength.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from jietong.loans.rules.products import ProductTerms
from jietong.origination.rules import application, decision, disclosure, limits, transfers, watch

_BLANK = ProductTerms(Decimal("0.1"), (12,), 1, 1)  # what a new product begins with, beside its price
_DECIDED = decision.Policy()


@dataclass(frozen=True, slots=True)
class Default:
    """unit: days, fen, seconds, minutes, years. source: of the reference, or empty; is_verified: of that source."""

    code: str
    value: int
    unit: str
    source: str = ""
    is_verified: bool = False


DEFAULTS: tuple[Default, ...] = (
    Default("cooling_off_days", _BLANK.cooling_off_days, "days"),
    Default("arrears_freeze_from", watch.ARREARS_FREEZE_FROM, "days"),
    Default("arrears_cut_from", watch.ARREARS_CUT_FROM, "days"),
    Default("limit_max", limits.LIMIT_MAX_FEN, "fen"),
    Default("arrears_decline_from", _DECIDED.arrears_days, "days"),
    Default("large_from", _DECIDED.auto_max_fen, "fen"),
    Default("information_old", _DECIDED.information_days_max, "days"),
    Default("approval_lasts", application.LASTS["approved"].days, "days"),
    Default("review_lasts", application.LASTS["in_review"].days, "days"),
    Default("sign_by_device_max", disclosure.SIGN_BY_DEVICE_MAX_FEN, "fen"),
    Default("read_seconds", disclosure.READ_SECONDS, "seconds"),
    Default("never_seen_after", int(transfers.NEVER_SEEN_AFTER.total_seconds()) // 60, "minutes"),
    # That a price is shown by force is reference item 10, at second hand; how long is ours.
    Default("price_shown", 1, "times", source="reference item 10", is_verified=False),
    Default("adult_from", decision.ADULT_FROM, "years", source="Civil Code 17", is_verified=False),
)
