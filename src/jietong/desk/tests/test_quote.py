"""What settles a loan, for the specialist who has its borrower in hand, and for nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jietong.desk.tests.helpers import signed_in
from jietong.kernel.money import show_yuan
from jietong.loans.queries.quotes import quote
from jietong.simulator.tests.cast import TODAY

pytestmark = pytest.mark.django_db


def test_the_specialist_is_told_the_figure_of_the_day(lin, wang, in_hand):
    loan = wang.loans.get()
    client, address = signed_in(lin), f"/desk/loans/{loan.ref}/quote/"
    assert address in client.get(f"/desk/c/{in_hand.ref}/").content.decode()
    day = TODAY + timedelta(days=3)
    part = client.get(address, {"day": day.isoformat()}, headers={"HX-Request": "true"}).content.decode()
    assert show_yuan(quote(loan.pk, on=day).total_fen) in part
    assert show_yuan(quote(loan.pk, on=TODAY).total_fen) in client.get(address, {"day": "soon"}).content.decode()


def test_another_team_does_not_learn_that_the_loan_exists(zhou, wang, in_hand):
    assert signed_in(zhou).get(f"/desk/loans/{wang.loans.get().ref}/quote/").status_code == 404
    assert signed_in(zhou).get("/desk/loans/JT-nobody/quote/").status_code == 404
