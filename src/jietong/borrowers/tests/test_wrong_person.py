"""Whoever holds a phone and does not know us is left alone; codes are limited by where they are asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jietong.borrowers import commands, queries
from jietong.borrowers.models import Borrower, LoginCode
from jietong.kernel.errors import CommandRefused
from jietong.kernel.models import Event
from jietong.simulator.tests.cast import NOW, make_borrower

pytestmark = pytest.mark.django_db


def test_the_number_is_stopped_for_everybody_and_only_once(wang: Borrower) -> None:
    number = wang.contact_points.get(kind="phone").value
    other = make_borrower("赵强", phone=number)
    stranger = make_borrower("钱二")
    assert commands.report_wrong_person(phone=number, now=NOW) == 2
    assert commands.report_wrong_person(phone=number, now=NOW + timedelta(hours=1)) == 0
    assert queries.by_phone(number) == []
    assert queries.point_for(other.pk, "phone") is None
    assert queries.point_for(stranger.pk, "phone") is not None
    assert Event.objects.filter(kind="borrowers.wrong_person_reported").count() == 2


def test_a_code_goes_to_exactly_the_number_that_was_typed(wang: Borrower) -> None:
    point = wang.contact_points.get(kind="phone")
    assert queries.point_of_phone(point.value, wang.pk) == point
    assert queries.point_of_phone(point.value, make_borrower("赵强").pk) is None


def test_one_address_cannot_ask_for_codes_without_end(db: None) -> None:
    most = commands.CODES_PER_ADDRESS_PER_HOUR_MAX
    for number in range(most):
        commands.issue_code(phone=f"199{number:08d}", asked_from="203.0.113.7", now=NOW)
    with pytest.raises(CommandRefused) as refused:
        commands.issue_code(phone="19900009999", asked_from="203.0.113.7", now=NOW)
    assert refused.value.code == "too_many_from_here"
    commands.issue_code(phone="19900009999", asked_from="203.0.113.8", now=NOW)
    commands.issue_code(phone="19900008888", asked_from="203.0.113.7", now=NOW + timedelta(minutes=61))
    assert LoginCode.objects.count() == most + 2
