"""Links to lenders' cores, what came over them, and where core and book disagree."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from jietong.kernel.fields import SealedField


class Source(models.Model):
    """One link to a core. `mode`: does the core keep the loans (mirror), or does it feed a book that we compute?"""

    class Kind(models.TextChoices):
        FINERACT = "fineract", "Apache Fineract"
        FILES = "files", "文件"
        WEBHOOK = "webhook", "事件推送"

    class Mode(models.TextChoices):
        MIRROR = "mirror", "以核心为准"
        FEED = "feed", "核心供数，本账计算"

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    mode = models.CharField(max_length=8, choices=Mode.choices)
    creditor = models.CharField(max_length=80, blank=True)  # of loans that the core does not name a creditor for
    settings = models.JSONField(default=dict)  # base_url, tenant, page_size, every_seconds, stale_seconds, folder
    secret = SealedField(purpose="connector", null=True)  # "user:password" of a core, the signing key of a webhook
    cursor = models.JSONField(default=dict)
    paused = models.BooleanField(default=False)
    last_seen_at = models.DateTimeField(null=True)  # the core answered, if only in part
    last_ok_at = models.DateTimeField(null=True)  # everything it had was received: figures are as of this moment
    failing_since = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)  # failures in a row
    error_code = models.CharField(max_length=40, blank=True, default="")
    error_detail = models.CharField(max_length=200, blank=True, default="")
    next_pull_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(failing_since=None) | ~Q(error_code=""), name="a_broken_link_says_why"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_pulled(self) -> bool:
        return self.kind == self.Kind.FINERACT

    def seconds(self, name: str, default: int) -> int:
        return int(self.settings.get(name, default))


class InboxEvent(models.Model):
    """What came, once per number of the sender. Nothing is booked but from here; nothing is ever thrown away."""

    class State(models.TextChoices):
        WAITING = "waiting", "待入账"
        BOOKED = "booked", "已入账"
        DEAD = "dead", "死信"
        SUPERSEDED = "superseded", "已被更新的消息取代"
        DISMISSED = "dismissed", "已由人处理"
        SUSPENDED = "suspended", "已转挂账"  # money: the book's suspense list owns it from now on

    source = models.ForeignKey(Source, models.PROTECT, related_name="events")
    external_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=80, blank=True)  # the loan's or borrower's number: what a list may show
    digest = models.CharField(max_length=64)
    payload = SealedField(purpose="inbox")  # JSON as it came; personal data is in it
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    error_field = models.CharField(max_length=80, blank=True, default="")
    error_code = models.CharField(max_length=40, blank=True, default="")
    error_detail = models.CharField(max_length=300, blank=True, default="")
    owner_role = models.CharField(max_length=12, default="operator")  # who has to look after a dead letter
    owner = models.ForeignKey("staff.Member", models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True, default="")  # why a person dismissed it
    replay = models.ForeignKey("Replay", models.PROTECT, null=True, related_name="events")  # the last that took it up

    class Meta:
        constraints = [
            models.UniqueConstraint("source", "external_id", name="an_event_is_received_once"),
            models.CheckConstraint(condition=~Q(state="dead") | ~Q(error_code=""), name="a_dead_letter_says_why"),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(next_try_at__isnull=False), name="what_waits_has_its_time"
            ),
            models.CheckConstraint(condition=~Q(state="dismissed") | ~Q(note=""), name="a_dismissal_has_its_reason"),
        ]
        indexes = [
            models.Index(fields=["next_try_at", "id"], name="inbox_due", condition=Q(state="waiting")),
            models.Index(fields=["source", "state"], name="inbox_by_state", condition=~Q(state="booked")),
            models.Index(fields=["source", "subject", "id"], name="inbox_subject"),
        ]


class Replay(models.Model):
    """Somebody had dead letters tried once more. What it did is the state of its events."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="replays")
    kind = models.CharField(max_length=30)
    error_code = models.CharField(max_length=40, blank=True)  # empty: whatever the reason was
    subject = models.CharField(max_length=80, blank=True, default="")  # of a single letter
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=60)
    count = models.PositiveIntegerField()


