from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connectors", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="inboxevent",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "待入账"),
                    ("booked", "已入账"),
                    ("dead", "死信"),
                    ("superseded", "已被更新的消息取代"),
                    ("dismissed", "已由人处理"),
                    ("suspended", "已转挂账"),
                ],
                default="waiting",
                max_length=12,
            ),
        ),
    ]
