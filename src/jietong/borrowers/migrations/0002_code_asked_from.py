from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("borrowers", "0001_initial")]

    operations = [
        migrations.AddField("logincode", "asked_from", models.BinaryField(null=True)),
        migrations.AddIndex("logincode", models.Index(fields=["asked_from", "sent_at"], name="code_asked_from")),
    ]
