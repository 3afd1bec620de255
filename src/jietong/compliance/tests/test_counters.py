"""Three counters that differ, several windows at once, summed over lender and agencies."""

from jietong.compliance.rules.decision import counts, decide_all
from jietong.compliance.rules.refusals import Refusal
from jietong.compliance.tests.cast import NEW_YORK, america, attempt, china, entries, wall
from jietong.packs.queries import pack

DAY = "2026-11-24"


def test_six_dials_are_the_days_measure():
    assert china(attempt(f"{DAY} 12:00", history=entries(*[f"{DAY} 09:0{n}" for n in range(5)]))).allowed
    sixth = china(attempt(f"{DAY} 12:00", history=entries(*[f"{DAY} 09:0{n}" for n in range(6)])))
    assert (sixth.refusal, sixth.used, sixth.limit) == (Refusal.DIAL_CAP, 6, 6)
    assert sixth.retry_at == wall("2026-11-25 08:00")


def test_a_fourth_conversation_is_refused_whoever_had_the_others():
    ours = entries(f"{DAY} 09:00", outcome="conversation")
    theirs = entries(f"{DAY} 09:30", f"{DAY} 10:00", outcome="conversation", by="agency-7")
    assert china(attempt(f"{DAY} 12:00", history=theirs)).allowed
    assert china(attempt(f"{DAY} 12:00", history=ours + theirs)).refusal is Refusal.CONVERSATION_CAP


def test_a_conversation_counts_as_connected_too():
    history = entries(f"{DAY} 09:00", outcome="conversation") + entries(f"{DAY} 09:30", outcome="connected")
    assert china(attempt(f"{DAY} 12:00", history=history)).allowed
    refused = china(attempt(f"{DAY} 12:00", history=history + entries(f"{DAY} 10:00", outcome="connected")))
    assert (refused.refusal, refused.rule) == (Refusal.CONNECTED_CAP, "cn.freq.informational_voice_day")


def test_a_conversation_counts_as_a_dial_too():
    history = entries(f"{DAY} 09:00", f"{DAY} 09:10", outcome="conversation") + entries(
        *[f"{DAY} 09:3{n}" for n in range(4)]
    )
    assert china(attempt(f"{DAY} 12:00", history=history)).refusal is Refusal.DIAL_CAP


def test_dials_are_counted_for_each_number():
    to_a = entries(*[f"{DAY} 09:0{n}" for n in range(5)], contact_point="A")
    to_b = entries(*[f"{DAY} 10:0{n}" for n in range(5)], contact_point="B")
    assert china(attempt(f"{DAY} 12:00", history=to_a + to_b, contact_point="A")).allowed
    sixth = entries(f"{DAY} 11:00", contact_point="A")
    assert china(attempt(f"{DAY} 12:00", history=to_a + to_b + sixth, contact_point="B")).allowed
    assert not china(attempt(f"{DAY} 12:00", history=to_a + to_b + sixth, contact_point="A")).allowed
    assert not china(attempt(f"{DAY} 12:00", history=to_a + to_b + sixth)).allowed
    unknown = entries(f"{DAY} 11:00")
    assert not china(attempt(f"{DAY} 12:00", history=to_a + to_b + unknown, contact_point="B")).allowed


def test_yesterday_and_what_came_in_do_not_count():
    yesterday = entries(*["2026-11-23 21:59"] * 6)
    inbound = entries(*[f"{DAY} 09:00"] * 6, outcome="conversation", inbound=True)
    served = entries(*[f"{DAY} 09:00"] * 6, outcome="conversation", purpose="service")
    assert china(attempt(f"{DAY} 12:00", history=yesterday + inbound + served)).allowed


def test_the_day_is_the_borrowers():
    # 00:30 in Shanghai is still yesterday in Urumqi's neighbour Almaty, which is three hours behind.
    history = entries(*[f"{DAY} 00:30"] * 6)
    assert not china(attempt(f"{DAY} 12:00", history=history)).allowed
    assert china(attempt(f"{DAY} 12:00", zone="Asia/Almaty", history=history)).allowed


