"""The packs that ship, and the packs that must not load."""

import shutil
import subprocess
import sys
from datetime import date

import pytest

from jietong.kernel.errors import InputError
from jietong.packs import queries
from jietong.packs.queries import differences, load, names, pack, versions

GOOD = """
name = "xx"
version = "2026-01-01"
title = "Example"
time_zone = "Asia/Shanghai"

[sources.LAW]
title = "A law"
address = "https://law.example/1"

[[rules]]
id = "xx.class"
kind = "classification"
sources = ["LAW"]
strength = "hard"
verified = true
verified_level = "primary_text"
note = ""
absent = ["cap"]
[rules.value]
late = [1, 90]
loss = [91]

[[rules]]
id = "xx.habit"
kind = "prohibited_conduct"
sources = []
strength = "policy_default"
verified = false
verified_level = "none"
note = "our choice"
value = ["shouting"]
"""


def write(folder, text, *, name="xx", version="2026-01-01"):
    path = folder / name / f"{version}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_both_packs_ship_and_load():
    assert names() == ["cn", "us"]
    assert pack("cn").time_zone == "Asia/Shanghai"
    assert pack("us").time_zone == "", "American law needs the consumer's own location"


def test_a_pack_is_read_once():
    assert pack("cn") is pack("cn", on=date(2030, 1, 1))


def test_five_classes_by_days_past_due():
    # Rules on risk classification of 2023 (loans), art 92 of the credit card rules (cards).
    loan, card = (pack("cn").rules[f"cn.class.{profile}"].value for profile in ("loan", "card"))
    classes = ["normal", "special_mention", "substandard", "doubtful", "loss"]
    assert [loan[each] for each in classes] == [[0, 0], [1, 90], [91, 270], [271, 360], [361, None]]
    assert [card[each] for each in classes] == [[0, 0], [1, 90], [91, 120], [121, 180], [181, None]]


def test_published_figures_stand_in_the_packs():
    cn, us = pack("cn").rules, pack("us").rules
    assert cn["cn.hours.quiet"].value["deny"] == [["22:00", "08:00"]]
    assert us["us.hours"].value["allow"] == [["08:00", "21:00"]]
    assert cn["cn.price.penalty_uplift"].value["penalty_rate_max_multiple"] == 1.5
    assert cn["cn.price.all_in_cap"].value["annual"] == 0.24
    assert cn["cn.hardship.max_term"].value["max_months"] == 60
    assert [cn[f"cn.complaint.{each}"].value.get("days") for each in ("simple", "complex")] == [15, 30]
    assert cn["cn.complaint.special"].value["max_total_days"] == 60
    assert us["us.price"].value["federal_general_cap"] is None


@pytest.mark.parametrize("name", ["cn", "us"])
def test_nothing_is_verified_without_a_source(name):
    for rule in pack(name).rules.values():
        assert rule.source, rule.id
        assert rule.verified == (rule.verified_level != "none"), rule.id
        assert not rule.verified or rule.sources, rule.id
        assert rule.strength != "policy_default" or not rule.verified, rule.id
        assert rule.verified or rule.note, f"{rule.id}: what is unverified says what it is"


def test_what_is_general_knowledge_stays_marked():
    unverified = ["cn.credit_report_dispute", "cn.alloc.multi_debt", "cn.ret.default", "cn.freq.messages_day"]
    assert not any(pack("cn").rules[each].verified for each in unverified)
    american = ["us.dispute_hold", "us.miranda", "us.complaint.cfpb", "us.class.retail", "us.price", "us.hours.agreed"]
    assert not any(pack("us").rules[each].verified for each in american)


def test_packs_need_no_django():
    code = "import sys; from jietong.packs.queries import pack; pack('cn'); sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_newest_version_not_after_the_day_is_in_force(tmp_path, monkeypatch):
    write(tmp_path, GOOD)
    changed = GOOD.replace("2026-01-01", "2026-06-01").replace("[1, 90]", "[1, 60]")
    write(tmp_path, changed, version="2026-06-01")
    monkeypatch.setattr(queries, "DATA", tmp_path)
    assert versions("xx") == [date(2026, 1, 1), date(2026, 6, 1)]
    assert pack("xx", on=date(2026, 5, 31)).version == "2026-01-01"
    assert pack("xx", on=date(2026, 6, 1)).version == "2026-06-01"
    assert pack("xx").version == "2026-06-01"
    with pytest.raises(InputError) as refused:
        pack("xx", on=date(2025, 12, 31))
    assert refused.value.code == "not_yet_in_force"
    changes = differences(pack("xx", on=date(2026, 1, 1)), pack("xx"))
    assert [(key, old.value["late"], new.value["late"]) for key, (old, new) in changes.items()] == [
        ("xx.class", [1, 90], [1, 60])
    ]


@pytest.mark.parametrize("name", ["fr", "", "../packs", "cn/..", None])
def test_an_unknown_pack_is_an_input_error(name):
    with pytest.raises(InputError) as refused:
        pack(name)
    assert refused.value.code == "unknown_pack"


@pytest.mark.parametrize(
    ("old", "new", "field", "code"),
    [
        ('title = "Example"', "title = 3", "xx/2026-01-01.toml.title", "not_text"),
        ('version = "2026-01-01"', 'version = "2026-01-02"', "xx/2026-01-01.toml: version", "not_the_file"),
        ("[sources.LAW]", "[origins.LAW]", "xx/2026-01-01.toml: sources", "not_a_table"),
        ('strength = "hard"', 'strength = "firm"', "xx/2026-01-01.toml: xx.class.strength", "unknown"),
        ('sources = ["LAW"]', 'sources = ["LORE"]', "xx/2026-01-01.toml: xx.class.sources", "unknown_source"),
        ('sources = ["LAW"]', "sources = []", "xx/2026-01-01.toml: xx.class.verified_level", "unproved"),
        (
            'verified_level = "none"',
            'verified_level = "primary_text"',
            "xx/2026-01-01.toml: xx.habit.verified_level",
            "unproved",
        ),
        ("verified = true", 'verified = "yes"', "xx/2026-01-01.toml: xx.class.verified", "not_a_bool"),
        ('id = "xx.habit"', 'id = "xx.class"', "xx/2026-01-01.toml: xx.class.id", "duplicate"),
        ('id = "xx.habit"', 'id = "cn.habit"', "xx/2026-01-01.toml: cn.habit.id", "foreign"),
        ('value = ["shouting"]', "value = 1", "xx/2026-01-01.toml: xx.habit.value", "missing"),
        ('value = ["shouting"]', "", "xx/2026-01-01.toml: xx.habit.value", "missing"),
        ("[[rules]]", "[[rows]]", "xx/2026-01-01.toml: rules", "missing"),
        ('name = "xx"', "name = ", "2026-01-01.toml", "not_toml"),
    ],
)
def test_a_broken_pack_refuses_to_load_and_says_where(tmp_path, old, new, field, code):
    assert load(write(tmp_path, GOOD)).rules["xx.class"].value == {"late": [1, 90], "loss": [91, None], "cap": None}
    with pytest.raises(InputError) as refused:
        load(write(tmp_path, GOOD.replace(old, new)))
    assert (refused.value.field, refused.value.code) == (field, code)


def test_a_file_without_a_date_is_refused(tmp_path, monkeypatch):
    shutil.copy(write(tmp_path, GOOD), tmp_path / "xx" / "latest.toml")
    monkeypatch.setattr(queries, "DATA", tmp_path)
    with pytest.raises(InputError, match="named by the date"):
        versions("xx")
