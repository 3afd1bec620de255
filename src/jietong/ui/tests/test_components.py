from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from jietong.ui import components as c
from jietong.ui import drawing, samples

NOW = datetime(2026, 11, 19, 1, 41, tzinfo=UTC)


def render(source, **context):
    return Template("{% load ui %}" + source).render(Context({"now": NOW, "zone": "Asia/Shanghai", **context}))


def promise(**changes):
    fields = {
        "owner_name": "王专员 0372", "owner_role": "贷后二组", "next_step": "打给您", "takeover": "主管李敏",
        "reply_by_at": NOW + timedelta(minutes=19),
    }  # fmt: skip
    return c.Promise(**(fields | changes))


def test_a_figure_whose_parts_do_not_add_up_cannot_exist():
    with pytest.raises(ValueError, match="do not add up"):
        c.Figure(title="应还", amount_fen=1000, as_of_at=NOW, parts=(c.FigurePart("本金", 999),))


def test_a_promise_needs_a_zone_and_a_whole_band():
    with pytest.raises(ValueError, match="zone"):
        promise(reply_by_at=datetime(2026, 11, 19, 2, 0))  # noqa: DTZ001
    with pytest.raises(ValueError, match="band"):
        promise(estimate_low_at=NOW)


@given(
    st.integers(min_value=1, max_value=3000),
    st.integers(min_value=0, max_value=4000),
    st.integers(min_value=0, max_value=4000),
)
def test_the_band_stays_on_the_axis(latest, low, more):
    told = promise(
        reply_by_at=NOW + timedelta(minutes=latest),
        estimate_low_at=NOW + timedelta(minutes=low),
        estimate_high_at=NOW + timedelta(minutes=low + more),
    )
    axis = c.wait_axis(told, NOW)
    assert axis.start >= 0
    assert axis.width >= 8
    assert axis.start + axis.width <= 100


def test_the_band_of_the_sketch_lies_where_the_sketch_has_it():
    told = promise(estimate_low_at=NOW + timedelta(minutes=6), estimate_high_at=NOW + timedelta(minutes=10))
    assert c.wait_axis(told, NOW) == c.WaitAxis(start=32, width=21)


@pytest.mark.parametrize("form", ["compact", "line", "card", "full"])
def test_every_form_of_the_promise_names_owner_and_time(form):
    page = render("{% promise_strip told form %}", told=promise(), form=form)
    assert "王专员 0372" in page
    assert "10:00" in page


@pytest.mark.parametrize("form", ["compact", "card", "full"])
def test_the_promise_says_what_happens_next(form):
    assert "打给您" in render("{% promise_strip told form %}", told=promise(), form=form)


def test_the_borrower_reads_that_it_only_moves_earlier_and_who_takes_over():
    page = render('{% promise_strip told "full" %}', told=promise())
    assert "只会提前，不会推后。过了 10:00 没答复，主管李敏接手，并发短信给您。" in page


@pytest.mark.parametrize("form", ["compact", "card", "full"])
def test_a_missed_promise_is_owned_up_to_even_if_nobody_marked_it(form):
    page = render("{% promise_strip told form %}", told=promise(reply_by_at=NOW - timedelta(minutes=1)), form=form)
    assert "接手" in page
    assert "只会提前" not in page


def test_a_dict_of_the_same_fields_will_do():
    told = {
        "owner_name": "贷后二组",
        "owner_role": "",
        "reply_by_at": NOW + timedelta(hours=1),
        "next_step": "派给专员",
    }
    assert "贷后二组" in render("{% promise_strip told %}", told=told)


def test_what_a_person_wrote_is_never_markup():
    page = render("{% chat_bubble m %}", m=c.ChatMessage(body="<script>x</script>", at=NOW))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_factors_add_up_to_the_score_in_their_heading():
    page = render("{% factor_bars factors %}", factors=samples.offer(NOW).factors)
    assert "<b>86</b>" in page  # 35 + 22 + 16 + 13, as on the sketch


def test_allowed_ways_come_first_and_refused_ones_carry_their_reason():
    page = render('{% contact_rule_tiles rules "cn 2026-09" now %}', rules=samples.rules())
    assert page.index("way-yes") < page.index("way-no")
    assert page.rindex("way-yes") < page.index("way-no")
    assert "今日已发 1/1" in page
    assert "明天 09:00 起可" in page


@pytest.mark.parametrize(
    ("dpd", "bucket", "low", "high"),
    [(0, "M0", 0, 25), (1, "M1", 25, 50), (30, "M1", 25, 50), (31, "M2", 25, 50), (200, "M7", 25, 50)],
)
def test_the_mark_on_the_ladder_stands_inside_its_bucket(dpd, bucket, low, high):
    steps, at = drawing.ladder_steps(dpd)
    assert [step["name"] for step in steps if step["on"]] == [bucket]
    assert low < at < high


def test_instalment_bars_start_at_zero_and_keep_proportion():
    bars = drawing.instalment_bars(samples.instalments())
    assert {bar["y"] + bar["h"] for bar in bars} == {44}
    overdue = next(bar for bar in bars if bar["state"] == "overdue")
    assert overdue["low"] / overdue["h"] == pytest.approx(30000 / 115685, abs=0.01)


@pytest.mark.parametrize(("fen", "shown"), [(123456, "¥1,234.56"), (0, "¥0.00"), (-5, "-¥0.05"), (None, "—")])
def test_money_is_shown_to_the_fen_and_the_unknown_is_not_zero(fen, shown):
    assert render("{{ fen|yuan }}", fen=fen) == shown


def test_a_refusal_is_as_visible_on_the_lanes_as_an_attempt():
    told = samples.lanes(NOW)
    page = render("{% lanes told %}", told=told)
    assert page.count('class="ln-no"') == 3
    assert page.count('class="ln-out"') == 8
    assert "10-23 起逾期" in page  # 27 days before 19 November


def test_what_lies_outside_the_thirty_days_is_not_drawn_inside_them():
    told = samples.lanes(NOW)
    lane = c.Lane(label="来询", shape="dot", at=(NOW - timedelta(days=40), NOW - timedelta(days=15), NOW))
    assert drawing.lane_marks(lane, told) == [50.0, 100.0]


def test_a_very_long_message_is_folded_and_whole():
    from jietong.ui.templatetags.folding import is_long

    assert not is_long("一句话")
    assert not is_long("\n".join(["短"] * 10))
    assert is_long("\n".join(["短"] * 11))
    long = "还" * 300
    assert is_long(long)
    for told in (
        render("{% chat_bubble m %}", m=c.ChatMessage(body=long, at=NOW)),
        render(
            "{% timeline_entry e 'borrower' %}", e=c.TimelineEntry(at=NOW, icon="message", title="您说", detail=long)
        ),
    ):
        assert '<details class="folded">' in told
        assert told.count(long) == 2  # its head, and all of it
    short = render("{% chat_bubble m %}", m=c.ChatMessage(body="一句话", at=NOW))
    assert "<details" not in short


def test_a_time_of_ones_own_choice_is_not_said_to_come_earlier():
    assert "只会提前，不会推后" in render("{% promise_strip p 'full' %}", p=promise())
    chosen = render("{% promise_strip p 'full' %}", p=promise(state="callback"))
    assert "只会提前" not in chosen
    assert "这是您选的时间" in chosen
