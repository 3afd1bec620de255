"""Who stands around a loan beside the borrower: creditor, platform, funders, guarantors, each by date."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from jietong.kernel.fields import BlindIndexField, SealedField
from jietong.loans.models.book import Loan


class Party(models.Model):
    """A firm or person in one of these roles. A firm is known by its name, a person by the ID number.

    `hotline` and `pay_to`: who answers a borrower's question about this creditor, and how one pays it.
    """

    class Kind(models.TextChoices):
        FIRM = "firm", "机构"
        PERSON = "person", "个人"

    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.FIRM)
    name = models.CharField(max_length=80)
    credit_code = models.CharField(max_length=18, blank=True, default="")
    id_no = SealedField(purpose="id", null=True)
    id_no_index = BlindIndexField(of="id_no", null=True)
    hotline = models.CharField(max_length=40, blank=True, default="")
    pay_to = models.CharField(max_length=120, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("name", condition=Q(kind="firm"), name="one_firm_per_name"),
            models.UniqueConstraint("id_no_index", condition=Q(kind="person"), name="one_person_per_id"),
            models.CheckConstraint(
                condition=Q(kind="firm") | Q(id_no__isnull=False), name="a_person_is_known_by_an_id_number"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PartyPoint(models.Model):
    """One way to reach a guarantor. Sealed; `display` is masked."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="points")
    kind = models.CharField(max_length=10)  # "phone", "email", "letter"
    value = SealedField(purpose="reach")
    value_index = BlindIndexField(of="value")
    display = models.CharField(max_length=80)
    source = models.CharField(max_length=40)  # no number without a lawful source
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("party", "kind", "value_index", name="one_row_per_way_to_a_party")]


class Arrangement(models.Model):
    """Who lends together under which shares, by which platform, with whose guarantee. Shared by loans, never changed.

    `digest`: over all members, so that the same arrangement is one row however many loans name it.
    """

    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()


class ArrangementMember(models.Model):
    """Append-only. `share`: of a funder, in parts per million; the funders of an arrangement add up to a whole."""

    class Role(models.TextChoices):
        PLATFORM = "platform", "平台"
        FUNDER = "funder", "出资方"
        GUARANTOR = "guarantor", "担保方"

    arrangement = models.ForeignKey(Arrangement, models.PROTECT, related_name="members")
    role = models.CharField(max_length=10, choices=Role.choices)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    share = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("arrangement", "role", "party", name="once_per_role"),
            models.CheckConstraint(
                condition=Q(role="funder", share__gt=0) | (~Q(role="funder") & Q(share=None)),
                name="funders_and_only_funders_have_shares",
            ),
        ]


class LoanArrangement(models.Model):
    """Which arrangement holds for a loan from a day on: the newest of the latest day counts. Append-only."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="arrangements")
    arrangement = models.ForeignKey(Arrangement, models.PROTECT, related_name="+")
    since_on = models.DateField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)


class ClaimChange(models.Model):
    """The creditor of a loan changes on a day, or an entry that said so is undone. Append-only.

    Names, hotline and pay_to are kept as they were told, so that a notice can be shown again word for word.
    `reference`: number of the transfer agreement or of the compensation payment; once per loan.
    """

    class Kind(models.TextChoices):
        TRANSFER = "transfer", "债权转让"
        COMPENSATION = "compensation", "代偿"
        CORRECTION = "correction", "更正"

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="claim_changes")
    borrower = models.ForeignKey("borrowers.Borrower", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    on = models.DateField()
    giver = models.CharField(max_length=80, blank=True, default="")
    taker = models.CharField(max_length=80, blank=True, default="")
    taker_party = models.ForeignKey(Party, models.PROTECT, null=True, related_name="+")
    whole = models.BooleanField(default=True)
    amount_fen = models.BigIntegerField(default=0)  # compensation: what was paid; transfer: the price, if it is told
    # of a compensation by part (rules/dividing.py): who is repaid first, and what the giver was still owed that day
    division = models.CharField(max_length=10, blank=True, default="", db_default="")
    rest_fen = models.BigIntegerField(default=0, db_default=0)
    hotline = models.CharField(max_length=40, blank=True, default="")
    pay_to = models.CharField(max_length=120, blank=True, default="")
    reference = models.CharField(max_length=80, blank=True, default="")
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    reason = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "loan", "reference", condition=~Q(kind="correction"), name="one_change_per_reference"
            ),
            models.CheckConstraint(
                condition=Q(kind="correction", undoes__isnull=False) & ~Q(reason="")
                | ~Q(kind="correction") & Q(undoes=None) & ~Q(giver=F("taker")) & ~Q(taker=""),
                name="a_change_has_two_sides_or_undoes_one",
            ),
            models.CheckConstraint(
                condition=~Q(kind="compensation") | Q(amount_fen__gt=0), name="a_compensation_is_money"
            ),
            models.CheckConstraint(
                condition=Q(division="") | Q(kind="compensation", whole=False), name="only_a_part_has_a_division"
            ),
        ]
        indexes = [models.Index(fields=["-at"], name="claim_change_newest")]


class ChangeNotice(models.Model):
    """The borrower was told of a change, and how: "sms", "email", "letter", "read" (on their own page). Append-only."""

    change = models.ForeignKey(ClaimChange, models.PROTECT, related_name="notices")
    how = models.CharField(max_length=10)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint("change", "how", name="told_once_per_way")]


class Certificate(models.Model):
    """That a loan was settled (结清证明), as it was told on the day of issue. Append-only.

    `code` is drawn at random: whoever has the paper can have it verified, nobody can guess another's. Whether it still
    holds is asked of the book each time.
    """

    code = models.CharField(max_length=24, unique=True)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="certificates")
    name = models.CharField(max_length=80)
    creditor = models.CharField(max_length=80)
    principal_fen = models.BigIntegerField()
    disbursed_on = models.DateField()
    settled_on = models.DateField()
    issued_on = models.DateField()
    issued_at = models.DateTimeField()
    actor = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint("loan", "creditor", "settled_on", name="one_certificate_per_settlement")]
