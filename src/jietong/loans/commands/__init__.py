"""Money moves only here, a module a subject; other rooms call these names."""

from __future__ import annotations

from jietong.loans.commands.arranging import Around, Named, arrange, register_firm
from jietong.loans.commands.claiming import book_or_suspend, claim_line, claim_statement
from jietong.loans.commands.classifying import classify, end_override, override_class
from jietong.loans.commands.clearing import clear_payout, undo_clearing
from jietong.loans.commands.closing import accrue, age, check, fall_due, set_business_date, try_again
from jietong.loans.commands.crediting import ask_credit_back, cancel_credit_order, confirm_credit_paid, use_credit
from jietong.loans.commands.guarantors import tell_guarantor
from jietong.loans.commands.lending import Cancellation, book_loan, cancel_loan, cancellation, last_day, uncancel_loan
from jietong.loans.commands.mirroring import mirror_loan
from jietong.loans.commands.parties import compensate, record_notice, transfer_claim, undo_change
from jietong.loans.commands.passing_on import pass_on_parts
from jietong.loans.commands.planning import (
    NewPlan,
    cancel_order,
    order_prepayment,
    replan,
    undo_plan_change,
    waive_penalty,
    write_off,
)
from jietong.loans.commands.posting_batch import Answer, Line, book_or_suspend_many, record_repayments
from jietong.loans.commands.products import draft_version, put_in_force, take_back
from jietong.loans.commands.repaying import ReceiptReused, book_penalty, record_repayment, reverse_repayment
from jietong.loans.commands.returning import owe_refund, refund_paid
from jietong.loans.commands.suspending import assign_item, book_item, dismiss_item, return_item, take_item
from jietong.loans.ledger import refresh_head
from jietong.loans.suspense import put_in_suspense

__all__ = [
    "Answer",
    "Around",
    "Cancellation",
    "Line",
    "Named",
    "NewPlan",
    "ReceiptReused",
    "accrue",
    "age",
    "arrange",
    "ask_credit_back",
    "assign_item",
    "book_item",
    "book_loan",
    "book_or_suspend",
    "book_or_suspend_many",
    "book_penalty",
    "cancel_credit_order",
    "cancel_loan",
    "cancel_order",
    "cancellation",
    "check",
    "claim_line",
    "claim_statement",
    "classify",
    "clear_payout",
    "compensate",
    "confirm_credit_paid",
    "dismiss_item",
    "draft_version",
    "end_override",
    "fall_due",
    "last_day",
    "mirror_loan",
    "order_prepayment",
    "override_class",
    "owe_refund",
    "pass_on_parts",
    "put_in_force",
    "put_in_suspense",
    "record_notice",
    "record_repayment",
    "record_repayments",
    "refresh_head",
    "refund_paid",
    "register_firm",
    "replan",
    "return_item",
    "reverse_repayment",
    "set_business_date",
    "take_back",
    "take_item",
    "tell_guarantor",
    "transfer_claim",
    "try_again",
    "uncancel_loan",
    "undo_change",
    "undo_clearing",
    "undo_plan_change",
    "use_credit",
    "waive_penalty",
    "write_off",
]
