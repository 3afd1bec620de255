from __future__ import annotations

from django.db import models
from django.db.models import Q


class WorkOrder(models.Model):
    """A question to another desk about one matter. The borrower's contact keeps its owner and its reply-by; this has
    a desk, a person once somebody took it, and a time by which it is answered."""

    class State(models.TextChoices):
        OPEN = "open", "待接"
        TAKEN = "taken", "办理中"
        ANSWERED = "answered", "已答复"
        RETURNED = "returned", "被退回"
        DONE = "done", "已了结"

    ref = models.CharField(max_length=20, unique=True)
    contact = models.ForeignKey("contacts.Contact", models.PROTECT, related_name="work_orders")
    matter = models.ForeignKey("contacts.Matter", models.PROTECT, related_name="work_orders")
    kind = models.CharField(max_length=24)  # rules.kinds
    kinds_version = models.CharField(max_length=20)
    team = models.ForeignKey("staff.Team", models.PROTECT, related_name="work_orders")  # who answers
    owner = models.ForeignKey("staff.Member", models.PROTECT, null=True, related_name="work_orders")
    asked_by = models.ForeignKey("staff.Member", models.PROTECT, related_name="+")
    question = models.TextField()
    answer = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    late_at = models.DateTimeField(null=True)  # the due time that passed unanswered; told once, counted once
    times_late = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("matter", "kind", condition=~Q(state="done"), name="one_open_order_of_a_kind"),
            models.CheckConstraint(
                condition=Q(state="done", ended_at__isnull=False) | (~Q(state="done") & Q(ended_at__isnull=True)),
                name="done_has_its_time",
            ),
            models.CheckConstraint(condition=~Q(state="taken") | Q(owner__isnull=False), name="taken_has_a_person"),
        ]
        indexes = [
            models.Index(fields=["team", "due_at"], name="order_of_team", condition=~Q(state="done")),
            models.Index(fields=["due_at"], name="order_due", condition=Q(state__in=["open", "taken", "returned"])),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def is_running(self) -> bool:
        """With the receiving desk, unanswered."""
        return self.state in {self.State.OPEN, self.State.TAKEN, self.State.RETURNED}

    @property
    def is_late(self) -> bool:
        return self.is_running and self.late_at is not None


class OrderNote(models.Model):
    """What was said and done on an order, by whom. Append-only; never for the borrower."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="notes")
    at = models.DateTimeField()
    member = models.ForeignKey("staff.Member", models.PROTECT, null=True, related_name="+")  # None: the clock
    act = models.CharField(max_length=12)  # "open", "note", "late" or one of rules.states.ACTS
    text = models.TextField(blank=True)
