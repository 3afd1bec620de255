from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Opening",
            fields=[
                (
                    "loan",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="opening",
                        serialize=False,
                        to="loans.loan",
                    ),
                ),
                ("on", models.DateField()),
                ("start_bucket", models.CharField(max_length=6)),
                ("through_repayment_id", models.BigIntegerField(default=0)),
                ("instalments", models.JSONField()),
            ],
        ),
        migrations.AddField(
            model_name="bucketmove",
            name="superseded_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="repayment",
            name="reverse_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="repayment",
            name="reversed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="repayment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reversed_at", None), models.Q(("reverse_reason", ""), _negated=True), _connector="OR"
                ),
                name="a_reversal_has_its_reason",
            ),
        ),
    ]
