"""Debits on the desk: history with reasons, once more on the borrower's word, stop and go on."""

from __future__ import annotations

import pytest

from jietong.deduction import commands as deduction
from jietong.deduction import queries
from jietong.deduction.models import Debit
from jietong.deduction.rules.judging import Outcome, Told
from jietong.deduction.tests.world import leave, planned
from jietong.desk.tests.helpers import signed_in
from jietong.simulator.tests.cast import NOW

pytestmark = pytest.mark.django_db


def test_the_specialist_sees_why_it_failed_and_debits_again_on_the_borrowers_word(lin, wang, in_hand) -> None:
    leave(wang)
    loan = wang.loans.get()
    failed = planned(loan)
    deduction.sending.claim(failed.pk, now=NOW, channel_is_set=True)
    deduction.take_answer(Told(failed.key, Outcome.FAILED, "61"), source="query", now=NOW)
    Debit.objects.filter(state="planned").delete()
    page = signed_in(lin).get(f"/desk/c/{in_hand.ref}/").content.decode()
    assert "超限额" in page
    assert "再扣一次" in page
    address = f"/desk/c/{in_hand.ref}/debits/again/"
    signed_in(lin).post(address, {"loan": loan.ref, "consent": ""})
    assert not Debit.objects.filter(cause="asked").exists()
    signed_in(lin).post(address, {"loan": loan.ref, "consent": "现在卡里有钱了，扣吧"})
    asked = Debit.objects.get(cause="asked")
    assert asked.consent == f"{in_hand.ref} 现在卡里有钱了，扣吧"


def test_stop_and_go_on(lin, wang, in_hand) -> None:
    leave(wang)
    client = signed_in(lin)
    client.post(f"/desk/c/{in_hand.ref}/debits/stop/")
    assert queries.stopped(wang.pk, now=NOW) == "by_staff"
    assert "恢复自动扣款" in client.get(f"/desk/c/{in_hand.ref}/").content.decode()
    client.post(f"/desk/c/{in_hand.ref}/debits/go-on/")
    assert queries.stopped(wang.pk, now=NOW) == ""


def test_another_team_and_who_has_it_not_in_hand_may_not(zhou, qin, wang, in_hand) -> None:
    leave(wang)
    for member in (zhou, qin):
        for act in ("again", "stop", "go-on"):
            address = f"/desk/c/{in_hand.ref}/debits/{act}/"
            assert signed_in(member).post(address, {"loan": wang.loans.get().ref, "consent": "x"}).status_code == 404
    assert not Debit.objects.exists()
    assert queries.stopped(wang.pk, now=NOW) == ""
