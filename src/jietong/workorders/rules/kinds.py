"""What may be asked of another desk: which one answers, within how many of its opening hours, and for which needs.

Policy of the house, not law: data with a version, so that an old order can be read with the hours of its day.
"""

from __future__ import annotations

from dataclasses import dataclass

VERSION = "2026-11"
FINANCE, BUREAU, TECH = "finance", "bureau", "tech"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of work order. team: code of the receiving desk; hours: of its opening time, until the answer is due;
    intents: needs for which it is suggested, the likeliest first kind winning."""

    code: str
    team: str
    hours: int
    intents: tuple[str, ...] = ()


KINDS: tuple[Kind, ...] = (
    Kind("trace_payment", FINANCE, 4, ("repay_failed", "amount_due", "repay_how")),
    Kind("refund", FINANCE, 8),
    Kind("check_charges", FINANCE, 8, ("interest_fee", "repay_early")),
    Kind("issue_paper", FINANCE, 8, ("contract_proof",)),
    Kind("check_report", BUREAU, 16, ("credit_report", "overdue_consequence")),
    Kind("debit_fault", TECH, 4, ("auto_deduct",)),
    Kind("page_fault", TECH, 4, ("account_contact", "borrow_how", "limit_eligibility", "coupon_promo")),
)
BY_CODE = {kind.code: kind for kind in KINDS}


def suggested(intent: str) -> Kind:
    """The kind that a need of this intent most likely wants; the first of all when none names it."""
    return next((kind for kind in KINDS if intent in kind.intents), KINDS[0])
