"""One asks, another agrees; nothing is done before, and what is done is what the second one saw."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from jietong.approvals import commands, queries
from jietong.approvals.models import Request
from jietong.approvals.rules.rows import Row, digest
from jietong.approvals.rules.waiving import ALONE_MAX_FEN, is_alone
from jietong.approvals.tests.world import agree, ask
from jietong.borrowers.models import Borrower
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.models import Event
from jietong.loans import commands as loans
from jietong.loans.models import Loan, PlanChange
from jietong.loans.queries import book
from jietong.loans.queries.parties import creditor_on
from jietong.origination import queries as limits
from jietong.origination.tests.world import offer, proved
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower, make_loan, make_member
from jietong.staff.models import Member, Team

pytestmark = pytest.mark.django_db
FUND = "远山资产管理有限公司"


@pytest.fixture
def shen(desk: Team) -> Member:
    return make_member("shen", "沈知行", desk, role="officer")


@pytest.fixture
def ding(desk: Team) -> Member:
    return make_member("ding", "丁宁", desk, role="operator")


@pytest.fixture
def loan(wang: Borrower) -> Loan:
    return wang.loans.get()


def test_a_write_off_waits_and_is_done_in_the_name_of_who_asked(qin: Member, shen: Member, loan: Loan) -> None:
    asked = ask("write_off", qin, ref=loan.ref)
    assert asked is not None
    assert (asked.state, asked.owner) == ("waiting", shen)
    assert not PlanChange.objects.exists()
    done = agree(asked, shen)
    change = PlanChange.objects.get()
    assert (done.state, done.decided_by, change.actor, change.state) == ("confirmed", shen, f"staff:{qin.pk}", "held")
    loan.refresh_from_db()
    assert loan.status == "written_off"
    rows = {row["name"]: (row["before"], row["after"]) for row in done.done}
    assert rows["state"] == ("active", "written_off")
    assert rows["assets"] == (sum(change.figures["amounts"]), 0)
    assert rows["owed"][1] == book.loan(loan.pk, on=TODAY).outstanding_fen
    told = Event.objects.filter(kind__startswith="approvals.").order_by("seq")
    assert [(one.kind, one.actor) for one in told] == [
        ("approvals.asked", f"staff:{qin.pk}"), ("approvals.confirmed", f"staff:{shen.pk}"),
    ]  # fmt: skip


def test_nobody_agrees_to_their_own_and_a_stranger_to_nothing(
    qin: Member, shen: Member, lin: Member, ding: Member, loan: Loan
) -> None:
    asked = ask("write_off", qin, ref=loan.ref)
    assert asked is not None
    for member, code in ((qin, "own_request"), (lin, "not_yours"), (ding, "not_yours")):
        for act in (commands.confirm, commands.refuse, commands.take):
            more = {"seen": "x"} if act is commands.confirm else {"reason": "x"} if act is commands.refuse else {}
            with pytest.raises(CommandRefused) as refused:
                act(request_id=asked.pk, by=member.pk, now=NOW, **more)
            assert refused.value.code == code
    with pytest.raises(CommandRefused, match="takes it back"):
        commands.withdraw(request_id=asked.pk, by=shen.pk, now=NOW)
    with pytest.raises(CommandRefused) as refused:
        ask("write_off", shen, ref=loan.ref, key="other")
    assert refused.value.code == "not_yours"
    with pytest.raises(IntegrityError), transaction.atomic():  # whatever the program says, the database says no
        Request.objects.filter(pk=asked.pk).update(state="confirmed", decided_by=qin, decided_at=NOW)


def test_what_was_asked_for_cannot_be_written_again(qin: Member, shen: Member, loan: Loan) -> None:
    asked = ask("write_off", qin, ref=loan.ref)
    assert asked is not None
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Request.objects.filter(pk=asked.pk).update(terms={"ref": "JT-other"})
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM approvals_request")


def test_without_a_second_person_it_is_not_even_asked(qin: Member, loan: Loan) -> None:
    with pytest.raises(CommandRefused) as refused:
        ask("write_off", qin, ref=loan.ref)
    assert refused.value.code == "nobody_else"
    assert not Request.objects.exists()


def test_one_request_at_a_time_and_one_per_form(qin: Member, shen: Member, loan: Loan) -> None:
    asked = ask("write_off", qin, ref=loan.ref)
    assert ask("write_off", qin, ref=loan.ref) == asked
    with pytest.raises(CommandRefused) as refused:
        ask("write_off", qin, ref=loan.ref, key="second")
    assert refused.value.code == "already_waiting"
    with pytest.raises(CommandRefused) as refused:
        ask("waive", qin, ref=loan.ref, penalty_fen=1)
    assert refused.value.code == "key_reused"


def test_money_that_comes_in_between_is_seen_before_it_is_agreed(qin: Member, shen: Member, loan: Loan) -> None:
    asked = ask("write_off", qin, ref=loan.ref)
    assert asked is not None
    _rows, seen, _problem = commands.preview(request_id=asked.pk, now=NOW)
    loans.record_repayment(
        receipt="R1", loan_ref=loan.ref, amount_fen=500_00, paid_at=NOW, actor="bank", now=NOW
    )  # fmt: skip
    with pytest.raises(CommandRefused) as refused:
        commands.confirm(request_id=asked.pk, by=shen.pk, seen=seen, now=NOW)
    assert refused.value.code == "changed_since"
    asked.refresh_from_db()
    assert asked.state == "waiting"
    assert not PlanChange.objects.exists()
    agree(asked, shen)
    assert PlanChange.objects.get().state == "held"


def test_a_refusal_says_why_and_nothing_changes(qin: Member, shen: Member, loan: Loan) -> None:
    asked = ask("write_off", qin, ref=loan.ref)
    assert asked is not None
    with pytest.raises(InputError):
        commands.refuse(request_id=asked.pk, by=shen.pk, reason=" ", now=NOW)
    commands.refuse(request_id=asked.pk, by=shen.pk, reason="还在还款", now=NOW)
    with pytest.raises(CommandRefused) as refused:
        commands.confirm(request_id=asked.pk, by=shen.pk, seen="x", now=NOW)
    assert refused.value.code == "already_decided"
    assert not PlanChange.objects.exists()
    again = ask("write_off", qin, ref=loan.ref, key="again")
    assert again is not None
    assert commands.withdraw(request_id=again.pk, by=qin.pk, now=NOW).state == "withdrawn"


def test_a_small_waiver_is_done_alone_and_slices_of_a_large_one_are_not(qin: Member, shen: Member) -> None:
    late = make_loan(make_borrower("周远"), principal_fen=150_000_00, paid=1)
    penalty = book.loan(late.pk, on=TODAY).penalty_now_fen
    assert penalty > ALONE_MAX_FEN
    assert ask("waive", qin, ref=late.ref, penalty_fen=300_00, key="a") is None
    assert ask("waive", qin, ref=late.ref, penalty_fen=300_00, key="a") is None  # the same form
    assert PlanChange.objects.count() == 1
    asked = ask("waive", qin, ref=late.ref, penalty_fen=300_00, key="b")
    assert asked is not None
    agree(asked, shen)
    assert book.loan(late.pk, on=TODAY).penalty_now_fen == penalty - 600_00
    due = [(TODAY + timedelta(days=30 * n)).isoformat() for n in (1, 2, 3)]
    terms = {"ref": late.ref, "due_on": due, "rate": None, "waive_interest_fen": 0}
    assert ask("replan", qin, key="c", waive_penalty_fen=10_00, **terms) is not None
    assert ask("replan", qin, key="c", waive_penalty_fen=10_00, **terms) is not None


def test_a_new_plan_that_gives_nothing_up_is_done_alone(qin: Member, loan: Loan) -> None:
    due = [(TODAY + timedelta(days=30 * n)).isoformat() for n in (1, 2, 3)]
    terms = {"ref": loan.ref, "due_on": due, "rate": None, "waive_penalty_fen": 0, "waive_interest_fen": 0}
    assert ask("replan", qin, **terms) is None
    assert PlanChange.objects.get().kind == "replan"


def test_creditors_change_by_list_when_both_have_said_so(ding: Member, qin: Member, loan: Loan) -> None:
    other = make_loan(make_borrower("孙立"), paid=4)
    terms = {
        "what": "transfer", "on": TODAY.isoformat(), "taker": FUND, "reference": "ZR-1", "hotline": "400",
        "pay_to": "", "whole": False, "division": "", "list": f"{loan.ref},\n{other.ref},",
    }  # fmt: skip
    asked = ask("creditor_list", ding, **terms)
    assert asked is not None
    assert creditor_on(loan.pk, TODAY) == "青禾消费金融有限公司"
    assert asked.rows[0]["before"] == [["青禾消费金融有限公司", None]]
    agree(asked, qin)
    assert {creditor_on(one.pk, TODAY) for one in (loan, other)} == {FUND}


def test_a_list_of_which_one_line_has_gone_bad_does_nothing(ding: Member, qin: Member) -> None:
    (one, _), (two, _) = proved(), proved("钱多")
    asked = ask("limit_list", ding, numbers=[one.number, two.number], to_fen=4000_00, reason="risk", note="")
    assert asked is not None
    (first,) = [row for row in asked.rows if row["name"] == one.number]
    assert (first["before"], first["after"]) == (10_000_00, 4000_00)
    from jietong.origination import commands as origination

    by = origination.By(actor="staff:9", reason="risk")
    origination.set_limit(borrower_id=two.pk, kind="cut", to_fen=3000_00, by=by, now=NOW)
    _rows, _seen, problem = commands.preview(request_id=asked.pk, now=NOW)
    assert problem is not None
    assert problem.code == "line_changed"
    with pytest.raises(CommandRefused):
        commands.confirm(request_id=asked.pk, by=qin.pk, seen="x", now=NOW)
    first_limit = limits.limit(one.pk)
    assert first_limit is not None
    assert first_limit.granted_fen == 10_000_00


def test_terms_are_in_force_when_both_have_said_so(ding: Member, qin: Member) -> None:
    first = offer()
    terms = first.terms
    assert terms is not None
    fresh = loans.draft_version(code="JB", terms=terms, note="同样的", actor="staff:1", now=NOW)
    asked = ask("product_in_force", ding, version_id=fresh.pk, from_on="2026-12-01")
    assert asked is not None
    fresh.refresh_from_db()
    assert fresh.in_force_from is None
    agree(asked, qin)
    fresh.refresh_from_db()
    assert (str(fresh.in_force_from), fresh.put_in_force_by) == ("2026-12-01", f"staff:{ding.pk}")


def test_the_least_busy_owns_it_and_each_counts_only_what_they_may_answer(
    qin: Member, shen: Member, lin: Member, ding: Member, desk: Team, loan: Loan
) -> None:
    other = make_loan(make_borrower("孙立"), paid=4)
    second = make_member("yu", "于晴", desk, role="officer")
    owners = [row.owner for ref in (loan.ref, other.ref) if (row := ask("write_off", qin, ref=ref, key=ref))]
    assert owners == [shen, second]
    assert [queries.count_for(one) for one in (qin, shen, second, lin, ding)] == [0, 2, 2, 0, 0]
    taken = commands.take(request_id=queries.waiting()[0].pk, by=second.pk, now=NOW)
    assert taken.owner == second


def test_a_digest_knows_every_figure_and_the_limit_is_a_sum() -> None:
    rows = [Row("a", 1, 2), Row("b", 3, 4)]
    assert digest(rows) == digest([Row("a", 1, 2), Row("b", 3, 4)])
    assert len({digest(rows), digest(rows[:1]), digest([Row("a", 1, 2), Row("b", 3, 5)]), digest(rows[::-1])}) == 4
    assert is_alone(ALONE_MAX_FEN, 0)
    assert not is_alone(ALONE_MAX_FEN, 1)


def test_no_face_does_alone_what_needs_two() -> None:
    """The commands that change most stand behind this room: a page that calls one by itself is a way around it."""
    guarded = {"write_off", "waive_penalty", "put_in_force", "replan"}
    source = Path(commands.__file__).parent.parent
    found = [
        f"{path.name}: {node.func.attr}"
        for face in ("console", "desk", "portal")
        for path in (source / face).rglob("*.py")
        if "tests" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in guarded
    ]
    assert found == []
