from __future__ import annotations

from django.db import models
from django.db.models import F, Q

CLASSES = ("A", "B", "C", "D")


class Waiting(models.Model):
    """A contact's place in the queue. An open row waits; `left_at` ends it. The place survives any crash."""

    contact = models.ForeignKey("contacts.Contact", models.PROTECT, related_name="waits")
    team = models.ForeignKey("staff.Team", models.PROTECT, related_name="waits")
    urgency = models.CharField(max_length=1)
    rank = models.PositiveSmallIntegerField(default=2)  # 0 self-harm, 1 fraud, 2 all others; weigh.RANKS
    score = models.IntegerField()
    factors = models.JSONField(default=list)
    weights_version = models.CharField(max_length=20)
    since = models.DateTimeField()  # what priority accumulates from
    not_before = models.DateTimeField()  # a callback waits for its window
    channel = models.CharField(max_length=10)
    prefer = models.ForeignKey("staff.Member", models.PROTECT, null=True, related_name="+")
    prefer_until = models.DateTimeField(null=True)
    band_low_at = models.DateTimeField(null=True)  # last estimate told to the borrower; it only moves earlier
    band_high_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    left_reason = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("contact", condition=Q(left_at=None), name="one_place_in_the_queue"),
            models.CheckConstraint(condition=Q(urgency__in=CLASSES), name="a_known_urgency_class"),
        ]
        indexes = [
            # One partial index per class: only the head of each class is compared, O(classes) per decision.
            *(
                models.Index(
                    fields=["team", "rank", "since", "id"],
                    name=f"waiting_{name.lower()}",
                    condition=Q(left_at=None, urgency=name),
                )
                for name in CLASSES
            ),
        ]


class Offer(models.Model):
    """A contact shown to one specialist until the lease runs out. No ghost: the lease ends by time, not by luck."""

    class State(models.TextChoices):
        OPEN = "open", "待接"
        ACCEPTED = "accepted", "已接"
        DECLINED = "declined", "让出"
        EXPIRED = "expired", "超时"
        WITHDRAWN = "withdrawn", "撤回"

    waiting = models.ForeignKey(Waiting, models.PROTECT, related_name="offers")
    contact = models.ForeignKey("contacts.Contact", models.PROTECT, related_name="offers")
    specialist = models.ForeignKey("staff.Member", models.PROTECT, related_name="offers")
    offered_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    closed_at = models.DateTimeField(null=True)
    reason = models.JSONField(default=dict)  # why this contact before the others, why this specialist

    class Meta:
        constraints = [
            models.UniqueConstraint("contact", condition=Q(state="open"), name="one_open_offer_per_contact"),
            models.UniqueConstraint("specialist", condition=Q(state="open"), name="one_open_offer_per_specialist"),
            models.CheckConstraint(condition=Q(lease_until__gt=F("offered_at")), name="a_lease_has_length"),
        ]
        indexes = [models.Index(fields=["lease_until"], name="offer_lease", condition=Q(state="open"))]


class Surge(models.Model):
    """Whether a team's surge floor is in force: by what comes in, or because a supervisor said so."""

    class Mode(models.TextChoices):
        AUTO = "auto", "自动"
        ON = "on", "一直开"
        OFF = "off", "一直关"

    team = models.OneToOneField("staff.Team", models.PROTECT, primary_key=True, related_name="surge")
    mode = models.CharField(max_length=4, choices=Mode.choices, default=Mode.AUTO)
    in_force = models.BooleanField(default=False)
    since = models.DateTimeField(null=True)  # when it last changed
    offered_load = models.FloatField(default=0)  # as last read; infinite is kept as -1
    read_at = models.DateTimeField(null=True)


class Presence(models.Model):
    """Whether a specialist can be offered work. `alive_until` is a lease: a closed browser ends it by itself."""

    class State(models.TextChoices):
        READY = "ready", "接待中"
        AWAY = "away", "离开"
        BREAK = "break", "休息"

    specialist = models.OneToOneField("staff.Member", models.PROTECT, primary_key=True, related_name="presence")
    state = models.CharField(max_length=6, choices=State.choices, default=State.AWAY)
    state_since = models.DateTimeField()
    alive_until = models.DateTimeField()
    chats_max = models.PositiveSmallIntegerField(default=3)
    idle_since = models.DateTimeField()
    ignored_in_a_row = models.PositiveSmallIntegerField(default=0)
    away_reason = models.CharField(max_length=40, blank=True)
