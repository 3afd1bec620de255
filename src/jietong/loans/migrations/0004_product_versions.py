from __future__ import annotations

from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

import jietong.loans.models.book
import jietong.loans.models.products


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0003_reversal_and_history"),
    ]

    operations = [
        migrations.AddField(
            model_name="loan",
            name="cancelled_on",
            field=models.DateField(null=True),
        ),
        migrations.CreateModel(
            name="ProductVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("rate", models.DecimalField(decimal_places=10, max_digits=12, null=True)),
                ("rate_unit", models.CharField(default="year", max_length=4)),
                ("day_count", models.CharField(default="period", max_length=16)),
                ("method", models.CharField(default="equal_instalment", max_length=24)),
                ("instalment_counts", models.JSONField(default=jietong.loans.models.products.default_counts)),
                ("principal_grace", models.PositiveSmallIntegerField(default=0)),
                ("interest_grace", models.PositiveSmallIntegerField(default=0)),
                ("fee_rate", models.DecimalField(decimal_places=6, default=Decimal("0"), max_digits=8)),
                ("penalty_multiple", models.DecimalField(decimal_places=3, default=Decimal("1.5"), max_digits=5)),
                ("allocation_order", models.JSONField(default=jietong.loans.models.book.default_allocation_order)),
                ("amount_min_fen", models.BigIntegerField(default=50000)),
                ("amount_max_fen", models.BigIntegerField(default=5000000)),
                ("is_revolving", models.BooleanField(default=True)),
                ("cooling_off_days", models.PositiveSmallIntegerField(default=7)),
                ("cancel_interest", models.CharField(default="to_the_day", max_length=12)),
                ("note", models.CharField(blank=True, default="", max_length=200)),
                ("drafted_by", models.CharField(max_length=40)),
                ("drafted_at", models.DateTimeField()),
                ("in_force_from", models.DateField(null=True)),
                ("put_in_force_by", models.CharField(blank=True, default="", max_length=40)),
                ("put_in_force_at", models.DateTimeField(null=True)),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="loans.product"
                    ),
                ),
            ],
            options={
                "ordering": ["product_id", "number"],
            },
        ),
        migrations.AddField(
            model_name="loan",
            name="version",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="loans", to="loans.productversion"
            ),
        ),
        migrations.AddConstraint(
            model_name="productversion",
            constraint=models.UniqueConstraint(models.F("product"), models.F("number"), name="one_version_per_number"),
        ),
        migrations.AddConstraint(
            model_name="productversion",
            constraint=models.UniqueConstraint(
                models.F("product"),
                models.F("in_force_from"),
                condition=models.Q(("in_force_from__isnull", False)),
                name="one_version_begins_on_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="productversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_min_fen__gt", 0), ("amount_max_fen__gte", models.F("amount_min_fen"))),
                name="a_product_lends_something",
            ),
        ),
    ]
