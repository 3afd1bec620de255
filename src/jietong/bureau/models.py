from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Notice(models.Model):
    """That adverse information may be reported about a loan, told to the borrower before (不良信息报送前告知).

    One open row per loan and stretch of being late; it ends when nothing is late any more, and covers no later stretch.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "计划中"
        SENT = "sent", "已告知"
        FAILED = "failed", "没有送到"

    loan = models.ForeignKey("loans.Loan", models.PROTECT, related_name="+", db_index=False)
    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="+")
    oldest_unpaid_on = models.DateField()  # as it was when the notice was planned
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    channel = models.CharField(max_length=10)
    attempt_key = models.CharField(max_length=120)  # contacts' key of the message that carries it
    planned_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=1)
    evidence = models.JSONField(default=dict)  # attempt, channel, address (masked), text, provider's number, or why not
    ended_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("loan", condition=Q(ended_on=None), name="one_open_notice_per_loan"),
            models.CheckConstraint(
                condition=~Q(state="sent") | (Q(sent_at__isnull=False) & ~Q(evidence={})), name="sent_has_its_evidence"
            ),
        ]
        indexes = [models.Index(fields=["state"], name="notice_on_its_way", condition=Q(state="planned"))]


class Batch(models.Model):
    """One file to a credit bureau: a month's run, or corrections. Its rows are the reports that name it."""

    class Kind(models.TextChoices):
        MONTH = "month", "月报"
        CORRECTION = "correction", "更正"

    class State(models.TextChoices):
        PREPARED = "prepared", "已生成"
        EXPORTED = "exported", "已导出"
        ANSWERED = "answered", "已回执"

    name = models.CharField(max_length=40, unique=True)  # "2026-10", "2026-11-24-c1"
    kind = models.CharField(max_length=10, choices=Kind.choices)
    month = models.DateField(null=True)  # first day of the month of a month's run
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARED)
    prepared_at = models.DateTimeField()
    prepared_by = models.CharField(max_length=60)
    counts = models.JSONField(default=dict)  # rows, adverse, held, disputed, balance_fen, overdue_fen
    file_name = models.CharField(max_length=80, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    exported_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("month", condition=Q(kind="month"), name="one_run_per_month")]


class Correction(models.Model):
    """Something that was reported is not right, whoever found it: to be corrected by a time, by somebody."""

    class Cause(models.TextChoices):
        BACK_DATED = "back_dated", "补记更早的还款"
        REVERSAL = "reversal", "还款被冲正"
        DISPUTE = "dispute", "异议成立"
        OWN_FAULT = "own_fault", "我们的差错"
        REJECTED = "rejected", "机构退回"

    class State(models.TextChoices):
        OPEN = "open", "待更正"
        REPORTED = "reported", "已报更正"
        DONE = "done", "机构已收"
        NOT_NEEDED = "not_needed", "不用更正"

    report = models.ForeignKey("bureau.Report", models.PROTECT, related_name="corrections")
    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="+")
    cause = models.CharField(max_length=12, choices=Cause.choices)
    note = models.CharField(max_length=400, blank=True)
    strike = models.BooleanField(default=False)  # the adverse item goes, whatever the book says
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=60)
    due_at = models.DateTimeField()
    owner_team = models.ForeignKey("staff.Team", models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    reported_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    told_open_key = models.CharField(max_length=120, blank=True)  # contacts' keys of what the borrower was told
    told_done_key = models.CharField(max_length=120, blank=True)
    reminded_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("report", condition=Q(state="open"), name="one_open_correction_per_report")
        ]
        indexes = [models.Index(fields=["due_at"], name="correction_due", condition=Q(state__in=["open", "reported"]))]


class Report(models.Model):
    """What was said of one loan for one month. Append-only: a correction is a later version that names the one before.

    What is withheld is left blank, never said to be good. Nothing adverse stands here without a notice before it.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="reports")
    row = models.PositiveIntegerField()  # its place in the batch's file, from 1
    loan = models.ForeignKey("loans.Loan", models.PROTECT, related_name="+", db_index=False)
    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="+")
    month = models.DateField()
    as_of = models.DateField()
    version = models.PositiveSmallIntegerField(default=1)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrected_by")
    correction = models.ForeignKey(Correction, models.PROTECT, null=True, related_name="answers")
    status = models.CharField(max_length=12)
    creditor = models.CharField(max_length=80)  # of that day
    balance_fen = models.BigIntegerField()
    days_past_due = models.PositiveIntegerField(null=True)
    overdue_fen = models.BigIntegerField(null=True)
    asset_class = models.CharField(max_length=16, blank=True)
    adverse = models.BooleanField()  # an adverse item was said
    withheld = models.CharField(max_length=20, blank=True)  # why an adverse item was left out, "" when none was
    disputed = models.BooleanField(default=False)
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, related_name="+")
    notice_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("loan", "month", "version", name="one_report_per_loan_month_version"),
            models.UniqueConstraint("batch", "row", name="one_report_per_row"),
            models.CheckConstraint(
                condition=Q(adverse=False) | Q(notice__isnull=False, notice_at__lt=F("reported_at")),
                name="nothing_adverse_without_notice_before",
            ),
            models.CheckConstraint(
                condition=Q(withheld="") | Q(adverse=False, days_past_due=None, overdue_fen=None, asset_class=""),
                name="withheld_is_blank_not_good",
            ),
            models.CheckConstraint(
                condition=Q(version=1, corrects=None) | Q(version__gt=1, corrects__isnull=False),
                name="a_correction_names_what_it_corrects",
            ),
        ]


class Held(models.Model):
    """An adverse item that may not be said yet: somebody decides by a time, or it settles itself."""

    report = models.OneToOneField(Report, models.PROTECT, related_name="held")
    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="+")
    reason = models.CharField(max_length=20)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    owner_team = models.ForeignKey("staff.Team", models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=12, blank=True)  # "reported", "paid", "dropped"
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="held_open", condition=Q(closed_at=None))]


class Dispute(models.Model):
    """A borrower says that what was reported is not right. It is marked in later reports until it is decided."""

    class State(models.TextChoices):
        OPEN = "open", "核查中"
        UPHELD = "upheld", "成立"
        REJECTED = "rejected", "不成立"

    report = models.ForeignKey(Report, models.PROTECT, related_name="disputes")
    loan = models.ForeignKey("loans.Loan", models.PROTECT, related_name="+")
    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="+")
    contact = models.ForeignKey("contacts.Contact", models.PROTECT, null=True, related_name="+")
    text = models.CharField(max_length=400)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=60, blank=True)
    answer = models.CharField(max_length=400, blank=True)  # what the borrower reads

    class Meta:
        constraints = [models.UniqueConstraint("loan", condition=Q(state="open"), name="one_open_dispute_per_loan")]


class Acknowledgement(models.Model):
    """A file in which the bureau says what it took and what not. Append-only; the same file again is the same."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="acknowledgements")
    sha256 = models.CharField(max_length=64, unique=True)
    file_name = models.CharField(max_length=80)
    received_at = models.DateTimeField()
    accepted = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()


class Rejected(models.Model):
    """A row that the bureau did not take: somebody settles it by a time."""

    acknowledgement = models.ForeignKey(Acknowledgement, models.PROTECT, related_name="rows")
    report = models.OneToOneField(Report, models.PROTECT, related_name="rejection")
    code = models.CharField(max_length=40)
    message = models.CharField(max_length=200, blank=True)
    owner_team = models.ForeignKey("staff.Team", models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=12, blank=True)  # "resent", "dropped"
    note = models.CharField(max_length=400, blank=True)
