"""The 18 intents of the contract, and which of them may hurt when answered wrongly."""

from __future__ import annotations

INTENTS: tuple[str, ...] = (
    "repay_how",
    "repay_early",
    "repay_failed",
    "due_date",
    "amount_due",
    "interest_fee",
    "overdue_consequence",
    "extend_hardship",
    "borrow_how",
    "limit_eligibility",
    "auto_deduct",
    "account_contact",
    "contract_proof",
    "credit_report",
    "security_fraud",
    "complaint_human",
    "coupon_promo",
    "other",
)

#: answered only when clearly meant; a good chance of one of these beside another intent means a person
SENSITIVE: frozenset[str] = frozenset({"overdue_consequence", "extend_hardship", "security_fraud", "complaint_human"})
