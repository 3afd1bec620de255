"""The book itself: loans, what they owe, what was paid, and every posting."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import connection, models
from django.db.models import F, Q

FEN = {"default": 0}
LOOK = date(1970, 1, 1)  # `next_class_on` of a head whose class nobody has told yet: the next day-end looks


def default_allocation_order() -> list[str]:
    return ["fee", "penalty", "interest", "principal"]


class Product(models.Model):
    """What was lent under which terms. Allocation order and penalty are data, not code."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    penalty_multiple = models.DecimalField(max_digits=5, decimal_places=3, default=Decimal("1.5"))
    grace_days = models.PositiveSmallIntegerField(default=0)
    allocation_order = models.JSONField(default=default_allocation_order)
    # by which days past due its loans are classed: "loan" or "card" (rule pack, `cn.class.<profile>`)
    class_profile = models.CharField(max_length=10, default="loan", db_default="loan")


class ImportRun(models.Model):
    """One loan tape that was booked. The same file again changes nothing."""

    sha256 = models.CharField(max_length=64, unique=True)
    file_name = models.CharField(max_length=200)
    as_of = models.DateField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    counts = models.JSONField(default=dict)


class Loan(models.Model):
    class Status(models.TextChoices):
        ACTIVE = "active", "还款中"
        SETTLED = "settled", "已结清"
        WRITTEN_OFF = "written_off", "已核销"  # out of the assets, still owed
        RECOVERED = "recovered", "核销后已收回"

    ref = models.CharField(max_length=40, unique=True)
    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="loans")
    product = models.ForeignKey(Product, models.PROTECT, related_name="loans")
    version = models.ForeignKey("loans.ProductVersion", models.PROTECT, null=True, related_name="loans")
    creditor = models.CharField(max_length=80)  # the first legal creditor; who it is on a day: queries_parties
    principal_fen = models.BigIntegerField()
    rate = models.DecimalField(max_digits=12, decimal_places=10)
    rate_unit = models.CharField(max_length=4, default="year")
    day_count = models.CharField(max_length=16, default="period")
    method = models.CharField(max_length=24)
    instalment_count = models.PositiveSmallIntegerField()
    disbursed_on = models.DateField()
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    cancelled_on = models.DateField(null=True)  # taken back within the cooling-off period
    booked_at = models.DateTimeField()
    source = models.ForeignKey(ImportRun, models.PROTECT, null=True, related_name="loans")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(principal_fen__gt=0), name="a_loan_lends_something"),
            models.CheckConstraint(condition=Q(rate__gte=0), name="a_rate_is_not_negative"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def penalty_multiple(self) -> Decimal:
        """Of the version under which it was lent; a loan without one goes by its product."""
        return (self.version or self.product).penalty_multiple

    @property
    def allocation_order(self) -> list[str]:
        return list((self.version or self.product).allocation_order)


class InstalmentManager(models.Manager["Instalment"]):
    """Figures of some rows are written on every booking: as columns beside each other, not as a CASE per field."""

    def bulk_update(self, objs: Iterable[Instalment], fields: Iterable[str], batch_size: int | None = None) -> int:
        """As Django's, in one statement and several times faster; plain values only."""
        wanted = set(fields)
        rows, known = list(objs), [field for field in Instalment._meta.concrete_fields if field.name in wanted]
        if not rows or not known:
            return 0
        names = [str(field.column) for field in known]
        arrays = "".join(f", %s::{field.db_type(connection)}[]" for field in known)
        text = (
            f"UPDATE loans_instalment i SET {', '.join(f'{name} = v.{name}' for name in names)} "  # noqa: S608
            f"FROM unnest(%s::bigint[]{arrays}) AS v(id, {', '.join(names)}) WHERE i.id = v.id"
        )
        with connection.cursor() as cursor:
            cursor.execute(text, [[r.pk for r in rows], *([getattr(r, f.attname) for r in rows] for f in known)])
            return int(cursor.rowcount)


class Instalment(models.Model):
    """What is owed on one date, and what of it has been paid; all in fen.

    `penalty_fen` is what has been booked up to and including `penalty_through_on`; what accrued since is computed
    from the unpaid principal when somebody looks, and booked when money moves.

    A row that a change of the plan replaced (`closed_by`) asks for no more than was paid of it, so nothing is left of
    it; rows that a change added (`opened_by`) have numbers of their own above 1000. Order is by due date, then number.
    """

    # the unique constraint below serves look-ups by loan: a second index would only cost writing
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="instalments", db_index=False)
    n = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    principal_fen = models.BigIntegerField(default=0)
    interest_fen = models.BigIntegerField(default=0)
    fee_fen = models.BigIntegerField(default=0)
    penalty_fen = models.BigIntegerField(default=0)
    principal_paid_fen = models.BigIntegerField(default=0)
    interest_paid_fen = models.BigIntegerField(default=0)
    fee_paid_fen = models.BigIntegerField(default=0)
    penalty_paid_fen = models.BigIntegerField(default=0)
    penalty_through_on = models.DateField(null=True)
    interest_booked = models.BooleanField(default=False)  # the interest has fallen due and is in the ledger
    closed_by = models.ForeignKey("loans.PlanChange", models.PROTECT, null=True, related_name="+", db_index=False)
    opened_by = models.ForeignKey("loans.PlanChange", models.PROTECT, null=True, related_name="+", db_index=False)

    objects = InstalmentManager()

    class Meta:
        ordering = ["loan_id", "n"]
        constraints = [
            models.UniqueConstraint("loan", "n", name="one_instalment_per_number"),
            models.CheckConstraint(
                condition=Q(principal_paid_fen__lte=F("principal_fen"))
                & Q(interest_paid_fen__lte=F("interest_fen"))
                & Q(fee_paid_fen__lte=F("fee_fen"))
                & Q(penalty_paid_fen__lte=F("penalty_fen")),
                name="no_part_is_paid_twice",
            ),
        ]


