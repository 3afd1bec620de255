"""Nothing leaves without the rules' yes; a no is named and kept; a message leaves at most once."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from django.db import connection, transaction

from jietong.borrowers.models import Borrower, Circumstance, ContactPoint
from jietong.config.supervisor_steps import free_port
from jietong.contacts import commands
from jietong.contacts.commands.attempts import Plan
from jietong.contacts.models import Attempt, Decision, DemoMessage
from jietong.kernel.models import Event
from jietong.simulator.tests.cast import NOW, make_borrower, make_loan, make_team

NIGHT = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)  # 22:30 in Shanghai


def planned(
    who: Borrower, key: str, *, at: datetime = NOW, channel: str = "sms", purpose: str = "collection", days: int = 1
):
    return Plan(
        key=key,
        borrower_id=who.pk,
        channel=channel,
        purpose=purpose,
        template="past_due_1",
        not_before=at,
        expires_at=at + timedelta(days=days),
    )


@pytest.mark.django_db
def test_at_night_it_waits_for_the_morning_with_the_reason_named(wang: Borrower) -> None:
    commands.plan(planned(wang, "k", at=NIGHT), now=NIGHT)
    commands.release_due(now=NIGHT)
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.refusal, attempt.rule) == ("planned", "quiet_hours", "cn.hours.quiet")
    assert attempt.not_before == datetime(2026, 11, 25, 0, 0, tzinfo=UTC)  # 08:00
    decision = Decision.objects.get()
    assert (decision.allowed, decision.refusal) == (False, "quiet_hours")
    assert decision.pack.startswith("cn ")
    commands.release_due(now=attempt.not_before)
    attempt.refresh_from_db()
    assert attempt.state == "sending"
    assert Decision.objects.filter(allowed=True).count() == 1


@pytest.mark.django_db
def test_a_refusal_that_outlasts_the_plan_is_final_and_journalled(wang: Borrower) -> None:
    Circumstance.objects.create(borrower=wang, kind="deceased", source="family", since=NOW)
    commands.plan(planned(wang, "k"), now=NOW)
    commands.release_due(now=NOW)
    assert Attempt.objects.values_list("state", "refusal").get() == ("refused", "deceased")
    assert Event.objects.filter(kind="contacts.attempt_refused", data__refusal="deceased").exists()


@pytest.mark.django_db
def test_one_message_a_day_and_channel(wang: Borrower) -> None:
    commands.plan_many([planned(wang, "a"), planned(wang, "b")], now=NOW)
    commands.release_due(now=NOW)
    assert sorted(Attempt.objects.values_list("state", flat=True)) == ["planned", "sending"]
    assert Attempt.objects.get(state="planned").rule == "cn.freq.messages_day"


@pytest.mark.django_db
def test_what_the_borrower_asked_for_goes_at_any_hour(wang: Borrower) -> None:
    commands.plan(planned(wang, "code", at=NIGHT, purpose="service"), now=NIGHT)
    commands.release_due(now=NIGHT)
    assert Attempt.objects.get().state == "sending"


@pytest.mark.django_db
def test_what_a_borrower_waits_for_leaves_before_reminders_that_were_due_earlier(wang: Borrower) -> None:
    others = [make_borrower(f"借款人{n}") for n in range(3)]
    commands.plan_many([planned(who, f"r{who.pk}", at=NOW - timedelta(hours=1)) for who in others], now=NOW)
    commands.plan(planned(wang, "code", purpose="service"), now=NOW)
    commands.release_due(now=NOW, limit=2)
    assert Attempt.objects.get(key="code").state == "sending"
    assert Attempt.objects.exclude(state="planned").count() == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'attempt_id', priority FROM procrastinate_jobs WHERE task_name LIKE '%send%'")
        ranked = {int(key): priority for key, priority in cursor.fetchall()}
    assert ranked[Attempt.objects.get(key="code").pk] == max(ranked.values()) > min(ranked.values())


@pytest.mark.django_db
def test_an_unknown_circumstance_means_no(wang: Borrower) -> None:
    Circumstance.objects.create(borrower=wang, kind="something_new", source="import", since=NOW)
    commands.plan(planned(wang, "k"), now=NOW)
    commands.release_due(now=NOW)
    assert Attempt.objects.get().refusal == "rules_not_evaluable"


@pytest.mark.django_db
def test_a_masked_number_is_never_written_to(wang: Borrower) -> None:
    ContactPoint.objects.filter(borrower=wang, kind="phone").update(is_dialable=False, value=None)
    commands.plan(planned(wang, "k"), now=NOW)
    commands.release_due(now=NOW)
    assert Attempt.objects.get().refusal == "no_way_to_reach"


@pytest.mark.django_db
def test_the_same_key_is_planned_once(wang: Borrower) -> None:
    for _ in range(3):
        commands.plan(planned(wang, "same"), now=NOW)
    assert Attempt.objects.count() == 1


@pytest.mark.django_db
def test_a_message_arrives_once_however_often_the_job_runs(wang: Borrower) -> None:
    commands.plan(planned(wang, "k"), now=NOW)
    commands.release_due(now=NOW)
    attempt = Attempt.objects.get()
    for _ in range(3):
        commands.send_attempt(attempt_id=attempt.pk, now=NOW)
    attempt.refresh_from_db()
    assert attempt.state == "sent"
    assert DemoMessage.objects.count() == 1
    assert "¥" not in DemoMessage.objects.get().body


@pytest.mark.django_db
def test_a_claimed_message_whose_sender_died_is_given_up_not_repeated(wang: Borrower) -> None:
    commands.plan(planned(wang, "k"), now=NOW)
    commands.release_due(now=NOW)
    Attempt.objects.update(provider_ref="jt-claimed-by-the-dead")
    later = NOW + timedelta(minutes=6)
    commands.sweep_unsent(now=later)
    commands.send_attempt(attempt_id=Attempt.objects.get().pk, now=later)
    assert Attempt.objects.values_list("state", "error").get() == ("failed", "unknown_whether_sent")
    assert DemoMessage.objects.count() == 0


@pytest.mark.django_db
def test_a_mail_goes_through_a_real_smtp_server(wang: Borrower, settings) -> None:
    got: list[bytes] = []

    class Inbox:
        async def handle_DATA(self, server, session, envelope) -> str:
            got.append(envelope.content)
            return "250 kept"

    port = free_port("127.0.0.1", 9600 + os.getpid() % 300)
    controller = Controller(Inbox(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        commands.plan(planned(wang, "k", channel="email"), now=NOW)
        Attempt.objects.update(template="past_due_2")
        commands.release_due(now=NOW)
        commands.send_attempt(attempt_id=Attempt.objects.get().pk, now=NOW)
    finally:
        controller.stop()
    sent = Attempt.objects.get()
    mail = message_from_bytes(got[0], policy=policy.default)
    assert sent.state == "sent"
    assert mail["Message-ID"].startswith(f"<{sent.provider_ref}@")
    assert mail["To"] == ContactPoint.objects.get(borrower=wang, kind="email").value
    assert "我有困难" in mail.get_content()
    assert wang.name not in mail.get_content()


@pytest.mark.django_db
def test_a_dead_smtp_server_is_a_named_failure(wang: Borrower, settings) -> None:
    settings.EMAIL_PORT = 1
    commands.plan(planned(wang, "k", channel="email"), now=NOW)
    Attempt.objects.update(template="past_due_2")
    commands.release_due(now=NOW)
    commands.send_attempt(attempt_id=Attempt.objects.get().pk, now=NOW)
    failed = Attempt.objects.get()
    assert failed.state == "failed"
    assert "SMTP server" in failed.error


@pytest.mark.django_db
def test_a_late_job_does_not_send_on_an_old_yes(wang: Borrower) -> None:
    evening = datetime(2026, 11, 24, 13, 59, tzinfo=UTC)  # 21:59 in Shanghai
    commands.plan(planned(wang, "k", at=evening), now=evening)
    commands.release_due(now=evening)
    late = evening + timedelta(minutes=10)
    commands.send_attempt(attempt_id=Attempt.objects.get().pk, now=late)
    assert DemoMessage.objects.count() == 0
    commands.tick(late)
    commands.tick(late + timedelta(seconds=1))
    attempt = Attempt.objects.get()
    assert (attempt.state, attempt.refusal) == ("planned", "quiet_hours")


@pytest.mark.django_db
def test_one_broken_attempt_does_not_hold_up_the_others(wang: Borrower) -> None:
    other = make_borrower("借款人")
    commands.plan_many([planned(wang, "broken"), planned(other, "sound")], now=NOW)
    Attempt.objects.filter(key="broken").update(template="no_such_template")
    commands.release_due(now=NOW)
    assert Attempt.objects.get(key="sound").state == "sending"
    assert Attempt.objects.get(key="broken").state == "failed"
    assert Attempt.objects.get(key="broken").error.startswith("cannot_be_decided")


@pytest.mark.django_db
def test_a_one_time_code_is_kept_nowhere_that_staff_can_read(wang: Borrower) -> None:
    code = Plan(
        key="login",
        borrower_id=wang.pk,
        channel="sms",
        purpose="service",
        template="login_code",
        variables={"code": "135790"},
        not_before=NOW,
        expires_at=NOW + timedelta(minutes=5),
    )
    commands.plan(code, now=NOW)
    commands.release_due(now=NOW)
    commands.send_attempt(attempt_id=Attempt.objects.get().pk, now=NOW)
    assert "135790" in DemoMessage.objects.get().body
    attempt = Attempt.objects.get()
    assert "135790" not in attempt.body + str(attempt.variables)
    assert not any("135790" in entry.text + str(entry.data) for entry in wang.entries.all())


def test_two_workers_together_do_not_exceed_the_cap(committed_db) -> None:
    with transaction.atomic():
        make_team()
        people = [make_borrower(f"借款人{n}") for n in range(6)]
        for who in people:
            make_loan(who, paid=4)
        for who in people:
            commands.plan_many([planned(who, f"{who.pk}:{n}") for n in range(5)], now=NOW)
    start = threading.Barrier(4)

    def worker() -> None:
        start.wait(10)
        for _ in range(6):
            commands.release_due(now=NOW)
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for who in people:
        assert Attempt.objects.filter(borrower=who, state="sending").count() == 1
    assert Decision.objects.filter(allowed=True).count() == len(people)
