"""What borrowers sign for a mandate; a card that was taken back may be given again under the channel's own number."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from jietong.kernel.grants import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("borrowers", "0003_firms_and_who_speaks_for_them"),
        ("deduction", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Authorisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("language", models.CharField(max_length=10)),
                ("policy_version", models.CharField(max_length=20)),
                ("limit_fen", models.BigIntegerField(null=True)),
                ("day_limit_fen", models.BigIntegerField(null=True)),
                ("proved_by", models.CharField(max_length=10)),
                ("signed_at", models.DateTimeField()),
            ],
        ),
        migrations.AlterField(
            model_name="mandate",
            name="agreement",
            field=models.CharField(max_length=40),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.UniqueConstraint(
                models.F("agreement"), condition=models.Q(("ended_at", None)), name="one_open_mandate_per_agreement"
            ),
        ),
        migrations.AddField(
            model_name="authorisation",
            name="mandate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="authorisations", to="deduction.mandate"
            ),
        ),
        append_only("deduction_authorisation"),
    ]