class LoanHead(models.Model):
    """What changes about a loan with money or time, kept by posting; day-end touches only heads that moved."""

    loan = models.OneToOneField(Loan, models.PROTECT, primary_key=True, related_name="head")
    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="+", db_index=False)
    outstanding_principal_fen = models.BigIntegerField()
    outstanding_fen = models.BigIntegerField()  # principal + interest + fee + booked penalty, due or not
    oldest_unpaid_due_on = models.DateField(null=True)
    next_due_on = models.DateField(null=True)  # first unpaid due date after `aged_on`
    bucket = models.CharField(max_length=6, default="M0")
    next_change_on = models.DateField(null=True)  # first date on which anything here changes by time alone
    aged_on = models.DateField()
    asset_class = models.CharField(max_length=16, default="normal", db_default="normal")
    classed_on = models.DateField(null=True)  # the class is told up to and including this day
    next_class_on = models.DateField(null=True, default=LOOK, db_default=LOOK)  # first date to look at the class again
    updated_at = models.DateTimeField()
    # What the loan adds to its product's accruals as day-end last counted it; whoever writes the head says "stale".
    accrual_stale = models.BooleanField(default=True, db_default=True)
    share_from_on = models.DateField(null=True)
    share_due_on = models.DateField(null=True)
    share_fen = models.BigIntegerField(default=0, db_default=0)  # interest of the running instalment, not posted yet
    earned_fen = models.BigIntegerField(null=True)  # interest posted so far; None: never counted

    class Meta:
        indexes = [
            models.Index(fields=["next_class_on"], name="head_next_class", condition=Q(next_class_on__isnull=False)),
            models.Index(fields=["next_change_on"], name="head_next_change", condition=Q(next_change_on__isnull=False)),
            models.Index(fields=["oldest_unpaid_due_on"], name="head_oldest_unpaid"),
            models.Index(fields=["loan"], name="head_accrual_stale", condition=Q(accrual_stale=True)),
        ]


class Opening(models.Model):
    """How a loan stood when its replayable history begins, if that was not "nothing paid": a floor under every replay.

    The figures are what the lender (or an older version of this book) told; repayments up to `through_repayment_id`
    are contained in them. `instalments`: [n, due_on, owed, paid, penalty_through_on], parts as in rules/opening.py.
    """

    loan = models.OneToOneField(Loan, models.PROTECT, primary_key=True, related_name="opening")
    on = models.DateField()
    start_bucket = models.CharField(max_length=6)
    through_repayment_id = models.BigIntegerField(default=0)
    instalments = models.JSONField()


class BucketMove(models.Model):
    """Every move of a loan between buckets, with its date and cause.

    A row with `superseded_at` is what was believed until then; the rows in force are those without.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="bucket_moves")
    on = models.DateField()
    from_bucket = models.CharField(max_length=6)
    to_bucket = models.CharField(max_length=6)
    cause = models.CharField(max_length=20)  # "dayend", "repayment", "import", "backdated", "reversal"
    superseded_at = models.DateTimeField(null=True)


class Repayment(models.Model):
    """Money received, once per receipt of the outside world. `split` is what it paid, by instalment and part.

    Receipt, amount and time are facts of the outside world and never change; split and credit are ours and follow
    the order in which money came. A reversed repayment pays nothing: its split is empty.
    """

    receipt = models.CharField(max_length=80, unique=True)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="repayments")
    amount_fen = models.BigIntegerField()
    paid_at = models.DateTimeField()
    booked_at = models.DateTimeField()
    credit_fen = models.BigIntegerField(default=0)  # paid beyond what was owed: the borrower's
    split = models.JSONField(default=list)
    reversed_at = models.DateTimeField(null=True)
    reverse_reason = models.CharField(max_length=200, blank=True, default="", db_default="")
    is_recovery = models.BooleanField(default=False, db_default=False)  # it came after the write-off: income

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="a_repayment_is_money"),
            models.CheckConstraint(
                condition=Q(reversed_at=None) | ~Q(reverse_reason=""), name="a_reversal_has_its_reason"
            ),
        ]


class Posting(models.Model):
    """A move of money between two accounts. Append-only: UPDATE and DELETE are revoked from the application."""

    entry = models.UUIDField()  # postings of one event
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="postings")
    # "disbursement", "opening", "interest", "penalty", "repayment", "correction", "compensation", "transfer",
    # "write_off", "pay_back", "refund"
    kind = models.CharField(max_length=20)
    booked_on = models.DateField()
    at = models.DateTimeField()
    debit = models.CharField(max_length=40)
    credit = models.CharField(max_length=40)
    amount_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="accounts_tell_the_direction"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="two_accounts"),
        ]


class Book(models.Model):
    """The book's own date. One row."""

    business_date = models.DateField()
    closed_at = models.DateTimeField(null=True)
