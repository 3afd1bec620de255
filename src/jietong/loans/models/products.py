"""Products as dated data: a version says under which terms it is lent, and never changes once written."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from jietong.loans.models.book import Product, default_allocation_order
from jietong.loans.rules.products import ProductTerms


def default_counts() -> list[int]:
    return [3, 6, 12, 24]


class ProductVersion(models.Model):
    """The terms of a product from a day on. Terms are append-only at the database: a change is another version.

    in_force_from: None while it is a draft. rate: None when each loan brings its own (loans that came by tape).
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    rate = models.DecimalField(max_digits=12, decimal_places=10, null=True)
    rate_unit = models.CharField(max_length=4, default="year")
    day_count = models.CharField(max_length=16, default="period")
    method = models.CharField(max_length=24, default="equal_instalment")
    instalment_counts = models.JSONField(default=default_counts)
    principal_grace = models.PositiveSmallIntegerField(default=0)
    interest_grace = models.PositiveSmallIntegerField(default=0)
    fee_rate = models.DecimalField(max_digits=8, decimal_places=6, default=Decimal(0))
    penalty_multiple = models.DecimalField(max_digits=5, decimal_places=3, default=Decimal("1.5"))
    allocation_order = models.JSONField(default=default_allocation_order)
    amount_min_fen = models.BigIntegerField(default=500_00)
    amount_max_fen = models.BigIntegerField(default=50_000_00)
    is_revolving = models.BooleanField(default=True)
    cooling_off_days = models.PositiveSmallIntegerField(default=7)
    cancel_interest = models.CharField(max_length=12, default="to_the_day")
    note = models.CharField(max_length=200, blank=True, default="")  # why this version
    drafted_by = models.CharField(max_length=40)
    drafted_at = models.DateTimeField()
    in_force_from = models.DateField(null=True)
    put_in_force_by = models.CharField(max_length=40, blank=True, default="")
    put_in_force_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["product_id", "number"]
        constraints = [
            models.UniqueConstraint("product", "number", name="one_version_per_number"),
            models.UniqueConstraint(
                "product", "in_force_from", condition=Q(in_force_from__isnull=False), name="one_version_begins_on_a_day"
            ),
            models.CheckConstraint(
                condition=Q(amount_min_fen__gt=0) & Q(amount_max_fen__gte=F("amount_min_fen")),
                name="a_product_lends_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product.code} v{self.number}"

    @property
    def terms(self) -> ProductTerms | None:
        """The version's terms as the rules read them; None when loans bring their own rate."""
        if self.rate is None:
            return None
        return ProductTerms(
            rate=self.rate,
            instalment_counts=tuple(self.instalment_counts),
            amount_min_fen=self.amount_min_fen,
            amount_max_fen=self.amount_max_fen,
            rate_unit=self.rate_unit,
            day_count=self.day_count,
            method=self.method,
            principal_grace=self.principal_grace,
            interest_grace=self.interest_grace,
            fee_rate=self.fee_rate,
            penalty_multiple=self.penalty_multiple,
            allocation_order=tuple(self.allocation_order),
            is_revolving=self.is_revolving,
            cooling_off_days=self.cooling_off_days,
            cancel_interest=self.cancel_interest,
        )
