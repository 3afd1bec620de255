from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from jietong.ui import words


class Team(models.Model):
    """A desk that owns matters while nobody in particular does. Its hours are the time in which it can answer."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    opens_at = models.TimeField()
    closes_at = models.TimeField()
    supervisor_name = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def shown_name(self) -> str:
        """The team's name in the reader's language, as far as it has one there."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name


class TeamHours(models.Model):
    """One opening span of a team on one kind of day. A team with rows is closed on the kinds that have none; a team
    without any opens `opens_at` to `closes_at` every day."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="hours")
    day_kind = models.CharField(max_length=8)  # rules.days.KINDS
    opens_at = models.TimeField()
    closes_at = models.TimeField()  # not after opens_at: past midnight

    class Meta:
        constraints = [models.UniqueConstraint("team", "day_kind", "opens_at", name="one_span_per_start")]


class CalendarDay(models.Model):
    """What an operator says of a date: it goes before the calendar that the house brings along."""

    day = models.DateField(unique=True)
    kind = models.CharField(max_length=8)
    note = models.CharField(max_length=60)
    set_by = models.CharField(max_length=40)
    set_at = models.DateTimeField()


class MemberManager(BaseUserManager["Member"]):
    def get_by_natural_key(self, username: str | None) -> Member:
        return self.get(username=username)


class Member(AbstractBaseUser):
    """A person who works here. Borrowers are not members: they never share an account table with staff."""

    class Role(models.TextChoices):
        SPECIALIST = "specialist", _("专员")
        SUPERVISOR = "supervisor", _("主管")
        OFFICER = "officer", _("合规")
        OPERATOR = "operator", _("运营")

    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=40)
    staff_number = models.CharField(max_length=8, unique=True)  # what a borrower may ask for and check
    role = models.CharField(max_length=20, choices=Role.choices)
    team = models.ForeignKey(Team, models.PROTECT, related_name="members")
    is_active = models.BooleanField(default=True)

    objects: ClassVar[MemberManager] = MemberManager()
    USERNAME_FIELD = "username"

    def __str__(self) -> str:
        return self.name

    @property
    def surname_title(self) -> str:
        """How a borrower knows this person: 王专员 0372; in English Wang, specialist 0372."""
        return words.surname_title(self.name, self.staff_number, self.role)


class SignInTry(models.Model):
    """One try to sign in, under the name that was typed, whether anybody has it or not. Wrong ones slow the next."""

    username = models.CharField(max_length=60)
    at = models.DateTimeField()
    passed = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["username", "-at"], name="sign_in_tries")]
