"""The five classes of a loan: every move, and what a person said against the days."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class AssetClassMove(models.Model):
    """Every move of a loan between the five classes, on the day on which it happened, with its cause.

    A loan begins in "normal" on the day it enters the book. A row with `superseded_at` is what was believed until then.
    """

    loan = models.ForeignKey("loans.Loan", models.PROTECT, related_name="class_moves", db_index=False)
    on = models.DateField()
    from_class = models.CharField(max_length=16)
    to_class = models.CharField(max_length=16)
    # "import", "dayend", "repayment", "backdated", "reversal", "override", "override_ended"
    cause = models.CharField(max_length=20)
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(from_class=F("to_class")), name="a_class_move_moves"),
            models.UniqueConstraint(
                "loan", "on", condition=Q(superseded_at=None), name="one_class_move_in_force_per_day"
            ),
        ]
        indexes = [models.Index(fields=["on"], name="class_move_on", condition=Q(superseded_at=None))]


class ClassOverride(models.Model):
    """A person's word that a loan is worse than its days say, from a day on. An open row is in force."""

    loan = models.ForeignKey("loans.Loan", models.PROTECT, related_name="class_overrides")
    asset_class = models.CharField(max_length=16)
    reason = models.CharField(max_length=24)  # a code of commands/classifying.py: REASONS
    note = models.CharField(max_length=400)
    since = models.DateField()
    placed_by = models.CharField(max_length=60)
    placed_at = models.DateTimeField()
    ended_on = models.DateField(null=True)  # the first day on which it no longer holds
    ended_by = models.CharField(max_length=60, blank=True)
    ended_at = models.DateTimeField(null=True)
    condition = models.CharField(max_length=24, blank=True)  # under which named condition it was ended
    end_note = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("loan", condition=Q(ended_on=None), name="one_open_override_per_loan"),
            models.CheckConstraint(
                condition=Q(ended_on=None, condition="") | (Q(ended_on__isnull=False) & ~Q(condition="")),
                name="an_upgrade_names_its_condition",
            ),
        ]
