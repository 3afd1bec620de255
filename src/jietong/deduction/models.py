"""Leave to debit, orders to debit, what the channel said, and what goes back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from jietong.deduction.rules.states import IN_FLIGHT, OPEN, State


class Mandate(models.Model):
    """The borrower's leave (代扣授权) to debit one card or wallet. An open row is the leave.

    The channel knows the account by `agreement`; the number itself never leaves the house. `out_reason`: the card has
    to be seen to by the borrower before it is tried again.
    """

    class Kind(models.TextChoices):
        CARD = "card", "银行卡"
        WALLET = "wallet", "电子钱包"

    class Channel(models.TextChoices):
        REALTIME = "realtime", "实时"
        FILE = "file", "文件"

    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="mandates")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.CARD)
    card = models.ForeignKey("borrowers.BoundCard", models.PROTECT, null=True, related_name="mandates")
    provider = models.CharField(max_length=40)  # bank or wallet as people call it
    tail = models.CharField(max_length=8)  # all of the number that is ever shown
    agreement = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.REALTIME)
    rank = models.PositiveSmallIntegerField(default=0)  # 0 is tried first
    limit_fen = models.BigIntegerField(null=True)
    day_limit_fen = models.BigIntegerField(null=True)
    signed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=40, blank=True, default="")
    out_since = models.DateTimeField(null=True)
    out_reason = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint("borrower", "card", condition=Q(ended_at=None), name="one_open_mandate_per_card"),
            models.UniqueConstraint("agreement", condition=Q(ended_at=None), name="one_open_mandate_per_agreement"),
            models.CheckConstraint(
                condition=(Q(limit_fen=None) | Q(limit_fen__gt=0)) & (Q(day_limit_fen=None) | Q(day_limit_fen__gt=0)),
                name="a_limit_is_above_nothing",
            ),
        ]
        indexes = [models.Index(fields=["borrower", "rank"], name="mandate_order", condition=Q(ended_at=None))]


class Authorisation(models.Model):
    """What the borrower signed for a mandate, word by word, and how they proved who they are. Append-only: wider limits
    are a new signature."""

    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="authorisations")
    text = models.JSONField()  # paragraphs as they stood on the page, the limits among them
    sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=10)
    policy_version = models.CharField(max_length=20)  # whose hours and attempts the text names
    limit_fen = models.BigIntegerField(null=True)
    day_limit_fen = models.BigIntegerField(null=True)
    proved_by = models.CharField(
        max_length=10
    )  # "code": a one-time code to the borrower's phone; "narrower": none asked
    signed_at = models.DateTimeField()


class Suspension(models.Model):
    """Nothing is debited while such a row is open and its `until` has not come."""

    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="debit_suspensions")
    reason = models.CharField(max_length=40)  # a flag of policy.toml
    source = models.CharField(max_length=60)  # who placed it: "plan:7", "contact:12", "borrower"
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=60)
    note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "borrower", "source", "reason", condition=Q(lifted_at=None), name="one_open_suspension_per_source"
            )
        ]


class Batch(models.Model):
    """A request file. Its orders were claimed in the transaction that wrote it; the bytes are kept as they left."""

    number = models.CharField(max_length=40, unique=True)
    channel = models.CharField(max_length=10)
    business_date = models.DateField()
    made_at = models.DateTimeField()
    count = models.PositiveIntegerField()
    sum_fen = models.BigIntegerField()
    content = models.BinaryField()
    handed_out_at = models.DateTimeField(null=True)  # somebody, or the transfer, took the file


class ResultFile(models.Model):
    """A file that came in, taken or refused by name. Bytes that were taken once are never taken again."""

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    refusal = models.CharField(max_length=40, blank=True, default="")
    refusal_field = models.CharField(max_length=40, blank=True, default="")
    number = models.CharField(max_length=40, blank=True, default="")
    count = models.PositiveIntegerField(default=0)
    taken_fen = models.BigIntegerField(default=0)
    worth = models.JSONField(default=dict)  # what the lines were worth, counted
    applied = models.PositiveIntegerField(default=0, db_default=0)  # lines taken so far, in the order of their keys
    content = models.BinaryField(null=True)  # kept until the last line is taken: a crash in between loses none

    class Meta:
        constraints = [
            models.UniqueConstraint("sha256", condition=Q(refusal=""), name="bytes_are_taken_once"),
            models.UniqueConstraint("number", condition=Q(refusal=""), name="a_file_number_is_taken_once"),
        ]
        indexes = [models.Index(fields=["id"], name="result_file_under_way", condition=Q(content__isnull=False))]


class Debit(models.Model):
    """One order to debit (扣款). `key` is what the channel knows it by; it is never used for a second order."""

    key = models.CharField(max_length=40, unique=True)
    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="debits")
    loan = models.ForeignKey("loans.Loan", models.PROTECT, related_name="debits")
    business_date = models.DateField()
    cause = models.CharField(max_length=10)  # "due", "retry", "asked" (the borrower's word is on record)
    consent = models.CharField(max_length=200, blank=True, default="")  # of "asked": who said what, how
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in State], default=State.PLANNED)
    planned_at = models.DateTimeField()
    not_before = models.DateTimeField()
    expires_at = models.DateTimeField()
    mandate = models.ForeignKey(Mandate, models.PROTECT, null=True, related_name="debits")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="debits")
    amount_fen = models.BigIntegerField(default=0)  # set when claimed: what was due at that moment
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    asked = models.PositiveSmallIntegerField(default=0)
    ask_at = models.DateTimeField(null=True)  # when an answer is asked for next
    reason = models.CharField(max_length=20, blank=True, default="")  # why it failed or is withheld
    route = models.CharField(max_length=10, blank=True, default="")  # "file": waits for the next request file
    because = models.CharField(max_length=60, blank=True, default="")  # the flag or code behind the reason
    odd = models.CharField(max_length=20, blank=True, default="")  # a person has to look: worth of the answer
    finished_at = models.DateTimeField(null=True)
    channel_ref = models.CharField(max_length=60, blank=True, default="")
    paid_at = models.DateTimeField(null=True)
    taken_fen = models.BigIntegerField(default=0)
    booked_fen = models.BigIntegerField(default=0)  # of what was taken, what the loan could use

    class Meta:
        constraints = [
            models.UniqueConstraint("loan", condition=Q(state__in=[s.value for s in OPEN]), name="one_open_debit"),
            models.CheckConstraint(
                condition=Q(state__in=[State.PLANNED, State.WITHHELD]) | Q(amount_fen__gt=0, claimed_at__isnull=False),
                name="a_claimed_debit_has_its_amount",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.SUCCEEDED) | (Q(taken_fen__gt=0) & Q(paid_at__isnull=False)),
                name="success_is_money",
            ),
        ]
        indexes = [
            models.Index(fields=["not_before"], name="debit_due", condition=Q(state="planned")),
            models.Index(fields=["ask_at"], name="debit_to_ask", condition=Q(state__in=[s.value for s in IN_FLIGHT])),
            models.Index(fields=["borrower", "-planned_at"], name="debit_history"),
            models.Index(fields=["business_date", "state"], name="debit_day"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def receipt(self) -> str:
        """Under which the book knows the money."""
        return f"debit:{self.key}"


class Answer(models.Model):
    """What the channel said, as it said it, and what it was worth. Append-only at the database."""

    debit = models.ForeignKey(Debit, models.PROTECT, null=True, related_name="answers")
    at = models.DateTimeField()
    source = models.CharField(max_length=10)  # "reply", "query", "notice", "file", "statement", "person"
    key = models.CharField(max_length=80)
    outcome = models.CharField(max_length=12)
    code = models.CharField(max_length=40, blank=True, default="")
    amount_fen = models.BigIntegerField(null=True)
    channel_ref = models.CharField(max_length=60, blank=True, default="")
    paid_at = models.DateTimeField(null=True)
    worth = models.CharField(max_length=20)
    raw = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["key"], name="answer_key"), models.Index(fields=["at"], name="answer_at")]


class Refund(models.Model):
    """Money that goes back to the borrower the same day. `key` is the channel's proof against paying it twice."""

    class State(models.TextChoices):
        ORDERED = "ordered", "待退"
        CLAIMED = "claimed", "退款中"
        DONE = "done", "已退"
        FAILED = "failed", "没退成"

    key = models.CharField(max_length=60, unique=True)
    debit = models.ForeignKey(Debit, models.PROTECT, related_name="refunds")
    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="debit_refunds")
    amount_fen = models.BigIntegerField()
    reason = models.CharField(max_length=20)  # "double", "surplus"
    of_ref = models.CharField(max_length=60)  # the channel's number of the money that goes back
    state = models.CharField(max_length=8, choices=State.choices, default=State.ORDERED)
    ordered_at = models.DateTimeField()
    due_by = models.DateTimeField()  # the end of the day on which it was found
    next_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True, default="")
    channel_ref = models.CharField(max_length=60, blank=True, default="")
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="a_refund_is_money"),
            models.UniqueConstraint("debit", "of_ref", name="money_goes_back_once"),
        ]
        indexes = [models.Index(fields=["next_at"], name="refund_due", condition=Q(state__in=["ordered", "claimed"]))]


class Settled(models.Model):
    """A day of one channel compared with its own statement: what it took and gave back, and what we know of it."""

    channel = models.CharField(max_length=10)
    day = models.DateField()
    tried_at = models.DateTimeField()
    compared_at = models.DateTimeField(null=True)  # None: no statement was to be had yet
    theirs_count = models.PositiveIntegerField(default=0)
    theirs_fen = models.BigIntegerField(default=0)
    ours_count = models.PositiveIntegerField(default=0)
    ours_fen = models.BigIntegerField(default=0)
    found = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint("channel", "day", name="one_comparison_per_day")]
