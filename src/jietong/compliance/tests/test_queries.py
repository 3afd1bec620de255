"""The desk's tiles: every channel at once, with counters and the rule behind a no."""

from dataclasses import replace

from jietong.compliance.queries import current_pack, tiles
from jietong.compliance.rules.refusals import Refusal
from jietong.compliance.tests.cast import attempt, entries


def test_each_channel_has_its_tile_with_the_count_or_the_reason():
    history = entries("2026-11-24 09:00", "2026-11-24 09:10", "2026-11-24 09:20", outcome="conversation")
    board = {
        tile.channel: tile for tile in tiles(attempt("2026-11-24 12:00", history=history, policy=True), current_pack())
    }
    assert board["voice"].decision.refusal is Refusal.CONVERSATION_CAP
    assert board["voice"].rule is current_pack().rules["cn.freq.effective_calls_day"]
    assert board["sms"].decision.allowed
    assert {each.rule: (each.used, each.limit) for each in board["sms"].counts} == {
        "cn.freq.messages_day": (0, 1),
        "cn.freq.all_touch_week": (3, 10),
    }
    assert board["sms"].rule is None


def test_tiles_of_unusable_facts_are_all_closed():
    board = tiles(replace(attempt(), time_zone="Mars/Olympus"), current_pack())
    assert {tile.decision.refusal for tile in board} == {Refusal.RULES_NOT_EVALUABLE}
    assert not any(tile.counts for tile in board)
