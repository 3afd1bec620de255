from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from jietong.kernel.grants import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0005_version_of_tapes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mirror",
            fields=[
                (
                    "loan",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="mirror",
                        serialize=False,
                        to="loans.loan",
                    ),
                ),
                ("source", models.CharField(max_length=40)),
                ("version", models.PositiveIntegerField()),
                ("told_at", models.DateTimeField()),
                ("sha256", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="MirrorVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("as_of", models.DateField()),
                ("told_at", models.DateTimeField()),
                ("sha256", models.CharField(max_length=64)),
                ("instalments", models.JSONField()),
                ("receipts", models.JSONField()),
                ("differences", models.JSONField(default=list)),
                (
                    "loan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mirror_versions",
                        to="loans.loan",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("loan"), models.F("version"), name="one_row_per_mirror_version")
                ],
            },
        ),
        append_only("loans_mirrorversion"),
    ]
