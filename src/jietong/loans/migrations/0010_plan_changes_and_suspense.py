from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0009_dayend_accrual"),
    ]

    operations = [
        migrations.CreateModel(
            name="BankFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("read_at", models.DateTimeField()),
                ("actor", models.CharField(max_length=80)),
                ("lines", models.PositiveIntegerField()),
                ("total_fen", models.BigIntegerField()),
                ("booked", models.PositiveIntegerField()),
                ("waiting", models.PositiveIntegerField()),
                ("known", models.PositiveIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="repayment",
            name="is_recovery",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="loan",
            name="status",
            field=models.CharField(
                choices=[
                    ("active", "还款中"),
                    ("settled", "已结清"),
                    ("written_off", "已核销"),
                    ("recovered", "核销后已收回"),
                ],
                default="active",
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="PlanChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("pay_off", "提前结清"),
                            ("prepay", "部分提前还款"),
                            ("replan", "重新安排还款"),
                            ("waive", "减免罚息"),
                            ("write_off", "核销"),
                            ("pay_back", "退还多还的钱"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("on", models.DateField()),
                ("receipt", models.CharField(blank=True, default="", max_length=80)),
                ("keep", models.CharField(blank=True, default="", max_length=10)),
                ("terms", models.JSONField(default=dict)),
                ("reason", models.CharField(max_length=200)),
                ("first_n", models.PositiveSmallIntegerField()),
                ("actor", models.CharField(max_length=80)),
                ("booked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("held", "有效"), ("not_held", "不再成立"), ("undone", "已撤销")],
                        default="held",
                        max_length=10,
                    ),
                ),
                ("why", models.CharField(blank=True, default="", max_length=20)),
                ("figures", models.JSONField(default=dict)),
                ("posted", models.JSONField(default=list)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(blank=True, default="", max_length=80)),
                ("undo_reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "loan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="plan_changes", to="loans.loan"
                    ),
                ),
            ],
            options={
                "ordering": ["loan_id", "at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CreditOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_fen", models.BigIntegerField()),
                ("owner", models.CharField(max_length=40)),
                ("reply_by", models.DateTimeField()),
                ("asked_by", models.CharField(max_length=80)),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "等退款"), ("done", "已办"), ("cancelled", "已取消")],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("done_at", models.DateTimeField(null=True)),
                ("payout", models.CharField(blank=True, default="", max_length=80)),
                (
                    "loan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="credit_orders", to="loans.loan"
                    ),
                ),
                (
                    "to_loan",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.loan"
                    ),
                ),
                (
                    "change",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.planchange"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="instalment",
            name="closed_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="loans.planchange",
            ),
        ),
        migrations.AddField(
            model_name="instalment",
            name="opened_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="loans.planchange",
            ),
        ),
        migrations.CreateModel(
            name="PrepayOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("plan", models.CharField(max_length=10)),
                ("quoted_fen", models.BigIntegerField()),
                ("valid_on", models.DateField()),
                ("asked_by", models.CharField(max_length=80)),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "等钱到账"),
                            ("used", "已办"),
                            ("expired", "过期未到账"),
                            ("cancelled", "已取消"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "change",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="loans.planchange"
                    ),
                ),
                (
                    "loan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="prepay_orders", to="loans.loan"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SuspenseItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=120, unique=True)),
                ("source", models.CharField(max_length=20)),
                ("reason", models.CharField(max_length=40)),
                ("amount_fen", models.BigIntegerField(default=0)),
                ("happened_at", models.DateTimeField()),
                ("raw", models.JSONField(default=dict)),
                ("account_no", models.BinaryField(null=True)),
                ("owner", models.CharField(max_length=40)),
                ("person_id", models.BigIntegerField(null=True)),
                ("since", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待处理"),
                            ("booked", "已入账"),
                            ("returned", "已退回"),
                            ("dismissed", "不用处理"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("resolution", models.CharField(blank=True, default="", max_length=200)),
                ("resolved_at", models.DateTimeField(null=True)),
                ("resolved_by", models.CharField(blank=True, default="", max_length=80)),
                ("receipt", models.CharField(blank=True, default="", max_length=80)),
                (
                    "loan",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspense_items",
                        to="loans.loan",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="planchange",
            constraint=models.UniqueConstraint(
                models.F("loan"), models.F("first_n"), name="each_change_has_its_numbers"
            ),
        ),
        migrations.AddConstraint(
            model_name="planchange",
            constraint=models.UniqueConstraint(
                models.F("receipt"),
                condition=models.Q(models.Q(("receipt", ""), _negated=True), ("undone_at", None)),
                name="one_change_per_receipt",
            ),
        ),
        migrations.AddConstraint(
            model_name="planchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("undone_at", None), models.Q(("undo_reason", ""), _negated=True), _connector="OR"),
                name="an_undo_has_its_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditorder",
            constraint=models.UniqueConstraint(
                models.F("loan"), condition=models.Q(("state", "asked")), name="one_open_credit_order_per_loan"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditorder",
            constraint=models.CheckConstraint(condition=models.Q(("amount_fen__gt", 0)), name="credit_is_money"),
        ),
        migrations.AddConstraint(
            model_name="prepayorder",
            constraint=models.UniqueConstraint(
                models.F("loan"), condition=models.Q(("state", "open")), name="one_open_prepay_order_per_loan"
            ),
        ),
        migrations.AddConstraint(
            model_name="prepayorder",
            constraint=models.CheckConstraint(condition=models.Q(("quoted_fen__gt", 0)), name="a_quote_is_money"),
        ),
        migrations.AddIndex(
            model_name="suspenseitem",
            index=models.Index(condition=models.Q(("state", "open")), fields=["since"], name="open_suspense"),
        ),
        migrations.AddConstraint(
            model_name="suspenseitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("resolved_at", None), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), models.Q(("resolution", ""), _negated=True)),
                    _connector="OR",
                ),
                name="resolved_with_a_word",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspenseitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("owner", ""), _negated=True), name="suspense_has_an_owner"
            ),
        ),
    ]
