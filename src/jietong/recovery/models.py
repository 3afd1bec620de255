from __future__ import annotations

from django.db import models
from django.db.models import Q


class Case(models.Model):
    """The lender's work on one borrower's arrears, over all loans. An open row is the case."""

    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="cases")
    opened_on = models.DateField()
    stage = models.CharField(max_length=6)  # the worst bucket of the borrower's loans
    owner = models.ForeignKey("staff.Member", models.PROTECT, null=True, related_name="cases")
    closed_on = models.DateField(null=True)
    close_reason = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("borrower", condition=Q(closed_on=None), name="one_open_case")]
        indexes = [models.Index(fields=["owner", "stage"], name="case_of_owner", condition=Q(closed_on=None))]


class CaseMove(models.Model):
    case = models.ForeignKey(Case, models.PROTECT, related_name="moves")
    on = models.DateField()
    from_stage = models.CharField(max_length=6, blank=True)
    to_stage = models.CharField(max_length=6)


class Promise(models.Model):
    """A promise to pay (承诺还款): amount and date. At most one is active per case."""

    class State(models.TextChoices):
        ACTIVE = "active", "履约中"
        KEPT = "kept", "已守约"
        PARTLY_KEPT = "partly_kept", "部分守约"
        BROKEN = "broken", "未守约"
        CANCELLED = "cancelled", "已取消"

    case = models.ForeignKey(Case, models.PROTECT, related_name="promises")
    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="promises")
    contact = models.ForeignKey("contacts.Contact", models.PROTECT, null=True, related_name="promises")
    amount_fen = models.BigIntegerField()
    due_on = models.DateField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("staff.Member", models.PROTECT, null=True, related_name="promises")
    state = models.CharField(max_length=12, choices=State.choices, default=State.ACTIVE)
    decided_on = models.DateField(null=True)
    paid_fen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("case", condition=Q(state="active"), name="one_active_promise_per_case"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="a_promise_is_of_money"),
        ]
        indexes = [models.Index(fields=["due_on"], name="promise_due", condition=Q(state="active"))]
