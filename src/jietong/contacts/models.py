from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Contact(models.Model):
    """One borrower's open need to reach us, across all channels. Owner and reply-by are never empty.

    `owner_team` always holds it; `owner` is the person once somebody has taken it. A settled contact that the
    borrower reopens goes on as the same row with the time of its first try.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "排队中"
        IN_SERVICE = "in_service", "办理中"
        SETTLED = "settled", "已办结"

    ref = models.CharField(max_length=20, unique=True)
    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="contacts")
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    channel = models.CharField(max_length=10)
    first_try_at = models.DateTimeField()  # reach counts from here, whatever happened since
    waiting_since = models.DateTimeField()
    owner_team = models.ForeignKey("staff.Team", models.PROTECT, related_name="contacts")
    owner = models.ForeignKey("staff.Member", models.PROTECT, null=True, related_name="contacts")
    reply_by = models.DateTimeField()
    next_step = models.CharField(max_length=40)  # code of the sentence "what happens next"
    tries = models.PositiveIntegerField(default=1)
    last_borrower_at = models.DateTimeField()  # when the borrower last said something
    answered_at = models.DateTimeField(null=True)  # first real answer, by a person or the assistant
    last_reply_at = models.DateTimeField(null=True)  # our last answer, by a person or the assistant
    callback_at = models.DateTimeField(null=True)
    callback_point = models.ForeignKey("borrowers.ContactPoint", models.PROTECT, null=True, related_name="+")
    breached_at = models.DateTimeField(null=True)  # the last reply-by that passed unanswered
    breaches = models.PositiveSmallIntegerField(default=0)
    handed_over_at = models.DateTimeField(null=True)  # from here on a person answers; the assistant only in passing
    summary = models.TextField(blank=True)
    grave = models.CharField(max_length=12, blank=True, default="")  # "self_harm", "fraud" or "": it stays once said
    settled_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)  # the borrower said that it is
    reopened = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("borrower", condition=~Q(state="settled"), name="one_open_contact_per_borrower"),
            models.CheckConstraint(
                condition=~Q(state="in_service") | Q(owner__isnull=False), name="service_has_a_person"
            ),
            models.CheckConstraint(
                condition=Q(state="settled", settled_at__isnull=False)
                | (~Q(state="settled") & Q(settled_at__isnull=True)),
                name="settled_has_its_time",
            ),
            models.CheckConstraint(condition=Q(waiting_since__gte=F("first_try_at")), name="waits_after_first_try"),
        ]
        indexes = [
            models.Index(fields=["reply_by"], name="contact_open_reply_by", condition=~Q(state="settled")),
            models.Index(fields=["owner", "reply_by"], name="contact_of_owner", condition=~Q(state="settled")),
            models.Index(fields=["borrower", "-first_try_at"], name="contact_of_borrower"),
            models.Index(fields=["first_try_at"], name="contact_first_try"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_in_service(self) -> bool:
        return self.state == self.State.IN_SERVICE

    @property
    def is_settled(self) -> bool:
        return self.state == self.State.SETTLED

    @property
    def is_unanswered(self) -> bool:
        """The borrower's last words have no answer yet."""
        return self.last_reply_at is None or self.last_reply_at < self.last_borrower_at


class Matter(models.Model):
    """One thing the borrower needs within a contact: its own intent, clock and outcome."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="matters")
    intent = models.CharField(max_length=24)
    title = models.CharField(max_length=120)  # in the borrower's own words, shortened
    channel = models.CharField(max_length=10)
    opened_at = models.DateTimeField()
    reply_by = models.DateTimeField()
    outcome = models.CharField(max_length=24, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=60, blank=True)
    about = models.ForeignKey("staff.Member", models.PROTECT, null=True, related_name="+")  # the person complained of
    deadline_on = models.DateField(null=True)  # by law: the last day on which the outcome is told

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, outcome="") | (Q(settled_at__isnull=False) & ~Q(outcome="")),
                name="settled_matter_has_an_outcome",
            )
        ]


class MatterHold(models.Model):
    """Placed by an upper room: the matter cannot be settled while a row is open (a work order is not done, say)."""

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="holds")
    source = models.CharField(max_length=60)  # who placed it: "order:12"
    since = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("matter", "source", condition=Q(released_at=None), name="one_open_hold_per_source")
        ]


class Recusal(models.Model):
    """A person who neither handles nor reads a contact, because it complains of them. It stays when all is settled."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="recusals")
    member = models.ForeignKey("staff.Member", models.PROTECT, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("contact", "member", name="recused_once")]


