"""The channel's statement names money that we know nothing of: kept once, however often the day is compared."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from jietong.deduction import commands
from jietong.deduction.models import Answer
from jietong.deduction.tests.world import channel_to, listening
from jietong.loans.models import Repayment
from jietong.simulator.tests.cast import NOW, TODAY

pytestmark = pytest.mark.django_db


def test_money_of_an_order_that_is_not_ours_is_kept_once(tmp_path: Path) -> None:
    with listening(tmp_path) as standin:
        standin.books.take("D-of-somebody-else", 100_00, NOW)
        for minutes in (10, 20, 30):
            row = commands.compare(day=TODAY, now=NOW + timedelta(minutes=minutes), channel=channel_to(standin))
            assert row is not None
            assert row.theirs_fen - row.ours_fen == 100_00
    assert Answer.objects.get().worth == "not_ours"
    assert not Repayment.objects.exists()
