"""Money and facts that could not be booked: each waits with a reason and an owner until somebody resolves it (挂账)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class BankFile(models.Model):
    """One statement of an account that was read. The same file again changes nothing."""

    sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    read_at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    lines = models.PositiveIntegerField()
    total_fen = models.BigIntegerField()
    booked = models.PositiveIntegerField()
    waiting = models.PositiveIntegerField()
    known = models.PositiveIntegerField()


class SuspenseItem(models.Model):
    """What cannot be booked as it came, as it came (`raw`), and who has to find out. Never deleted."""

    class State(models.TextChoices):
        OPEN = "open", "待处理"
        BOOKED = "booked", "已入账"
        RETURNED = "returned", "已退回"
        DISMISSED = "dismissed", "不用处理"

    key = models.CharField(max_length=120, unique=True)  # source and the outside world's number: once, however often
    source = models.CharField(max_length=20)  # "bank_file", "repayment", "reversal", "plan_change", "deduction" …
    reason = models.CharField(max_length=40)  # a code; faces know its sentence
    amount_fen = models.BigIntegerField(default=0)
    happened_at = models.DateTimeField()  # when the money came, or the thing was told
    loan = models.ForeignKey("loans.Loan", models.PROTECT, null=True, related_name="suspense_items")
    raw = models.JSONField(default=dict)
    account_no = models.BinaryField(null=True)  # the payer's account, sealed; `raw` has its tail only
    owner = models.CharField(max_length=40)  # code of the team that has it
    person_id = models.BigIntegerField(null=True)  # the member who took it
    since = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    resolution = models.CharField(max_length=200, blank=True, default="")
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=80, blank=True, default="")
    receipt = models.CharField(max_length=80, blank=True, default="")  # under which it was booked in the end

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", resolved_at=None) | ~Q(state="open") & ~Q(resolution=""),
                name="resolved_with_a_word",
            ),
            models.CheckConstraint(condition=~Q(owner=""), name="suspense_has_an_owner"),
        ]
        indexes = [models.Index(fields=["since"], name="open_suspense", condition=Q(state="open"))]
