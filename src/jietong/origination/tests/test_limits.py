"""A limit changes for a reason, is told, is taken back by another row, and follows the book."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from jietong.borrowers.commands import record_circumstance
from jietong.contacts.models import Attempt
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.loans.commands import record_repayment
from jietong.origination import commands, queries
from jietong.origination.commands import By
from jietong.origination.models import LimitChange
from jietong.origination.tests.world import proved
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan

pytestmark = pytest.mark.usefixtures("db")
BY = By(actor="staff:1", reason="risk", note="复查")


def test_a_cut_is_a_row_with_its_reason_told_to_the_borrower_and_undone_by_another_row() -> None:
    who, _ = proved()
    cut = commands.set_limit(borrower_id=who.pk, kind="cut", to_fen=4000_00, by=BY, now=NOW)
    assert (cut.delta_fen, cut.granted_fen, cut.note) == (-6000_00, 4000_00, "复查")
    assert Attempt.objects.filter(key=f"limit:{cut.pk}", template="limit_changed", purpose="service").count() == 1
    assert Event.objects.filter(kind="origination.limit_changed", borrower_id=who.pk).count() == 2
    undone = commands.take_back(change_id=cut.pk, by=By(actor="staff:2", reason="corrected"), now=NOW)
    again = commands.take_back(change_id=cut.pk, by=By(actor="staff:2", reason="corrected"), now=NOW)
    assert (undone.pk, undone.granted_fen) == (again.pk, 10_000_00)
    assert [row.kind for row in queries.changes(who.pk)] == ["undo", "cut", "grant"]


def test_a_freeze_of_a_person_and_one_of_a_rule_are_released_apart() -> None:
    who, _ = proved()
    mine = commands.freeze(borrower_id=who.pk, by=BY, now=NOW)
    assert commands.freeze(borrower_id=who.pk, by=BY, now=NOW).pk == mine.pk
    rule = commands.freeze(borrower_id=who.pk, by=By("system:limits", "arrears", rule="freeze_arrears"), now=NOW)
    commands.take_back(change_id=rule.pk, by=By("system:limits", "arrears", rule="release_arrears"), now=NOW)
    view = queries.limit(who.pk)
    assert [row.pk for row in view.freezes] == [mine.pk]
    assert (view.room_fen, view.free_fen) == (0, 10_000_00)
    commands.take_back(change_id=mine.pk, by=By("staff:1", "cleared"), now=NOW)
    assert queries.limit(who.pk).room_fen == 10_000_00


def test_what_is_no_change_is_refused_by_name() -> None:
    who, _ = proved()
    nobody = make_borrower()
    for borrower, kind, fen, code in (
        (who, "cut", 10_000_00, "not_less"), (who, "raise", 9000_00, "not_more"), (who, "cut", -1, "negative"),
        (who, "raise", 10**9, "too_large"), (who, "gift", 1, "unknown"),
    ):  # fmt: skip
        with pytest.raises(InputError) as caught:
            commands.set_limit(borrower_id=borrower.pk, kind=kind, to_fen=fen, by=BY, now=NOW)
        assert caught.value.code == code
    for borrower, kind, code in ((nobody, "cut", "no_limit"), (who, "grant", "has_limit")):
        with pytest.raises(CommandRefused) as refused:
            commands.set_limit(borrower_id=borrower.pk, kind=kind, to_fen=1000_00, by=BY, now=NOW)
        assert refused.value.code == code
    with pytest.raises(InputError, match="reason"):
        commands.set_limit(borrower_id=who.pk, kind="cut", to_fen=1, by=By("staff:1", ""), now=NOW)
    assert LimitChange.objects.filter(limit__borrower=who).count() == 1


def test_the_history_cannot_be_edited_even_by_hand() -> None:
    proved()
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("UPDATE origination_limitchange SET delta_fen = 0")


def test_a_change_of_the_night_is_told_in_the_morning() -> None:
    who, _ = proved()
    night = NOW.replace(hour=17)  # one at night in Shanghai
    cut = commands.set_limit(borrower_id=who.pk, kind="cut", to_fen=1, by=BY, now=night)
    leaves = Attempt.objects.get(key=f"limit:{cut.pk}").not_before
    assert leaves.astimezone(NOW.tzinfo) == night.replace(hour=1) + timedelta(days=1)


def test_the_use_follows_the_book() -> None:
    who, _ = proved(limit_fen=20_000_00)
    loan = make_loan(who, paid=4)
    before = queries.limit(who.pk)
    assert before.loans_fen == 8189_29  # eight of twelve instalments at 14.4 %
    late = loan.instalments.get(n=5)
    amount = late.principal_fen + late.interest_fen + 100_00
    record_repayment(receipt="R", loan_ref=loan.ref, amount_fen=amount, paid_at=NOW, actor="bank", now=NOW)
    assert queries.limit(who.pk).room_fen > before.room_fen


def test_the_watch_freezes_the_late_shows_first_and_releases_once_paid() -> None:
    who, _ = proved(limit_fen=20_000_00)
    loan = make_loan(who, paid=4)  # nine days late
    spared = make_borrower()
    make_loan(spared, paid=4)  # has no limit
    (found,) = commands.look(on=TODAY)
    assert (found.borrower_id, [a.kind for a in found.actions]) == (who.pk, ["freeze"])
    assert not queries.limit(who.pk).is_frozen
    assert commands.watch_limits(business_date=TODAY, now=NOW) == {"frozen": 1, "cut": 0, "released": 0}
    assert commands.watch_limits(business_date=TODAY, now=NOW) == {"frozen": 0, "cut": 0, "released": 0}
    assert queries.limit(who.pk).freezes[0].rule == "freeze_arrears"
    record_repayment(receipt="R", loan_ref=loan.ref, amount_fen=1200_00, paid_at=NOW, actor="bank", now=NOW)
    assert commands.watch_limits(business_date=TODAY, now=NOW)["released"] == 1
    assert not queries.limit(who.pk).is_frozen


def test_the_watch_knows_what_happens_in_a_life() -> None:
    who, _ = proved()
    record_circumstance(borrower_id=who.pk, kind="identity_theft", source="borrower", actor="b", now=NOW)
    assert commands.watch_limits(business_date=TODAY, now=NOW)["frozen"] == 1
    assert queries.limit(who.pk).freezes[0].reason == "identity_theft"


def test_first_limits_in_bulk_leave_known_ones_alone() -> None:
    who, _ = proved(limit_fen=5000_00)
    other = make_borrower()
    made = commands.grant_many(amounts=[(who.pk, 9000_00), (other.pk, 8000_00)], by=By("system:demo", "first"), now=NOW)
    assert made == 1
    assert [queries.limit(one.pk).granted_fen for one in (who, other)] == [5000_00, 8000_00]
    assert queries.limit(make_borrower().pk) is None
