from __future__ import annotations

from django.db import models


class StepMark(models.Model):
    """A step of one business date that is done. Written in the step's own transaction: both or neither."""

    business_date = models.DateField()
    name = models.CharField(max_length=40)
    finished_at = models.DateTimeField()
    seconds = models.FloatField(default=0, db_default=0)
    counts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint("business_date", "name", name="one_mark_per_step_and_date")]


class CatchUp(models.Model):
    """Missed dates that somebody asked to be closed. One runs at a time; how far it is stands in the marks."""

    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=60)
    from_on = models.DateField()
    until_on = models.DateField()
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(finished_at=None), name="one_catch_up_at_a_time"
            )
        ]