def test_calls_do_not_close_messages():
    tiles = decide_all(attempt(f"{DAY} 12:00", history=entries(*[f"{DAY} 09:00"] * 6)), pack("cn"))
    assert list(tiles) == ["voice", "sms", "email", "app", "wechat", "letter", "visit"]
    assert [channel for channel, decision in tiles.items() if not decision.allowed] == ["voice"]


def test_a_tile_shows_the_counter_with_the_least_room():
    history = entries(f"{DAY} 09:00", f"{DAY} 09:10", outcome="conversation")
    allowed = china(attempt(f"{DAY} 12:00", history=history))
    assert (allowed.used, allowed.limit) == (2, 3)
    listed = {
        each.rule: (each.used, each.limit, each.days)
        for each in counts(attempt(f"{DAY} 12:00", history=history), pack("cn"))
    }
    assert listed == {
        "cn.freq.effective_calls_day": (2, 3, 1),
        "cn.freq.informational_voice_day": (2, 3, 1),
        "cn.freq.unanswered_dials_day": (2, 6, 1),
    }


def test_one_message_per_channel_and_day_is_our_habit():
    sent = entries(f"{DAY} 09:00", channel="sms", outcome="sent")
    assert china(attempt(f"{DAY} 12:00", channel="sms", history=sent)).allowed
    assert china(attempt(f"{DAY} 12:00", channel="sms", history=sent, policy=True)).refusal is Refusal.MESSAGE_CAP
    assert china(attempt(f"{DAY} 12:00", channel="app", history=sent, policy=True)).allowed


def test_ten_touches_in_seven_days_are_our_habit():
    touches = entries(
        "2026-11-17 10:00", *[f"2026-11-{day} 10:00" for day in range(18, 24)] * 2, channel="letter", outcome="sent"
    )
    full = china(attempt(f"{DAY} 12:00", channel="email", history=touches, policy=True))
    assert (full.refusal, full.used, full.limit) == (Refusal.WEEKLY_TOUCH_CAP, 12, 10)
    # On the 26th two each of the 18th and 19th have left the window of seven days; eight remain.
    assert full.retry_at == wall("2026-11-26 08:00")


def test_seven_calls_in_seven_consecutive_days():
    calls = entries(*[f"2026-11-{day:02} 15:00" for day in range(10, 16)], zone=NEW_YORK)
    assert america(attempt("2026-11-16 10:00", zone=NEW_YORK, history=calls)).allowed
    calls += entries("2026-11-16 09:00", zone=NEW_YORK)
    refused = america(attempt("2026-11-16 10:00", zone=NEW_YORK, history=calls))
    assert (refused.refusal, refused.rule, refused.used) == (Refusal.WEEKLY_DIAL_CAP, "us.freq.7in7_calls", 7)
    assert refused.retry_at == wall("2026-11-17 08:00", NEW_YORK)


def test_the_day_of_the_conversation_is_the_first_of_seven():
    talked = entries("2026-11-10 20:00", zone=NEW_YORK, outcome="conversation")
    seventh = america(attempt("2026-11-16 20:59", zone=NEW_YORK, history=talked))
    assert (seventh.refusal, seventh.retry_at) == (Refusal.AFTER_CONVERSATION, wall("2026-11-17 08:00", NEW_YORK))
    assert america(attempt("2026-11-17 08:00", zone=NEW_YORK, history=talked)).allowed
    assert america(attempt("2026-11-11 12:00", zone=NEW_YORK, channel="sms", history=talked)).allowed


def test_the_consumers_own_call_starts_the_seven_days_but_is_no_call_placed():
    own = entries("2026-11-10 12:00", zone=NEW_YORK, outcome="conversation", inbound=True)
    assert america(attempt("2026-11-12 12:00", zone=NEW_YORK, history=own)).refusal is Refusal.AFTER_CONVERSATION
    rang = entries(*["2026-11-10 12:00"] * 9, zone=NEW_YORK, outcome="connected", inbound=True)
    assert america(attempt("2026-11-12 12:00", zone=NEW_YORK, history=rang)).allowed
