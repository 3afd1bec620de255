from __future__ import annotations

from django.db import models


class StepMark(models.Model):
    """A step of one business date that is done. Written in the step's own transaction: both or neither."""

    business_date = models.DateField()
    name = models.CharField(max_length=40)
    finished_at = models.DateTimeField()
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint("business_date", "name", name="one_mark_per_step_and_date")]
