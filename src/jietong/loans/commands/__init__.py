"""Money moves only here, a module a subject; other rooms call these names."""

from __future__ import annotations

from jietong.loans.commands.arranging import Around, Named, arrange, register_firm
from jietong.loans.commands.classifying import classify, end_override, override_class
from jietong.loans.commands.closing import accrue, age, check, fall_due, set_business_date, try_again
from jietong.loans.commands.lending import Cancellation, book_loan, cancel_loan, cancellation, last_day, uncancel_loan
from jietong.loans.commands.mirroring import mirror_loan
from jietong.loans.commands.parties import compensate, record_notice, transfer_claim, undo_change
from jietong.loans.commands.products import draft_version, put_in_force, take_back
from jietong.loans.commands.repaying import ReceiptReused, book_penalty, record_repayment, reverse_repayment
from jietong.loans.ledger import refresh_head

__all__ = [
    "Around",
    "Cancellation",
    "Named",
    "ReceiptReused",
    "accrue",
    "age",
    "arrange",
    "book_loan",
    "book_penalty",
    "cancel_loan",
    "cancellation",
    "check",
    "classify",
    "compensate",
    "draft_version",
    "end_override",
    "fall_due",
    "last_day",
    "mirror_loan",
    "override_class",
    "put_in_force",
    "record_notice",
    "record_repayment",
    "refresh_head",
    "register_firm",
    "reverse_repayment",
    "set_business_date",
    "take_back",
    "transfer_claim",
    "try_again",
    "uncancel_loan",
    "undo_change",
]
