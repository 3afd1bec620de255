"""`jietong rules contact`: one attempt a line in, the decision out. Thin: it reads facts and asks the pure rule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jietong.compliance.rules.decision import decide, parse_clock
from jietong.compliance.rules.facts import CHANNELS, OUTCOMES, PARTIES, PURPOSES, Entry, Facts, Span, usable, zone_of
from jietong.kernel.errors import InputError
from jietong.kernel.jsonlines import Case, serve
from jietong.packs.queries import Pack, pack

#: What other systems call our channels.
ALIASES = {"voice_bot": "voice", "voice_notice": "voice", "app_push": "app", "push": "app"}


def contact(argv: list[str]) -> int:
    """Serve cases from standard input; takes no arguments. Returns the exit status."""
    if argv:
        raise SystemExit("jietong rules contact reads JSON lines on standard input and takes no arguments")
    return serve(answer)


def answer(case: Case) -> Case:
    """Decide one case of the contract. Raises InputError for a case that makes no sense."""
    chosen = pack(_text(case, "pack", "pack"))
    facts = read(case, chosen)
    decision = decide(facts, chosen)
    if decision.allowed:
        return {"allowed": True}
    zone = zone_of(facts.time_zone)
    retry_at = decision.retry_at.astimezone(zone).isoformat() if decision.retry_at else None
    return {
        "allowed": False,
        "refusal": decision.refusal,
        "rule": decision.rule,
        "source": decision.source,
        "retry_at": retry_at,
    }


def read(case: Case, chosen: Pack) -> Facts:
    """The facts of a case. Absent purpose, party, flags and history read as collection, borrower, none and none."""
    borrower = case.get("borrower")
    if not isinstance(borrower, dict):
        raise InputError("borrower", "missing", "borrower must be an object")
    policy = case.get("policy", False)
    if not isinstance(policy, bool):
        raise InputError("policy", "not_a_bool", "policy is true or false")
    entries = _list(case, "history", "history")
    flags = _list(borrower, "flags", "borrower.flags")
    if not all(isinstance(flag, str) and flag for flag in flags):
        raise InputError("borrower.flags", "not_text", "flags is a list of names")
    return Facts(
        channel=_one_of(_channel(case), CHANNELS, "channel"),
        purpose=_one_of(case.get("purpose", "collection"), PURPOSES, "purpose"),
        party=_one_of(case.get("party", "borrower"), PARTIES, "party"),
        now=_instant(case, "now", "now"),
        time_zone=_zone(borrower, chosen),
        agreed_hours=_spans(borrower, "agreed_hours"),
        inconvenient_hours=_spans(borrower, "inconvenient_hours"),
        flags=frozenset(flags),
        history=tuple(_entry(row, f"history.{place}") for place, row in enumerate(entries)),
        policy=policy,
        contact_point=_optional_text(case, "contact_point", "contact_point"),
    )


def _entry(row: Any, where: str) -> Entry:
    if not isinstance(row, dict):
        raise InputError(where, "not_an_object", "each entry of the history is an object")
    inbound = row.get("inbound", row.get("direction") == "inbound")
    if not isinstance(inbound, bool):
        raise InputError(f"{where}.inbound", "not_a_bool", "inbound is true or false")
    return Entry(
        at=_instant(row, "at", f"{where}.at"),
        channel=_one_of(_channel(row), CHANNELS, f"{where}.channel"),
        outcome=_one_of(row.get("outcome"), OUTCOMES, f"{where}.outcome"),
        by=_optional_text(row, "by", f"{where}.by") or "lender",
        contact_point=_optional_text(row, "contact_point", f"{where}.contact_point"),
        inbound=inbound,
        purpose=_one_of(row.get("purpose", "collection"), PURPOSES, f"{where}.purpose"),
    )


def _zone(borrower: dict[str, Any], chosen: Pack) -> str:
    stated = _optional_text(borrower, "time_zone", "borrower.time_zone") or chosen.time_zone
    if not stated:
        raise InputError("borrower.time_zone", "missing", f"pack {chosen.name!r} needs the borrower's time zone")
    if zone_of(stated) is None:
        raise InputError("borrower.time_zone", "unknown_zone", f"{stated!r} is no IANA time zone")
    return stated


def _spans(borrower: dict[str, Any], field: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    if borrower.get(field) is None:
        return ()
    for place, pair in enumerate(_list(borrower, field, f"borrower.{field}")):
        where = f"borrower.{field}.{place}"
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(each, str) for each in pair):
            raise InputError(where, "not_a_span", 'a span is a pair of times like ["20:00", "22:30"]')
        try:
            span = (parse_clock(pair[0]), parse_clock(pair[1]))
        except ValueError as error:
            raise InputError(where, "not_a_time", str(error)) from error
        if span[0] == span[1] and not pair[1].startswith("24"):
            raise InputError(where, "empty_span", "a span that ends where it begins says nothing")
        spans.append(span)
    return tuple(spans)


def _instant(row: dict[str, Any], field: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(row, field, where))
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(where, "not_an_instant", f"{row[field]!r} is no ISO 8601 date and time") from error
    if moment.tzinfo is None:
        raise InputError(where, "no_offset", "an instant needs its offset, e.g. +08:00")
    if not usable(moment):
        raise InputError(where, "out_of_range", f"{row[field]!r} is not a year we can believe")
    return moment


def _channel(row: dict[str, Any]) -> Any:
    name = row.get("channel")
    return ALIASES.get(name, name) if isinstance(name, str) else name


def _one_of(value: Any, known: tuple[str, ...], where: str) -> str:
    if value is None:
        raise InputError(where, "missing", f"one of {', '.join(known)}")
    if not isinstance(value, str) or value not in known:
        raise InputError(where, "unknown", f"{value!r} is none of {', '.join(known)}")
    return value


def _list(row: dict[str, Any], field: str, where: str) -> list[Any]:
    value = row.get(field, [])
    if not isinstance(value, list):
        raise InputError(where, "not_a_list", f"{field} must be a list")
    return value


def _text(row: dict[str, Any], field: str, where: str) -> str:
    value = row.get(field)
    if value is None:
        raise InputError(where, "missing", f"{field} must be given")
    if not isinstance(value, str):
        raise InputError(where, "not_text", f"{field} must be a text")
    return value


def _optional_text(row: dict[str, Any], field: str, where: str) -> str | None:
    return None if row.get(field) is None else _text(row, field, where)
