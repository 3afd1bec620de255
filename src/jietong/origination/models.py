"""Limits and their history, applications and theirs, what was disclosed and signed, and money on its way."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

STATES = (
    "draft", "submitted", "in_review", "approved", "declined", "withdrawn", "expired", "signed", "payout_failed",
    "disbursed", "cancelling", "cancelled",
)  # fmt: skip


class CreditLimit(models.Model):
    """How much a borrower may owe in principal. The columns repeat what the changes add up to."""

    borrower = models.OneToOneField("borrowers.Borrower", models.PROTECT, related_name="credit_limit")
    granted_fen = models.BigIntegerField(default=0)
    is_frozen = models.BooleanField(default=False)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(granted_fen__gte=0), name="a_limit_is_not_below_nothing")]


class LimitChange(models.Model):
    """One change of a limit: by whom or by which rule, and why. Append-only at the database."""

    limit = models.ForeignKey(CreditLimit, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10)  # rules/limits.py KINDS
    reason = models.CharField(max_length=40)  # a name; worded in labels.py
    note = models.CharField(max_length=200, blank=True, default="")  # a person's own words
    delta_fen = models.BigIntegerField(default=0)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    granted_fen = models.BigIntegerField()  # afterwards
    rule = models.CharField(max_length=40, blank=True, default="")  # empty: a person did it
    actor = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        ordering = ["limit_id", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="a_limit_changes_for_a_reason"),
            models.CheckConstraint(
                condition=Q(kind__in=["release", "undo"], undoes__isnull=False)
                | Q(~Q(kind__in=["release", "undo"]), undoes__isnull=True),
                name="what_takes_back_names_what",
            ),
        ]


class Application(models.Model):
    """One wish for one loan, under one product version; the moves allowed are rules/application.py."""

    ref = models.CharField(max_length=20, unique=True)
    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="applications")
    version = models.ForeignKey("loans.ProductVersion", models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()
    instalments = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=20)
    card = models.ForeignKey("borrowers.BoundCard", models.PROTECT, related_name="+")
    state = models.CharField(max_length=14, default="draft")
    reasons = models.JSONField(default=list)  # names of the last decision
    decided_by = models.CharField(max_length=60, blank=True, default="")
    decision_note = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    disbursed_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="an_application_asks_for_something"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="an_application_has_a_known_state"),
            models.UniqueConstraint("borrower", condition=Q(state="draft"), name="one_draft_per_borrower"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="application_expires", condition=Q(expires_at__isnull=False)),
            models.Index(fields=["moved_at"], name="application_in_review", condition=Q(state="in_review")),
            models.Index(fields=["borrower", "-id"], name="application_of_borrower"),
        ]

    def __str__(self) -> str:
        return self.ref


class ApplicationMove(models.Model):
    """Each move of an application. Append-only at the database."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="moves")
    from_state = models.CharField(max_length=14)
    to_state = models.CharField(max_length=14)
    actor = models.CharField(max_length=60)
    reasons = models.JSONField(default=list)
    note = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        ordering = ["application_id", "id"]


class Disclosure(models.Model):
    """The price as it was shown, and that it was confirmed. What was shown cannot be written again."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="disclosures")
    text_version = models.CharField(max_length=20)
    language = models.CharField(max_length=10)
    lines = models.JSONField()  # pairs of label and figure, in the order shown
    sha256 = models.CharField(max_length=64)
    read_seconds = models.PositiveSmallIntegerField()
    shown_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    proof = models.CharField(max_length=10, blank=True, default="")  # "code", "device"


class Transfer(models.Model):
    """One order to the payout channel: money out to the borrower, or back for a cancellation. Sent once per key."""

    key = models.CharField(max_length=40, unique=True)
    application = models.ForeignKey(Application, models.PROTECT, related_name="transfers")
    kind = models.CharField(max_length=4)  # "out", "back"
    amount_fen = models.BigIntegerField()
    card = models.ForeignKey("borrowers.BoundCard", models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, default="planned")  # planned → sending → asking → succeeded / failed
    asked_on = models.DateField()  # the borrower's day on which it was ordered
    planned_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    asks = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)  # None: nothing more to do
    paid_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=60, blank=True, default="")  # the channel's own
    reason = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="a_transfer_is_money"),
            models.UniqueConstraint(
                "application", "kind", condition=Q(state__in=["planned", "sending", "asking"]),
                name="one_transfer_on_its_way",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["next_at"], name="transfer_next", condition=Q(next_at__isnull=False))]


class DemoPayment(models.Model):
    """The book of the demo's payout channel, which stands for the outside world: a key is paid once, however often."""

    key = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=4)
    amount_fen = models.BigIntegerField()
    outcome = models.CharField(max_length=10)  # what it will answer in the end
    reason = models.CharField(max_length=40, blank=True, default="")
    received_at = models.DateTimeField()
    final_at = models.DateTimeField()  # from when on it answers so
    sends = models.PositiveSmallIntegerField(default=1)
