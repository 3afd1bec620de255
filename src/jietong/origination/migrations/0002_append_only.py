from __future__ import annotations

from django.db import migrations

from jietong.kernel.grants import append_only, append_only_but


class Migration(migrations.Migration):
    dependencies = [("origination", "0001_initial")]
    operations = [
        append_only("origination_limitchange"),
        append_only("origination_applicationmove"),
        append_only_but("origination_disclosure", "confirmed_at", "proof"),
    ]
