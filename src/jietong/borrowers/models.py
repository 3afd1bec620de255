from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from jietong.kernel.fields import BlindIndexField, SealedField


class Borrower(models.Model):
    """Who owes. `number` is the lender's own customer number.

    A firm or shop has its name in `name` and its unified social credit code, which is public, in `credit_code`; who
    speaks for it stands in Authority. `id_no` of a firm that the tape told by its code is that code.
    """

    class Kind(models.TextChoices):
        PERSON = "person", "个人"
        SOLE_TRADER = "sole_trader", "个体工商户"
        COMPANY = "company", "企业"

    number = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PERSON, db_default="person")
    name = models.CharField(max_length=80)
    credit_code = models.CharField(max_length=18, blank=True, default="", db_default="")
    id_type = models.CharField(max_length=20, default="resident_id")
    id_no = SealedField(purpose="id", null=True)
    id_no_index = BlindIndexField(of="id_no", null=True)
    region = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="person", credit_code="") | ~Q(kind="person"), name="a_person_has_no_credit_code"
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_person(self) -> bool:
        return self.kind == self.Kind.PERSON


class Authority(models.Model):
    """Somebody who speaks for a firm or shop from one day until (not including) another, and what they may know and do.

    Rows are ended, never deleted: who spoke for a firm on a day stays provable. Codes as in rules/authority.py.
    """

    class Role(models.TextChoices):
        REPRESENTATIVE = "representative", "法定代表人"
        CONTACT = "contact", "授权联系人"

    borrower = models.ForeignKey(Borrower, models.PROTECT, related_name="authorities")
    role = models.CharField(max_length=14, choices=Role.choices)
    name = models.CharField(max_length=80)
    id_no = SealedField(purpose="id", null=True)
    id_no_index = BlindIndexField(of="id_no", null=True)
    phone = SealedField(purpose="reach", null=True)
    phone_index = BlindIndexField(of="phone", null=True)
    phone_display = models.CharField(max_length=40, blank=True, default="", db_default="")  # masked
    knows = models.CharField(max_length=12)
    does = models.JSONField(default=list)
    since_on = models.DateField()
    until_on = models.DateField(null=True)
    source = models.CharField(max_length=80)  # "tape", or the paper on which the authority stands
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "borrower", condition=Q(role="representative", until_on=None), name="one_representative_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("since_on")), name="an_authority_ends_after_it_begins"
            ),
        ]


class ContactPoint(models.Model):
    """One way to reach a borrower. A masked number (138****1234) is shown and never dialled."""

    class Kind(models.TextChoices):
        PHONE = "phone", "手机"
        EMAIL = "email", "邮箱"
        WECHAT = "wechat", "微信"
        APP = "app", "App"

    borrower = models.ForeignKey(Borrower, models.PROTECT, related_name="contact_points")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = SealedField(purpose="reach", null=True)
    value_index = BlindIndexField(of="value", null=True)
    display = models.CharField(max_length=80)  # masked: what screens show
    is_dialable = models.BooleanField(default=True)
    rank = models.PositiveSmallIntegerField(default=0)  # 0 is tried first
    source = models.CharField(max_length=40)  # "tape", "borrower": no number without a lawful source
    verified_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("borrower", "kind", "value_index", name="one_row_per_way_to_reach"),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | Q(is_dialable=False), name="masked_is_never_dialled"
            ),
        ]


class BoundCard(models.Model):
    """A bank card from which instalments are deducted; its tail is a second fact about the person."""

    borrower = models.ForeignKey(Borrower, models.PROTECT, related_name="cards")
    number = SealedField(purpose="card")
    number_index = BlindIndexField(of="number")
    bank = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("borrower", "number_index", name="one_row_per_card")]


class Circumstance(models.Model):
    """Something about the borrower's life that changes whether and how we may contact them. An open row is in force."""

    borrower = models.ForeignKey(Borrower, models.PROTECT, related_name="circumstances")
    kind = models.CharField(max_length=40)  # the flag the rule pack knows: "deceased", "represented" …
    source = models.CharField(max_length=80)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "borrower", "kind", condition=Q(ended_at=None), name="one_open_circumstance_of_a_kind"
            )
        ]


class LoginCode(models.Model):
    """A one-time code sent to a phone. It proves who holds the phone, not who the person is."""

    phone_index = models.BinaryField(db_index=True)
    asked_from = models.BinaryField(null=True)  # blind index of the network address, for the limit per address alone
    code_hash = models.CharField(max_length=128)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["asked_from", "sent_at"], name="code_asked_from")]


class Device(models.Model):
    """A browser on which this borrower has proved a second fact. Numbers get recycled; a device seldom does."""

    borrower = models.ForeignKey(Borrower, models.PROTECT, related_name="devices")
    token_hash = models.CharField(max_length=64, unique=True)
    proven_at = models.DateTimeField()
    proven_by = models.CharField(max_length=20)  # "id_tail", "card_tail", "rep_tail"
    revoked_at = models.DateTimeField(null=True)


class ProofTry(models.Model):
    """A wrong or right answer to the second fact; wrong ones lock the phone for a while."""

    phone_index = models.BinaryField(db_index=True)
    at = models.DateTimeField()
    passed = models.BooleanField()
