from __future__ import annotations

from django.db import migrations

from jietong.kernel.grants import append_only_but


class Migration(migrations.Migration):
    dependencies = [("approvals", "0001_initial")]
    operations = [
        append_only_but("approvals_request", "state", "owner_id", "decided_by_id", "decided_at", "answer", "done")
    ]
