"""What closing a date keeps beside the book: interest accrued in total per product, and loans that were set aside."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from jietong.loans.models.book import Loan, Product


class SetAside(models.Model):
    """A loan that day-end left out so that the others could go on. An open row keeps it out; nothing is guessed.

    `reason` is a code of rules/soundness.py, or "error" with the database's own words in `detail`.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="set_asides")
    business_date = models.DateField()
    step = models.CharField(max_length=40)
    reason = models.CharField(max_length=40)
    detail = models.CharField(max_length=300, blank=True, default="", db_default="")
    at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=60, blank=True, default="", db_default="")

    class Meta:
        constraints = [models.UniqueConstraint("loan", condition=Q(ended_at=None), name="set_aside_once")]


class AccrualCohort(models.Model):
    """Interest of all loans of a product whose running instalment has the same first and last day, in fen.

    Day-end keeps it: a loan's share moves when its head moved, so the daily accrual reads some dozens of rows.
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="+", db_index=False)
    from_on = models.DateField()
    due_on = models.DateField()
    interest_fen = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint("product", "from_on", "due_on", name="one_cohort_per_period")]


class AccrualStand(models.Model):
    """Interest posted per loan, summed per product, as far as day-end has counted it; in fen."""

    product = models.OneToOneField(Product, models.PROTECT, primary_key=True, related_name="accrual_stand")
    posted_fen = models.BigIntegerField()
    brought_fen = models.BigIntegerField()  # of it: what loans had posted when they entered


class ProductAccrual(models.Model):
    """What a product's loans earned up to a business date, in total; in fen. Append-only.

    accrued = what the day added (less than nothing when corrections outweigh it), posted = what was posted per loan
    since the row before, brought = of it what loans brought along, open = accrued and not posted yet. Always:
    sum of accrued = sum of posted + open.
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="accruals", db_index=False)
    business_date = models.DateField()
    accrued_fen = models.BigIntegerField()
    posted_fen = models.BigIntegerField()
    brought_fen = models.BigIntegerField()
    open_fen = models.BigIntegerField()
    posted_total_fen = models.BigIntegerField()
    brought_total_fen = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("product", "business_date", name="one_accrual_per_product_and_date")]
