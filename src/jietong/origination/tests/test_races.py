"""Two connections, one limit: together they get only what it bears."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from jietong.kernel.errors import CommandRefused
from jietong.origination import commands, queries
from jietong.origination.channels import Answer
from jietong.origination.commands import By, Proof
from jietong.origination.models import Transfer
from jietong.origination.tests.world import READ, ScriptedChannel, apply, offer, proved
from jietong.simulator.tests.cast import NOW

pytestmark = pytest.mark.usefixtures("committed_db")


def at_once(*calls: Callable[[], object]) -> list[str]:
    """Run the calls on connections of their own, starting together; answers "done" or the code of each refusal."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], object]) -> str:
        try:
            gate.wait(10)
            call()
        except CommandRefused as refused:
            return refused.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(calls)) as threads:
        return sorted(future.result(30) for future in [threads.submit(run, call) for call in calls])


def test_two_draws_at_once_get_only_what_the_limit_bears() -> None:
    with transaction.atomic():
        offer()
        who, token = proved(limit_fen=5000_00)
        both = [apply(who, amount_fen=3000_00) for _ in range(2)]
        shown = [commands.show_price(application=one, now=NOW) for one in both]

    def draw(n: int) -> Callable[[], object]:
        proof = Proof(device_token=token)
        return lambda: commands.sign(application=both[n], disclosure_id=shown[n].pk, proof=proof, now=NOW + READ)

    assert at_once(draw(0), draw(1)) == ["done", "over_limit"]
    view = queries.limit(who.pk)
    assert (view.held_fen, view.room_fen, Transfer.objects.count()) == (3000_00, 2000_00, 1)


def test_one_contract_signed_twice_at_once_is_paid_out_once() -> None:
    with transaction.atomic():
        offer()
        who, token = proved()
        done = apply(who)
        shown = commands.show_price(application=done, now=NOW)

    def draw() -> object:
        return commands.sign(application=done, disclosure_id=shown.pk, proof=Proof(device_token=token), now=NOW + READ)

    assert at_once(draw, draw) == ["done", "done"]
    assert Transfer.objects.count() == 1


def test_a_cut_and_a_draw_at_once_leave_no_draw_above_the_new_limit() -> None:
    with transaction.atomic():
        offer()
        who, token = proved(limit_fen=5000_00)
        done = apply(who, amount_fen=3000_00)
        shown = commands.show_price(application=done, now=NOW)
    told = at_once(
        lambda: commands.sign(
            application=done, disclosure_id=shown.pk, proof=Proof(device_token=token), now=NOW + READ
        ),
        lambda: commands.set_limit(borrower_id=who.pk, kind="cut", to_fen=1000_00, by=By("staff:1", "risk"), now=NOW),
    )
    view = queries.limit(who.pk)
    assert view.granted_fen == 1000_00
    # Either the draw came first, and the cut then stands below the use; or it came second, and was refused.
    assert (told, view.held_fen) in ((["done", "done"], 3000_00), (["done", "over_limit"], 0))
    assert view.room_fen == (0 if view.held_fen else 1000_00)


def test_two_workers_send_an_order_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told = ScriptedChannel(Answer("succeeded", paid_at=NOW))
    monkeypatch.setattr("jietong.origination.commands.transfers.channel", lambda: told)
    with transaction.atomic():
        offer()
        who, token = proved()
        done = apply(who)
        shown = commands.show_price(application=done, now=NOW)
    commands.sign(application=done, disclosure_id=shown.pk, proof=Proof(device_token=token), now=NOW + READ)
    later = NOW + 2 * READ
    at_once(lambda: commands.move_transfers(now=later), lambda: commands.move_transfers(now=later))
    assert len(told.sent) == 1
    assert queries.application(done.ref).state == "disbursed"
