from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("borrowers", "0002_code_asked_from"),
        ("loans", "0005_version_of_tapes"),
    ]

    operations = [
        migrations.CreateModel(
            name="DemoPayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40, unique=True)),
                ("kind", models.CharField(max_length=4)),
                ("amount_fen", models.BigIntegerField()),
                ("outcome", models.CharField(max_length=10)),
                ("reason", models.CharField(blank=True, default="", max_length=40)),
                ("received_at", models.DateTimeField()),
                ("final_at", models.DateTimeField()),
                ("sends", models.PositiveSmallIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ref", models.CharField(max_length=20, unique=True)),
                ("amount_fen", models.BigIntegerField()),
                ("instalments", models.PositiveSmallIntegerField()),
                ("purpose", models.CharField(max_length=20)),
                ("state", models.CharField(default="draft", max_length=14)),
                ("reasons", models.JSONField(default=list)),
                ("decided_by", models.CharField(blank=True, default="", max_length=60)),
                ("decision_note", models.CharField(blank=True, default="", max_length=200)),
                ("created_at", models.DateTimeField()),
                ("moved_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("signed_at", models.DateTimeField(null=True)),
                ("disbursed_on", models.DateField(null=True)),
                (
                    "borrower",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="borrowers.borrower",
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="borrowers.boundcard"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.productversion"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ApplicationMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_state", models.CharField(max_length=14)),
                ("to_state", models.CharField(max_length=14)),
                ("actor", models.CharField(max_length=60)),
                ("reasons", models.JSONField(default=list)),
                ("note", models.CharField(blank=True, default="", max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="moves", to="origination.application"
                    ),
                ),
            ],
            options={
                "ordering": ["application_id", "id"],
            },
        ),
        migrations.CreateModel(
            name="CreditLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("granted_fen", models.BigIntegerField(default=0)),
                ("is_frozen", models.BooleanField(default=False)),
                ("updated_at", models.DateTimeField()),
                (
                    "borrower",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_limit",
                        to="borrowers.borrower",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text_version", models.CharField(max_length=20)),
                ("language", models.CharField(max_length=10)),
                ("lines", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("read_seconds", models.PositiveSmallIntegerField()),
                ("shown_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("proof", models.CharField(blank=True, default="", max_length=10)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disclosures",
                        to="origination.application",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LimitChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10)),
                ("reason", models.CharField(max_length=40)),
                ("note", models.CharField(blank=True, default="", max_length=200)),
                ("delta_fen", models.BigIntegerField(default=0)),
                ("granted_fen", models.BigIntegerField()),
                ("rule", models.CharField(blank=True, default="", max_length=40)),
                ("actor", models.CharField(max_length=60)),
                ("at", models.DateTimeField()),
                (
                    "limit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="origination.creditlimit",
                    ),
                ),
                (
                    "undoes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="origination.limitchange",
                    ),
                ),
            ],
            options={
                "ordering": ["limit_id", "id"],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40, unique=True)),
                ("kind", models.CharField(max_length=4)),
                ("amount_fen", models.BigIntegerField()),
                ("state", models.CharField(default="planned", max_length=10)),
                ("asked_on", models.DateField()),
                ("planned_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("asks", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField(null=True)),
                ("paid_at", models.DateTimeField(null=True)),
                ("reference", models.CharField(blank=True, default="", max_length=60)),
                ("reason", models.CharField(blank=True, default="", max_length=40)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to="origination.application",
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="borrowers.boundcard"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False)), fields=["expires_at"], name="application_expires"
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(("state", "in_review")), fields=["moved_at"], name="application_in_review"
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["borrower", "-id"], name="application_of_borrower"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0)), name="an_application_asks_for_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        (
                            "draft",
                            "submitted",
                            "in_review",
                            "approved",
                            "declined",
                            "withdrawn",
                            "expired",
                            "signed",
                            "payout_failed",
                            "disbursed",
                            "cancelling",
                            "cancelled",
                        ),
                    )
                ),
                name="an_application_has_a_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                models.F("borrower"), condition=models.Q(("state", "draft")), name="one_draft_per_borrower"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditlimit",
            constraint=models.CheckConstraint(
                condition=models.Q(("granted_fen__gte", 0)), name="a_limit_is_not_below_nothing"
            ),
        ),
        migrations.AddConstraint(
            model_name="limitchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="a_limit_changes_for_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="limitchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["release", "undo"]), ("undoes__isnull", False)),
                    models.Q(models.Q(("kind__in", ["release", "undo"]), _negated=True), ("undoes__isnull", True)),
                    _connector="OR",
                ),
                name="what_takes_back_names_what",
            ),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="transfer_next"
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(condition=models.Q(("amount_fen__gt", 0)), name="a_transfer_is_money"),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.UniqueConstraint(
                models.F("application"),
                models.F("kind"),
                condition=models.Q(("state__in", ["planned", "sending", "asking"])),
                name="one_transfer_on_its_way",
            ),
        ),
    ]
