from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import jietong.kernel.fields


def tell_firms(apps: Any, schema_editor: Any) -> None:
    """Borrowers whom a tape told by their credit code are firms; 92… is a sole trader (borrowers/rules/credit_code.py)."""
    borrower = apps.get_model("borrowers", "Borrower")
    for row in (
        borrower.objects.using(schema_editor.connection.alias).filter(id_type="uscc", id_no__isnull=False).iterator()
    ):
        row.credit_code = row.id_no[:18]
        row.kind = "sole_trader" if row.credit_code.startswith("92") else "company"
        row.save(update_fields=["credit_code", "kind"])


class Migration(migrations.Migration):
    dependencies = [
        ("borrowers", "0002_code_asked_from"),
    ]

    operations = [
        migrations.CreateModel(
            name="Authority",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("representative", "法定代表人"), ("contact", "授权联系人")], max_length=14
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("id_no", jietong.kernel.fields.SealedField(null=True, purpose="id")),
                ("id_no_index", jietong.kernel.fields.BlindIndexField(db_index=True, null=True, of="id_no")),
                ("phone", jietong.kernel.fields.SealedField(null=True, purpose="reach")),
                ("phone_index", jietong.kernel.fields.BlindIndexField(db_index=True, null=True, of="phone")),
                ("phone_display", models.CharField(blank=True, db_default="", default="", max_length=40)),
                ("knows", models.CharField(max_length=12)),
                ("does", models.JSONField(default=list)),
                ("since_on", models.DateField()),
                ("until_on", models.DateField(null=True)),
                ("source", models.CharField(max_length=80)),
                ("recorded_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="borrower",
            name="credit_code",
            field=models.CharField(blank=True, db_default="", default="", max_length=18),
        ),
        migrations.AddField(
            model_name="borrower",
            name="kind",
            field=models.CharField(
                choices=[("person", "个人"), ("sole_trader", "个体工商户"), ("company", "企业")],
                db_default="person",
                default="person",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="borrower",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("credit_code", ""), ("kind", "person")),
                    models.Q(("kind", "person"), _negated=True),
                    _connector="OR",
                ),
                name="a_person_has_no_credit_code",
            ),
        ),
        migrations.AddField(
            model_name="authority",
            name="borrower",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="authorities", to="borrowers.borrower"
            ),
        ),
        migrations.AddConstraint(
            model_name="authority",
            constraint=models.UniqueConstraint(
                models.F("borrower"),
                condition=models.Q(("role", "representative"), ("until_on", None)),
                name="one_representative_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="authority",
            constraint=models.CheckConstraint(
                condition=models.Q(("until_on", None), ("until_on__gte", models.F("since_on")), _connector="OR"),
                name="an_authority_ends_after_it_begins",
            ),
        ),
        migrations.RunPython(tell_firms, migrations.RunPython.noop),
    ]
