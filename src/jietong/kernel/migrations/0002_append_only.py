from __future__ import annotations

from django.db import migrations

from jietong.kernel.grants import append_only


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [append_only("kernel_event")]
