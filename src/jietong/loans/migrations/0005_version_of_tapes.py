"""Every loan in the book points to a version: version 1 of its product, under which loans bring their own rate."""

from __future__ import annotations

from django.db import migrations

from jietong.kernel.grants import append_only_but

FORWARD = """
INSERT INTO loans_productversion (product_id, number, rate, rate_unit, day_count, method, instalment_counts,
  principal_grace, interest_grace, fee_rate, penalty_multiple, allocation_order, amount_min_fen, amount_max_fen,
  is_revolving, cooling_off_days, cancel_interest, note, drafted_by, drafted_at, put_in_force_by)
SELECT id, 1, NULL, 'year', 'period', 'equal_instalment', '[3, 6, 12, 24]', 0, 0, 0, penalty_multiple, allocation_order,
  50000, 5000000, true, 7, 'to_the_day', 'tape', 'system:migration', now(), ''
FROM loans_product;
UPDATE loans_loan l SET version_id = v.id FROM loans_productversion v WHERE v.product_id = l.product_id;
"""


class Migration(migrations.Migration):
    dependencies = [("loans", "0004_product_versions")]
    operations = [
        migrations.RunSQL(FORWARD, "UPDATE loans_loan SET version_id = NULL; DELETE FROM loans_productversion"),
        append_only_but("loans_productversion", "in_force_from", "put_in_force_by", "put_in_force_at"),
    ]