class Attempt(models.Model):
    """One outbound try to reach the borrower. `key` makes it happen at most once, however often it is planned."""

    class State(models.TextChoices):
        PLANNED = "planned", "计划中"
        SENDING = "sending", "发送中"
        SENT = "sent", "已发出"
        FAILED = "failed", "未送达"
        REFUSED = "refused", "不可联系"
        EXPIRED = "expired", "已过期"

    key = models.CharField(max_length=120, unique=True)
    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="attempts")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="attempts")
    point = models.ForeignKey("borrowers.ContactPoint", models.PROTECT, null=True, related_name="attempts")
    channel = models.CharField(max_length=10)
    purpose = models.CharField(max_length=12)  # "collection", "reminder", "service"
    template = models.CharField(max_length=60)
    variables = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    planned_at = models.DateTimeField()
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField()
    refusal = models.CharField(max_length=40, blank=True)
    rule = models.CharField(max_length=60, blank=True)
    retry_at = models.DateTimeField(null=True)
    subject = models.CharField(max_length=120, blank=True)
    body = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    provider_ref = models.CharField(max_length=120, blank=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["not_before"], name="attempt_due", condition=Q(state="planned")),
            models.Index(fields=["sent_at"], name="attempt_sending", condition=Q(state="sending")),
            models.Index(fields=["borrower", "-sent_at"], name="attempt_history"),
            models.Index(fields=["planned_at"], name="attempt_planned_at"),
        ]


class Decision(models.Model):
    """What the contact rules said, each time they were asked. Append-only."""

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="decisions")
    at = models.DateTimeField()
    allowed = models.BooleanField()
    refusal = models.CharField(max_length=40, blank=True)
    rule = models.CharField(max_length=60, blank=True)
    source = models.TextField(blank=True)
    retry_at = models.DateTimeField(null=True)
    pack = models.CharField(max_length=40)


class Entry(models.Model):
    """A line of the borrower's one timeline: messages, notes, attempts, promises, payments."""

    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="entries")
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="entries")
    attempt = models.ForeignKey(Attempt, models.PROTECT, null=True, related_name="entries")
    at = models.DateTimeField()
    author = models.CharField(max_length=12)  # "borrower", "assistant", "specialist", "system"
    member = models.ForeignKey("staff.Member", models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=10)
    kind = models.CharField(max_length=16)  # "message", "aside", "note", "event", "attempt"
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    for_borrower = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(fields=["borrower", "-at"], name="entry_timeline"),
            models.Index(fields=["contact", "id"], name="entry_of_contact"),
        ]


class StopReason(models.Model):
    """Placed by an upper room when outbound contact has to stop; an open row is in force."""

    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="stop_reasons")
    reason = models.CharField(max_length=40)  # a flag of the rule pack: "promise_active", "open_dispute" …
    source = models.CharField(max_length=60)  # who placed it: "promise:12"
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("source", "reason", condition=Q(lifted_at=None), name="one_open_stop_per_source")
        ]


class DemoMessage(models.Model):
    """What the demo phone received: the far end of the demo's SMS, push and mail channels."""

    at = models.DateTimeField()
    channel = models.CharField(max_length=10)
    address_index = models.BinaryField(db_index=True)
    address = models.CharField(max_length=80)  # masked
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    provider_ref = models.CharField(max_length=120, unique=True)
