from __future__ import annotations

from django.db import migrations

from jietong.kernel.grants import append_only


class Migration(migrations.Migration):
    dependencies = [("deduction", "0001_tables")]
    operations = [append_only("deduction_answer")]
