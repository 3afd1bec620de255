"""Events that a core sends: believed by their signature, received once, booked once or kept with their reason."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

import pytest
from django.test import Client

from jietong.borrowers.models import Borrower
from jietong.connectors.commands import dismiss, open_source, process_due, replay, replay_all, set_paused, take
from jietong.connectors.models import InboxEvent, Source
from jietong.connectors.rules.signature import sign
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.models import Loan, Repayment, SuspenseItem
from jietong.simulator.tests.cast import NOW, make_loan

KEY = "k" * 40
pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Source:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return open_source(
        code="bank", name="核心推送", kind="webhook", mode="feed", secret=KEY, actor="test", now=NOW, settings={}
    )


def send(client: Client, body: object, *, at: datetime = NOW, key: str = KEY, code: str = "bank", **headers: str):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(at.timestamp()))
    told = {"X-Jietong-Timestamp": stamp, "X-Jietong-Signature": sign(key, stamp, raw), **headers}
    return client.post(f"/api/hooks/{code}/", raw, content_type="application/json", headers=told)


def paid(loan: Loan, number: str = "e-1", receipt: str = "B-1", amount: str = "120.50") -> dict[str, object]:
    data = {"receipt": receipt, "loan_no": loan.ref, "amount": amount, "paid_at": "2026-11-24T09:30:00+08:00"}
    return {"id": number, "kind": "repayment", "data": data}


def test_a_repayment_is_received_with_202_and_booked_once(client: Client, hook: Source, wang: Borrower) -> None:
    loan = wang.loans.get()
    answer = send(client, paid(loan))
    assert (answer.status_code, answer.json()) == (202, {"received": [{"id": "e-1", "state": "received"}]})
    again = send(client, paid(loan))
    assert (again.status_code, again.json()["received"][0]["state"]) == (202, "known")
    assert process_due(now=NOW) == 1
    assert process_due(now=NOW) == 0
    assert Repayment.objects.get(receipt="B-1").amount_fen == 120_50
    event = InboxEvent.objects.get()
    assert (event.state, event.subject) == ("booked", loan.ref)
    hook.refresh_from_db()
    assert hook.last_ok_at == NOW


def test_strangers_are_refused_alike(client: Client, hook: Source, wang: Borrower) -> None:
    body = paid(wang.loans.get())
    wrong_key = send(client, body, key="x" * 40)
    no_such_link = send(client, body, code="nobody")
    unsigned = client.post("/api/hooks/bank/", json.dumps(body), content_type="application/json")
    changed = send(client, json.dumps(body).encode(), **{"X-Jietong-Timestamp": str(int(NOW.timestamp()) - 1)})
    answers = {(one.status_code, one.content) for one in (wrong_key, no_such_link, unsigned, changed)}
    assert answers == {(401, b'{"error": {"field": "X-Jietong-Signature", "code": "signature"}}')}
    assert client.get("/api/hooks/bank/").status_code == 405
    assert not InboxEvent.objects.exists()


@pytest.mark.parametrize(("minutes", "status"), [(-6, 401), (-4, 202), (4, 202), (6, 401)])
def test_an_old_request_is_not_believed(
    client: Client, hook: Source, wang: Borrower, minutes: int, status: int
) -> None:
    answer = send(client, paid(wang.loans.get()), at=NOW + timedelta(minutes=minutes))
    assert answer.status_code == status


def test_two_signatures_while_a_key_is_being_changed(client: Client, hook: Source, wang: Borrower) -> None:
    raw = json.dumps(paid(wang.loans.get())).encode()
    stamp = str(int(NOW.timestamp()))
    both = f"{sign('old' * 20, stamp, raw)},{sign(KEY, stamp, raw)}"
    assert send(client, raw, **{"X-Jietong-Signature": both}).status_code == 202


def test_a_body_that_is_too_large_is_not_read(client: Client, hook: Source) -> None:
    assert send(client, b"x" * (1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        (b"{", "body", "not_json"),
        (b"\xc4\xe3\xba\xc3", "body", "not_json"),
        ([], "body", "not_an_object"),
        ({"kind": "repayment"}, "id", "missing"),
        ({"id": "1", "kind": "gift"}, "kind", "unknown"),
        ({"events": []}, "events", "count"),
        ({"events": [{"id": "1", "kind": "heartbeat"}, {"id": "2", "kind": "x"}]}, "events.1.kind", "unknown"),
    ],
)
def test_a_shape_that_is_not_ours_is_refused_whole(
    client: Client, hook: Source, body: object, field: str, code: str
) -> None:
    answer = send(client, body)
    assert (answer.status_code, answer.json()["error"]["field"], answer.json()["error"]["code"]) == (400, field, code)
    assert not InboxEvent.objects.exists()


def test_the_same_number_with_other_content_is_kept_aside_for_a_person(
    client: Client, hook: Source, wang: Borrower
) -> None:
    loan = wang.loans.get()
    send(client, paid(loan))
    answer = send(client, paid(loan, amount="999.00"))
    assert answer.json()["received"] == [{"id": "e-1", "state": "id_reused"}]
    process_due(now=NOW)
    assert Repayment.objects.get().amount_fen == 120_50
    aside = InboxEvent.objects.get(state="dead")
    assert (aside.error_field, aside.error_code) == ("id", "id_reused")
    with pytest.raises(CommandRefused):
        replay(event_id=aside.pk, actor="staff:1", now=NOW)


def test_money_for_an_unknown_loan_is_tried_with_growing_pauses_and_then_goes_to_suspense(
    client: Client, hook: Source, wang: Borrower
) -> None:
    loan = wang.loans.get()
    Loan.objects.filter(pk=loan.pk).update(ref="LATE-1")
    send(client, paid(loan))
    at, pauses = NOW, []
    for _ in range(6):
        process_due(now=at)
        event = InboxEvent.objects.get()
        assert (event.state, event.error_field, event.error_code) == ("waiting", "loan_no", "unknown")
        pauses.append((event.next_try_at - at).total_seconds())
        at = event.next_try_at
    process_due(now=at)
    event = InboxEvent.objects.get()
    assert pauses == [10, 60, 300, 1800, 7200, 28800]
    assert (event.state, event.tries, event.next_try_at) == ("suspended", 7, None)
    waits = SuspenseItem.objects.get()
    assert (waits.key, waits.reason, waits.amount_fen) == ("bank:e-1", "loan_ref_unknown", 120_50)
    assert waits.owner


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"amount": "0"}, "amount", "not_positive"),
        ({"amount": "1.005"}, "amount", "too_precise"),
        ({"amount": "many"}, "amount", "not_an_amount"),
        ({"amount": True}, "amount", "not_an_amount"),
        ({"paid_at": "2026-11-24"}, "paid_at", "zone_missing"),
        ({"paid_at": "yesterday"}, "paid_at", "not_a_time"),
        ({"paid_at": "2026-11-25T09:30:00+08:00"}, "paid_at", "in_the_future"),
        ({"paid_at": "2026-01-01T09:30:00+08:00"}, "paid_at", "before_loan"),
        ({"receipt": ""}, "receipt", "missing"),
    ],
)
def test_what_cannot_be_booked_names_its_field_and_books_nothing(
    client: Client, hook: Source, wang: Borrower, change: dict[str, object], field: str, code: str
) -> None:
    body = paid(wang.loans.get())
    body["data"] |= change  # type: ignore[operator]
    assert send(client, body).status_code == 202
    process_due(now=NOW)
    event = InboxEvent.objects.get()
    assert (event.state, event.error_field, event.error_code) == ("dead", field, code)
    assert not Repayment.objects.exists()


def test_a_reversal_of_money_nobody_knows_is_a_dead_letter_and_replayed_with_its_kind(
    client: Client, hook: Source, wang: Borrower
) -> None:
    send(client, {"id": "r-1", "kind": "reversal", "data": {"receipt": "B-1", "reason": "退票"}})
    at = NOW
    for _ in range(7):
        process_due(now=at)
        at = InboxEvent.objects.get().next_try_at or at
    dead = InboxEvent.objects.get()
    assert (dead.state, dead.error_field, dead.error_code, dead.owner_role) == (
        "dead",
        "receipt",
        "unknown",
        "operator",
    )
    send(client, paid(wang.loans.get()), at=NOW)
    process_due(now=at)
    assert replay_all(code="bank", kind="reversal", error_code="unknown", actor="staff:1", now=at).count == 1
    process_due(now=at)
    assert Repayment.objects.get().reverse_reason == "退票"


def test_money_for_a_settled_loan_goes_to_suspense(client: Client, hook: Source, wang: Borrower) -> None:
    settled = make_loan(wang, instalments=3, paid=3)
    send(client, paid(settled))
    process_due(now=NOW)
    event = InboxEvent.objects.get()
    assert (event.state, event.error_field, event.error_code) == ("suspended", "loan_no", "loan_settled")
    assert SuspenseItem.objects.get().loan_id == settled.pk
    assert not Repayment.objects.exists()


def test_a_reversal_that_comes_before_its_repayment_waits_for_it(client: Client, hook: Source, wang: Borrower) -> None:
    loan = wang.loans.get()
    back = {"id": "e-0", "kind": "reversal", "data": {"receipt": "B-1", "reason": "银行退票"}}
    send(client, {"events": [back, paid(loan)]})
    process_due(now=NOW)
    assert Repayment.objects.get().reversed_at is None
    process_due(now=NOW + timedelta(seconds=10))
    assert Repayment.objects.get().reverse_reason == "银行退票"


def test_a_new_number_of_a_borrower_comes_first_and_a_stopped_one_stays_stopped(
    client: Client, hook: Source, wang: Borrower
) -> None:
    old = wang.contact_points.get(kind="phone")
    old.stopped_at, old.stop_reason = NOW, "wrong_person"
    old.save(update_fields=["stopped_at", "stop_reason"])

    def point(number: str, value: str) -> dict[str, object]:
        data = {"borrower_no": wang.number, "kind": "phone", "value": value}
        return {"id": number, "kind": "contact_point", "data": data}

    send(client, {"events": [point("1", old.value), point("2", "19911112222")]})
    process_due(now=NOW)
    points = list(wang.contact_points.filter(kind="phone").order_by("rank", "-pk"))
    assert [(p.value, p.display, p.stopped_at is None) for p in points] == [
        ("19911112222", "199****2222", True), (old.value, old.display, False),
    ]  # fmt: skip


def test_a_whole_loan_by_event_is_mirrored(client: Client, hook: Source) -> None:
    Source.objects.update(mode="mirror")
    rows = [
        {"due_on": f"2026-{month}-15", "principal": "500.00", "interest": "30.00", "paid_principal": "500.00",
         "paid_interest": "30.00"} if month == "11" else {"due_on": "2026-12-15", "principal": "500", "interest": "30"}
        for month in ("11", "12")
    ]  # fmt: skip
    data = {
        "loan_no": "W-1", "product": "JB", "principal": "1000.00", "rate": "0.144", "method": "equal_principal",
        "disbursed_on": "2026-10-15", "instalments": rows,
        "repayments": [{"receipt": "r", "paid_on": "2026-11-15", "amount": "530", "principal": 500, "interest": 30}],
        "borrower": {"number": "N-1", "name": "何小雨", "phone": "19933334444"},
    }  # fmt: skip
    send(client, {"id": "l-1", "kind": "loan", "data": data})
    process_due(now=NOW)
    loan = Loan.objects.get(ref="W-1")
    assert (loan.borrower.name, loan.head.outstanding_fen, loan.mirror.version) == ("何小雨", 530_00, 1)
    assert loan.creditor == "青禾消费金融"


def test_nothing_of_a_body_is_logged_or_readable_in_the_database(
    client: Client, hook: Source, wang: Borrower, caplog: pytest.LogCaptureFixture
) -> None:
    from django.db import connection

    caplog.set_level(logging.DEBUG)
    body = {"id": "p", "kind": "contact_point", "data": {"borrower_no": wang.number, "kind": "phone", "value": "x"}}
    body["data"]["value"] = "1995556SECRET"  # type: ignore[index]
    send(client, body)
    process_due(now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM connectors_inboxevent t")
        rows = str(cursor.fetchall())
    assert InboxEvent.objects.get().error_code == "not_a_phone"
    assert "1995556SECRET" not in rows + caplog.text


def test_a_paused_link_receives_and_books_later(client: Client, hook: Source, wang: Borrower) -> None:
    set_paused(code="bank", paused=True, actor="staff:1", now=NOW)
    assert send(client, paid(wang.loans.get())).status_code == 202
    assert process_due(now=NOW) == 0
    set_paused(code="bank", paused=False, actor="staff:1", now=NOW)
    assert process_due(now=NOW) == 1


def test_a_person_takes_a_dead_letter_and_closes_it_with_a_reason(
    client: Client, hook: Source, wang: Borrower, lin: object
) -> None:
    send(client, paid(wang.loans.get(), amount="0"))
    process_due(now=NOW)
    event = InboxEvent.objects.get()
    take(event_id=event.pk, member_id=lin.pk, actor="staff:1", now=NOW)  # type: ignore[attr-defined]
    with pytest.raises(InputError):
        dismiss(event_id=event.pk, note=" ", actor="staff:1", now=NOW)
    dismiss(event_id=event.pk, note="核心已重发", actor="staff:1", now=NOW)
    event.refresh_from_db()
    assert (event.state, event.note, event.owner_id) == ("dismissed", "核心已重发", lin.pk)  # type: ignore[attr-defined]
    with pytest.raises(CommandRefused):
        replay(event_id=event.pk, actor="staff:1", now=NOW)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"kind": "fax"}, "kind"), ({"mode": "x"}, "mode"), ({"secret": ""}, "secret"), ({"secret": "short"}, "secret")],
)
def test_a_link_that_could_not_work_is_not_set_up(db: None, change: dict[str, str], field: str) -> None:
    told = {"code": "c", "name": "n", "kind": "webhook", "mode": "feed", "secret": KEY, **change}
    with pytest.raises(InputError) as refused:
        open_source(actor="test", now=NOW, **told)  # type: ignore[arg-type]
    assert refused.value.field == field
