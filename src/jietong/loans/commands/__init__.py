"""Money moves only here, a module a subject; other rooms call these names."""

from __future__ import annotations

from jietong.loans.commands.closing import age, fall_due, set_business_date
from jietong.loans.commands.repaying import ReceiptReused, book_penalty, record_repayment, reverse_repayment
from jietong.loans.ledger import refresh_head

__all__ = [
    "ReceiptReused",
    "age",
    "book_penalty",
    "fall_due",
    "record_repayment",
    "refresh_head",
    "reverse_repayment",
    "set_business_date",
]
