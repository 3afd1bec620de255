"""The channel's own notices: heard when signed, in any number, and by nobody else."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from jietong.deduction import commands
from jietong.deduction.channels.signing import HEADER, sign
from jietong.deduction.models import Answer, Debit
from jietong.deduction.tests.world import SECRET, leave, owing, planned
from jietong.loans.models import Repayment
from jietong.simulator.tests.cast import NOW

pytestmark = pytest.mark.django_db


def tell(body: bytes, *, secret: str = SECRET) -> int:
    sent = {"content_type": "application/json", "headers": {HEADER: sign(body, secret)}}
    return Client(enforce_csrf_checks=True).post("/channel/notice/", body, **sent).status_code


def test_a_signed_notice_is_taken_once_however_often_it_comes(settings) -> None:
    settings.DEDUCTION_CHANNEL_SECRET = SECRET
    who, loan = owing()
    leave(who)
    debit = planned(loan)
    commands.sending.claim(debit.pk, now=NOW, channel_is_set=True)
    debit.refresh_from_db()
    told = {"key": debit.key, "outcome": "succeeded", "amount_fen": debit.amount_fen, "channel_ref": "CH1",
            "paid_at": NOW.isoformat()}  # fmt: skip
    body = json.dumps({"answers": [told]}).encode()
    assert tell(body, secret="somebody else") == 403
    assert not Answer.objects.exists()
    assert [tell(body), tell(body)] == [200, 200]
    assert Repayment.objects.get().receipt == debit.receipt
    assert list(Answer.objects.order_by("pk").values_list("worth", flat=True)) == ["taken", "repeat"]
    assert Debit.objects.get().state == "succeeded"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"answers": 1}', b'{"answers": [{"key": "x"}]}', b"\xff"])
def test_a_notice_that_cannot_be_read_is_refused_whole(settings, body: bytes) -> None:
    settings.DEDUCTION_CHANNEL_SECRET = SECRET
    assert tell(body) == 422
    assert not Answer.objects.exists()


def test_without_a_secret_nobody_is_heard(settings) -> None:
    settings.DEDUCTION_CHANNEL_SECRET = ""
    assert tell(b"{}", secret="") == 403
