"""Two who agree in the same moment, on two connections: it is done once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from jietong.approvals import commands
from jietong.approvals.models import Request
from jietong.approvals.tests.world import ask
from jietong.kernel.errors import CommandRefused
from jietong.loans.models import PlanChange
from jietong.loans.tests.test_replay_races import waits
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan, make_member, make_team
from jietong.staff.models import Member

pytestmark = pytest.mark.usefixtures("committed_db")


def elsewhere(request_id: int, by: Member, seen: str, *, refuses: bool) -> str:
    try:
        if refuses:
            return commands.refuse(request_id=request_id, by=by.pk, reason="不行", now=NOW).state
        return commands.confirm(request_id=request_id, by=by.pk, seen=seen, now=NOW).state
    except CommandRefused as refused:
        return refused.code
    finally:
        connection.close()


@pytest.mark.parametrize("refuses", [False, True])
def test_two_answers_at_once_are_one(refuses: bool) -> None:
    with transaction.atomic():
        team = make_team()
        asker, first, second = (
            make_member("qin", "秦岚", team, role="supervisor"), make_member("shen", "沈知行", team, role="officer"),
            make_member("yu", "于晴", team, role="officer"),
        )  # fmt: skip
        loan = make_loan(make_borrower(), paid=4)
        asked = ask("write_off", asker, ref=loan.ref)
    assert asked is not None
    _rows, seen, _problem = commands.preview(request_id=asked.pk, now=NOW)
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            commands.confirm(request_id=asked.pk, by=first.pk, seen=seen, now=NOW)
            running = other.submit(elsewhere, asked.pk, second, seen, refuses=refuses)
            while not waits():
                assert not running.done(), running.result()
        answer = running.result(30)
    assert answer == "already_decided"
    assert Request.objects.get().decided_by == first
    assert PlanChange.objects.count() == 1
