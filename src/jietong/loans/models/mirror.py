"""Loans that a lender's core keeps: whose figures we show, and every version of them that we were told."""

from __future__ import annotations

from django.db import models

from jietong.loans.models.book import Loan


class Mirror(models.Model):
    """This loan's schedule and money are the core's; our rules do not recompute them. One row while that is so."""

    loan = models.OneToOneField(Loan, models.PROTECT, primary_key=True, related_name="mirror")
    source = models.CharField(max_length=40)  # the link's code, as the connectors call it
    version = models.PositiveIntegerField()
    told_at = models.DateTimeField()  # when we last heard of it, changed or not
    sha256 = models.CharField(max_length=64)


class MirrorVersion(models.Model):
    """What the core said at one moment, whole, and in what it differed from the book. Append-only."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="mirror_versions", db_index=False)
    version = models.PositiveIntegerField()
    as_of = models.DateField()  # the core's own date
    told_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    instalments = models.JSONField()  # [n, due_on, owed, paid]
    receipts = models.JSONField()  # receipts of the core's repayments, reversed ones left out
    differences = models.JSONField(default=list)  # [field, book, core]

    class Meta:
        constraints = [models.UniqueConstraint("loan", "version", name="one_row_per_mirror_version")]
