"""The bank's side of a payout: that the money has left the lender's account."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class PayoutCleared(models.Model):
    """A line of the bank's statement that is the payout of a loan; taken back by a mark, never deleted."""

    loan = models.ForeignKey("loans.Loan", models.PROTECT, related_name="payouts_cleared")
    serial = models.CharField(max_length=80)  # the bank's own number
    amount_fen = models.BigIntegerField()
    on = models.DateField()  # the bank's day
    source = models.CharField(max_length=10)  # "bank_file", "person"
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=60, blank=True, default="")
    undo_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint("loan", condition=Q(undone_at=None), name="a_payout_is_cleared_once"),
            models.UniqueConstraint("serial", condition=Q(undone_at=None), name="a_line_clears_one_payout"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="a_payout_is_money"),
            models.CheckConstraint(
                condition=Q(undone_at=None) | ~Q(undo_reason=""), name="a_clearing_is_undone_for_a_reason"
            ),
        ]
