"""What was agreed about a loan after it was lent: changes of its plan, orders for coming money, and credit."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class PlanChange(models.Model):
    """One change of a loan's plan, told with the repayments (rules/changes.py). Never deleted: undoing is a mark.

    `state` and `figures` are what the last telling said; `posted` are the ledger steps that stand for it now. `terms`:
    what was given, by kind: {"due_on", "rate", "rate_unit", "day_count", "method", "waive_penalty_fen",
    "waive_interest_fen"} for a new plan, {"penalty_fen"} for a waiver, {"amount_fen"} for credit paid back.
    """

    class Kind(models.TextChoices):
        PAY_OFF = "pay_off", "提前结清"
        PREPAY = "prepay", "部分提前还款"
        REPLAN = "replan", "重新安排还款"
        WAIVE = "waive", "减免罚息"
        WRITE_OFF = "write_off", "核销"
        PAY_BACK = "pay_back", "退还多还的钱"

    class State(models.TextChoices):
        HELD = "held", "有效"
        NOT_HELD = "not_held", "不再成立"
        UNDONE = "undone", "已撤销"

    key = models.CharField(max_length=80, unique=True)  # the caller's: the same key twice is one change
    loan = models.ForeignKey("loans.Loan", models.PROTECT, related_name="plan_changes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    on = models.DateField()
    receipt = models.CharField(max_length=80, blank=True, default="")  # the money it comes with
    keep = models.CharField(max_length=10, blank=True, default="")  # "term" or "instalment"
    terms = models.JSONField(default=dict)
    reason = models.CharField(max_length=200)
    first_n = models.PositiveSmallIntegerField()  # numbers of the instalments that it adds begin here
    actor = models.CharField(max_length=80)
    booked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.HELD)
    why = models.CharField(max_length=20, blank=True, default="")  # the code when it does not hold
    figures = models.JSONField(default=dict)  # {"amounts": [principal, interest, fee, penalty], "missing_fen"}
    posted = models.JSONField(default=list)  # [[debit, credit, fen]]
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=80, blank=True, default="")
    undo_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["loan_id", "at", "pk"]
        constraints = [
            models.UniqueConstraint("loan", "first_n", name="each_change_has_its_numbers"),
            models.UniqueConstraint(
                "receipt", condition=~Q(receipt="") & Q(undone_at=None), name="one_change_per_receipt"
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None) | ~Q(undo_reason=""), name="an_undo_has_its_reason"
            ),
        ]  # fmt: skip


class PrepayOrder(models.Model):
    """What a borrower wants done with money that is to come on one day: the quote holds for that day only."""

    class State(models.TextChoices):
        OPEN = "open", "等钱到账"
        USED = "used", "已办"
        EXPIRED = "expired", "过期未到账"
        CANCELLED = "cancelled", "已取消"

    loan = models.ForeignKey("loans.Loan", models.PROTECT, related_name="prepay_orders")
    plan = models.CharField(max_length=10)  # "pay_off", "term", "instalment"
    quoted_fen = models.BigIntegerField()  # what was said that it takes, or what is to be paid
    valid_on = models.DateField()
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    change = models.ForeignKey(PlanChange, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("loan", condition=Q(state="open"), name="one_open_prepay_order_per_loan"),
            models.CheckConstraint(condition=Q(quoted_fen__gt=0), name="a_quote_is_money"),
        ]


class CreditOrder(models.Model):
    """Credit of the borrower's that is to be paid back, or was used for another loan. Its sum is reserved meanwhile."""

    class State(models.TextChoices):
        ASKED = "asked", "等退款"
        DONE = "done", "已办"
        CANCELLED = "cancelled", "已取消"

    loan = models.ForeignKey("loans.Loan", models.PROTECT, related_name="credit_orders")
    amount_fen = models.BigIntegerField()
    to_loan = models.ForeignKey("loans.Loan", models.PROTECT, null=True, related_name="+")
    owner = models.CharField(max_length=40)  # the team that has to pay it out
    reply_by = models.DateTimeField()
    asked_by = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    done_at = models.DateTimeField(null=True)
    payout = models.CharField(max_length=80, blank=True, default="")  # the bank's number of the money paid out
    change = models.ForeignKey(PlanChange, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("loan", condition=Q(state="asked"), name="one_open_credit_order_per_loan"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="credit_is_money"),
        ]