class CoreLoan(models.Model):
    """One loan as the core last told it: the core's side of every comparison, and by which its news is recognised."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="loans")
    external_id = models.CharField(max_length=80)
    ref = models.CharField(max_length=40)
    loan = models.ForeignKey("loans.Loan", models.PROTECT, null=True, related_name="core_loans")
    fingerprint = models.CharField(max_length=64, blank=True)  # of the core's list: changed means ask for the whole
    digest = models.CharField(max_length=64, blank=True)  # of the whole
    tellings = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField()  # in the core's list, changed or not
    told_at = models.DateTimeField()
    principal_left_fen = models.BigIntegerField(default=0)
    left_fen = models.BigIntegerField(default=0)
    is_open = models.BooleanField(default=True)
    moneys = models.JSONField(default=list)  # [receipt, day, fen] of repayments in force there
    fetched_at = models.DateTimeField(null=True)  # told as a whole, changed or not

    class Meta:
        constraints = [
            models.UniqueConstraint("source", "external_id", name="one_row_per_loan_of_a_core"),
        ]
        indexes = [
            models.Index(fields=["source", "ref"], name="core_loan_ref"),
            models.Index(fields=["source", "fetched_at", "id"], name="core_loan_to_recheck"),
        ]


class ReconciliationRun(models.Model):
    """Core against book for one day: counts and sums of both sides, and how many differences were named."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="runs")
    on = models.DateField()
    as_of = models.DateTimeField(null=True)  # of the core's figures
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=60)
    core = models.JSONField(default=dict)  # loans, open, principal_left_fen, left_fen, repayments, repaid_fen
    book = models.JSONField(default=dict)
    differences_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["source", "on", "id"], name="run_of_a_day")]

    @property
    def agrees(self) -> bool:
        return self.differences_count == 0


class Difference(models.Model):
    """One thing that core and book say otherwise. Amounts in fen; None where one side has nothing to say."""

    run = models.ForeignKey(ReconciliationRun, models.PROTECT, related_name="differences")
    code = models.CharField(max_length=40)
    ref = models.CharField(max_length=40)
    receipt = models.CharField(max_length=80, blank=True, default="")
    core_fen = models.BigIntegerField(null=True)
    book_fen = models.BigIntegerField(null=True)
    discrepancy = models.ForeignKey("Discrepancy", models.PROTECT, null=True, related_name="seen", db_index=False)

    @property
    def gap_fen(self) -> int:
        return (self.core_fen or 0) - (self.book_fen or 0)


class Discrepancy(models.Model):
    """One difference from the comparison that first named it until one that names it no more; somebody owns it.

    open: nobody has said why. explained: a person has, and it stays so while both figures stay what they were then.
    gone: the latest comparison found both sides alike.
    """

    class State(models.TextChoices):
        OPEN = "open", "待查"
        EXPLAINED = "explained", "已说明"
        GONE = "gone", "已一致"

    source = models.ForeignKey(Source, models.PROTECT, related_name="discrepancies")
    code = models.CharField(max_length=40)
    ref = models.CharField(max_length=40)
    receipt = models.CharField(max_length=80, blank=True, default="")
    about_on = models.DateField(null=True)  # of a repayment: its day
    core_fen = models.BigIntegerField(null=True)
    book_fen = models.BigIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField()
    last_run = models.ForeignKey(ReconciliationRun, models.PROTECT, related_name="+", db_index=False)
    owner_role = models.CharField(max_length=12, default="operator", db_default="operator")
    owner = models.ForeignKey("staff.Member", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    explained_by = models.CharField(max_length=60, blank=True, default="", db_default="")
    explained_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "source", "code", "ref", "receipt", condition=~Q(state="gone"), name="one_standing_discrepancy"
            ),
            models.CheckConstraint(
                condition=~Q(state="explained") | (~Q(reason="") & Q(explained_at__isnull=False)),
                name="an_explanation_has_its_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="gone") | Q(gone_at__isnull=False), name="what_is_gone_has_its_time"
            ),
        ]
        indexes = [
            models.Index(fields=["ref"], name="discrepancy_ref", condition=~Q(state="gone")),
            models.Index(fields=["source", "-gone_at"], name="discrepancy_past", condition=Q(state="gone")),
        ]

    @property
    def gap_fen(self) -> int:
        return (self.core_fen or 0) - (self.book_fen or 0)
