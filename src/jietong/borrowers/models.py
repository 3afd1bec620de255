from __future__ import annotations

from django.db import models
from django.db.models import Q

from jietong.kernel.fields import BlindIndexField, SealedField


class Borrower(models.Model):
    """Who owes. `number` is the lender's own customer number."""

    number = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    id_type = models.CharField(max_length=20, default="resident_id")
    id_no = SealedField(purpose="id", null=True)
    id_no_index = BlindIndexField(of="id_no", null=True)
    region = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.number


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
    proven_by = models.CharField(max_length=20)  # "id_tail", "card_tail"
    revoked_at = models.DateTimeField(null=True)


class ProofTry(models.Model):
    """A wrong or right answer to the second fact; wrong ones lock the phone for a while."""

    phone_index = models.BinaryField(db_index=True)
    at = models.DateTimeField()
    passed = models.BooleanField()
