from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import jietong.kernel.fields
from jietong.kernel.grants import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("borrowers", "0003_firms_and_who_speaks_for_them"),
        ("loans", "0007_five_classes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Arrangement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="LoanArrangement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since_on", models.DateField()),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=60)),
                (
                    "arrangement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.arrangement"
                    ),
                ),
                (
                    "loan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="arrangements", to="loans.loan"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Party",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(choices=[("firm", "机构"), ("person", "个人")], default="firm", max_length=6),
                ),
                ("name", models.CharField(max_length=80)),
                ("credit_code", models.CharField(blank=True, default="", max_length=18)),
                ("id_no", jietong.kernel.fields.SealedField(null=True, purpose="id")),
                ("id_no_index", jietong.kernel.fields.BlindIndexField(db_index=True, null=True, of="id_no")),
                ("hotline", models.CharField(blank=True, default="", max_length=40)),
                ("pay_to", models.CharField(blank=True, default="", max_length=120)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("name"), condition=models.Q(("kind", "firm")), name="one_firm_per_name"
                    ),
                    models.UniqueConstraint(
                        models.F("id_no_index"), condition=models.Q(("kind", "person")), name="one_person_per_id"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "firm"), ("id_no__isnull", False), _connector="OR"),
                        name="a_person_is_known_by_an_id_number",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClaimChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("transfer", "债权转让"), ("compensation", "代偿"), ("correction", "更正")],
                        max_length=12,
                    ),
                ),
                ("on", models.DateField()),
                ("giver", models.CharField(blank=True, default="", max_length=80)),
                ("taker", models.CharField(blank=True, default="", max_length=80)),
                ("whole", models.BooleanField(default=True)),
                ("amount_fen", models.BigIntegerField(default=0)),
                ("hotline", models.CharField(blank=True, default="", max_length=40)),
                ("pay_to", models.CharField(blank=True, default="", max_length=120)),
                ("reference", models.CharField(blank=True, default="", max_length=80)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=60)),
                (
                    "borrower",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="borrowers.borrower"
                    ),
                ),
                (
                    "loan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="claim_changes", to="loans.loan"
                    ),
                ),
                (
                    "undoes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="loans.claimchange",
                    ),
                ),
                (
                    "taker_party",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.party"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ArrangementMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("platform", "平台"), ("funder", "出资方"), ("guarantor", "担保方")], max_length=10
                    ),
                ),
                ("share", models.PositiveIntegerField(null=True)),
                (
                    "arrangement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="members", to="loans.arrangement"
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.party"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PartyPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10)),
                ("value", jietong.kernel.fields.SealedField(purpose="reach")),
                ("value_index", jietong.kernel.fields.BlindIndexField(db_index=True, of="value")),
                ("display", models.CharField(max_length=80)),
                ("source", models.CharField(max_length=40)),
                ("stopped_at", models.DateTimeField(null=True)),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="points", to="loans.party"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=24, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("creditor", models.CharField(max_length=80)),
                ("principal_fen", models.BigIntegerField()),
                ("disbursed_on", models.DateField()),
                ("settled_on", models.DateField()),
                ("issued_on", models.DateField()),
                ("issued_at", models.DateTimeField()),
                ("actor", models.CharField(max_length=60)),
                (
                    "loan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="certificates", to="loans.loan"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("loan"),
                        models.F("creditor"),
                        models.F("settled_on"),
                        name="one_certificate_per_settlement",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ChangeNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("how", models.CharField(max_length=10)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=60)),
                (
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="loans.claimchange"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(models.F("change"), models.F("how"), name="told_once_per_way")],
            },
        ),
        migrations.AddIndex(
            model_name="claimchange",
            index=models.Index(fields=["-at"], name="claim_change_newest"),
        ),
        migrations.AddConstraint(
            model_name="claimchange",
            constraint=models.UniqueConstraint(
                models.F("loan"),
                models.F("reference"),
                condition=models.Q(("kind", "correction"), _negated=True),
                name="one_change_per_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="claimchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "correction"), ("undoes__isnull", False), models.Q(("reason", ""), _negated=True)
                    ),
                    models.Q(
                        models.Q(("kind", "correction"), _negated=True),
                        ("undoes", None),
                        models.Q(("giver", models.F("taker")), _negated=True),
                        models.Q(("taker", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="a_change_has_two_sides_or_undoes_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="claimchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "compensation"), _negated=True), ("amount_fen__gt", 0), _connector="OR"
                ),
                name="a_compensation_is_money",
            ),
        ),
        migrations.AddConstraint(
            model_name="arrangementmember",
            constraint=models.UniqueConstraint(
                models.F("arrangement"), models.F("role"), models.F("party"), name="once_per_role"
            ),
        ),
        migrations.AddConstraint(
            model_name="arrangementmember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("role", "funder"), ("share__gt", 0)),
                    models.Q(models.Q(("role", "funder"), _negated=True), ("share", None)),
                    _connector="OR",
                ),
                name="funders_and_only_funders_have_shares",
            ),
        ),
        migrations.AddConstraint(
            model_name="partypoint",
            constraint=models.UniqueConstraint(
                models.F("party"), models.F("kind"), models.F("value_index"), name="one_row_per_way_to_a_party"
            ),
        ),
        append_only("loans_arrangement"),
        append_only("loans_arrangementmember"),
        append_only("loans_loanarrangement"),
        append_only("loans_claimchange"),
        append_only("loans_changenotice"),
        append_only("loans_certificate"),
    ]
