"""Facts that are allowed as they stand; each test changes the one thing that it is about."""

from datetime import datetime
from zoneinfo import ZoneInfo

from jietong.compliance.rules.decision import decide
from jietong.compliance.rules.facts import Entry, Facts
from jietong.packs.queries import pack

SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"


def wall(text, zone=SHANGHAI):
    """An instant from the borrower's wall clock, e.g. wall("2026-11-24 10:00")."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def attempt(
    at="2026-11-24 10:00", *, zone=SHANGHAI, channel="voice", purpose="collection", party="borrower", flags=(), **more
):
    return Facts(channel, purpose, party, wall(at, zone), zone, flags=frozenset(flags), **more)


def entries(*times, zone=SHANGHAI, channel="voice", outcome="dialled", **more):
    return tuple(Entry(wall(each, zone), channel, outcome, **more) for each in times)


def china(facts):
    return decide(facts, pack("cn"))


def america(facts):
    return decide(facts, pack("us"))
