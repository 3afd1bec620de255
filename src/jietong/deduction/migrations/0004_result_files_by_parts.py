"""A result file is taken part by part: how far it has come, and its bytes until the last line is taken."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deduction", "0003_authorisations"),
    ]

    operations = [
        migrations.AddField(
            model_name="resultfile",
            name="applied",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="resultfile",
            name="content",
            field=models.BinaryField(null=True),
        ),
        migrations.AddIndex(
            model_name="resultfile",
            index=models.Index(
                condition=models.Q(("content__isnull", False)), fields=["id"], name="result_file_under_way"
            ),
        ),
        # files of before were taken whole
        migrations.RunSQL("UPDATE deduction_resultfile SET applied = count WHERE refusal = ''", migrations.RunSQL.noop),
    ]
