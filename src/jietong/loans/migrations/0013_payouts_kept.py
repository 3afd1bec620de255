from __future__ import annotations

from django.db import migrations

from jietong.kernel.grants import append_only_but


class Migration(migrations.Migration):
    dependencies = [("loans", "0012_payouts_cleared")]
    operations = [append_only_but("loans_payoutcleared", "undone_at", "undone_by", "undo_reason")]
