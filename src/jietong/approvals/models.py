"""What one person wants done and a second one has to agree to."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

STATES = ("waiting", "confirmed", "refused", "withdrawn")


class Request(models.Model):
    """An act that waits for a second person. What is asked for never changes; the database keeps the two apart.

    `terms`: by kind (kinds.py). `rows`: before and after as they were when it was asked (rules/rows.py); those of the
    confirmation replace nothing, they stand in `done`.
    """

    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=80)  # what it is about: "loan:JT-1", "version:7", "list:<digest>"
    terms = models.JSONField()
    rows = models.JSONField()
    reason = models.CharField(max_length=200, blank=True, default="")
    key = models.CharField(max_length=80, unique=True)  # of the form: sent twice it is one request
    asked_by = models.ForeignKey("staff.Member", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    owner = models.ForeignKey("staff.Member", models.PROTECT, related_name="+")  # who answers for its being looked at
    state = models.CharField(max_length=10, default="waiting")
    decided_by = models.ForeignKey("staff.Member", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True, default="")  # why it was refused
    done = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="a_request_has_a_known_state"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by=None, decided_at=None)
                | ~Q(state="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="what_is_decided_was_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "refused"]) | ~Q(decided_by=F("asked_by")),
                name="four_eyes_are_two_persons",
            ),
            models.CheckConstraint(condition=~Q(owner=F("asked_by")), name="nobody_owns_their_own_request"),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(answer=""), name="a_refusal_says_why"),
            models.UniqueConstraint("kind", "subject", condition=Q(state="waiting"), name="asked_once_at_a_time"),
        ]
        indexes = [
            models.Index(fields=["asked_at"], name="request_waiting", condition=Q(state="waiting")),
            models.Index(fields=["-decided_at"], name="request_decided", condition=Q(decided_at__isnull=False)),
        ]
