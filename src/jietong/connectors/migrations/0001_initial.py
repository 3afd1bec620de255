from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import jietong.kernel.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("loans", "0007_five_classes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReconciliationRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                ("as_of", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField()),
                ("started_by", models.CharField(max_length=60)),
                ("core", models.JSONField(default=dict)),
                ("book", models.JSONField(default=dict)),
                ("differences_count", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Difference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40)),
                ("ref", models.CharField(max_length=40)),
                ("receipt", models.CharField(blank=True, default="", max_length=80)),
                ("core_fen", models.BigIntegerField(null=True)),
                ("book_fen", models.BigIntegerField(null=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="differences",
                        to="connectors.reconciliationrun",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[("fineract", "Apache Fineract"), ("files", "文件"), ("webhook", "事件推送")],
                        max_length=10,
                    ),
                ),
                (
                    "mode",
                    models.CharField(choices=[("mirror", "以核心为准"), ("feed", "核心供数，本账计算")], max_length=8),
                ),
                ("creditor", models.CharField(blank=True, max_length=80)),
                ("settings", models.JSONField(default=dict)),
                ("secret", jietong.kernel.fields.SealedField(null=True, purpose="connector")),
                ("cursor", models.JSONField(default=dict)),
                ("paused", models.BooleanField(default=False)),
                ("last_seen_at", models.DateTimeField(null=True)),
                ("last_ok_at", models.DateTimeField(null=True)),
                ("failing_since", models.DateTimeField(null=True)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("error_code", models.CharField(blank=True, default="", max_length=40)),
                ("error_detail", models.CharField(blank=True, default="", max_length=200)),
                ("next_pull_at", models.DateTimeField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("failing_since", None), models.Q(("error_code", ""), _negated=True), _connector="OR"
                        ),
                        name="a_broken_link_says_why",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="reconciliationrun",
            name="source",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="connectors.source"
            ),
        ),
        migrations.CreateModel(
            name="InboxEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("external_id", models.CharField(max_length=120)),
                ("kind", models.CharField(max_length=30)),
                ("subject", models.CharField(blank=True, max_length=80)),
                ("digest", models.CharField(max_length=64)),
                ("payload", jietong.kernel.fields.SealedField(purpose="inbox")),
                ("received_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "待入账"),
                            ("booked", "已入账"),
                            ("dead", "死信"),
                            ("superseded", "已被更新的消息取代"),
                            ("dismissed", "已由人处理"),
                        ],
                        default="waiting",
                        max_length=12,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                ("error_field", models.CharField(blank=True, default="", max_length=80)),
                ("error_code", models.CharField(blank=True, default="", max_length=40)),
                ("error_detail", models.CharField(blank=True, default="", max_length=300)),
                ("owner_role", models.CharField(default="operator", max_length=12)),
                ("note", models.CharField(blank=True, default="", max_length=200)),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="connectors.source"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CoreLoan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("external_id", models.CharField(max_length=80)),
                ("ref", models.CharField(max_length=40)),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("tellings", models.PositiveIntegerField(default=0)),
                ("seen_at", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
                ("principal_left_fen", models.BigIntegerField(default=0)),
                ("left_fen", models.BigIntegerField(default=0)),
                ("is_open", models.BooleanField(default=True)),
                ("moneys", models.JSONField(default=list)),
                (
                    "loan",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="core_loans",
                        to="loans.loan",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="loans", to="connectors.source"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="reconciliationrun",
            index=models.Index(fields=["source", "on", "id"], name="run_of_a_day"),
        ),
        migrations.AddIndex(
            model_name="inboxevent",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["next_try_at", "id"], name="inbox_due"
            ),
        ),
        migrations.AddIndex(
            model_name="inboxevent",
            index=models.Index(
                condition=models.Q(("state", "booked"), _negated=True),
                fields=["source", "state"],
                name="inbox_by_state",
            ),
        ),
        migrations.AddIndex(
            model_name="inboxevent",
            index=models.Index(fields=["source", "subject", "id"], name="inbox_subject"),
        ),
        migrations.AddConstraint(
            model_name="inboxevent",
            constraint=models.UniqueConstraint(
                models.F("source"), models.F("external_id"), name="an_event_is_received_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="inboxevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "dead"), _negated=True),
                    models.Q(("error_code", ""), _negated=True),
                    _connector="OR",
                ),
                name="a_dead_letter_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="inboxevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "waiting"), _negated=True), ("next_try_at__isnull", False), _connector="OR"
                ),
                name="what_waits_has_its_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="inboxevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "dismissed"), _negated=True),
                    models.Q(("note", ""), _negated=True),
                    _connector="OR",
                ),
                name="a_dismissal_has_its_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="coreloan",
            index=models.Index(fields=["source", "ref"], name="core_loan_ref"),
        ),
        migrations.AddConstraint(
            model_name="coreloan",
            constraint=models.UniqueConstraint(
                models.F("source"), models.F("external_id"), name="one_row_per_loan_of_a_core"
            ),
        ),
    ]
