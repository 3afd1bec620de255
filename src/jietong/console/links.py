"""What the console's page of links says: each link, its inbox, what waits for a person, and core against book."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from jietong.connectors import labels, queries
from jietong.connectors.labels import named
from jietong.console.floor import day_span
from jietong.kernel.money import show_yuan
from jietong.staff import queries as staff
from jietong.ui.components import Freshness

LETTERS_SHOWN = 60
DIFFERENCES_SHOWN = 300
STATES = {"up": "ok", "stale": "stale", "down": "down"}


def seen_at(now: datetime) -> dict[str, Any]:
    """The context of console/links.html."""
    day, start, _end = day_span(now)
    links = [_link(one) for one in queries.links(now=now, day_start=start)]
    letters = queries.dead_letters(limit=LETTERS_SHOWN)
    dead = sum(one["dead"] for one in links)
    return {
        "now": now,
        "day": day,
        "links": links,
        "down": [one for one in links if one["state"] == "down" and not one["link"].source.paused],
        "dead": dead,
        "letters": [_letter(one) for one in letters],
        "more": dead - len(letters),
        "groups": [_group(one) for one in queries.dead_by_reason()],
        "kinds": _kinds(queries.dead_by_reason()),
        "replays": [replayed(one) for one in queries.replayed()],
        "runs": queries.runs(),
        "differing": queries.discrepancy_counts(),
    }


def _link(one: queries.Link) -> dict[str, Any]:
    source, fresh = one.source, one.fresh
    shown = Freshness(as_of_at=fresh.as_of_at, state=STATES[fresh.state]) if fresh.as_of_at else None  # type: ignore[arg-type]
    return {
        "link": one,
        "state": fresh.state,
        "kind": named(labels.KINDS, source.kind),
        "mode": named(labels.MODES, source.mode),
        "fresh": shown,
        "error": named(labels.LINK_ERRORS, source.error_code) if source.error_code else "",
        "waiting": one.counts.get("waiting", 0),
        "dead": one.counts.get("dead", 0),
        "booked": one.booked_today,
        "suspended": one.counts.get("suspended", 0),
    }


def _letter(one: Any) -> dict[str, Any]:
    return {
        "event": one,
        "kind": named(labels.EVENTS, one.kind),
        "why": named(labels.ERRORS, one.error_code),
        "can_replay": one.error_code != "id_reused" and one.kind != "file_row",
    }


def _group(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": one["source__code"],
        "source_name": one["source__name"],
        "kind": one["kind"],
        "kind_name": named(labels.EVENTS, one["kind"]),
        "code": one["error_code"],
        "why": named(labels.ERRORS, one["error_code"]),
        "n": one["n"],
        "can_replay": one["error_code"] != "id_reused" and one["kind"] != "file_row",
    }


def _kinds(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Link and kind with more than one reason: all of them can be tried again together."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in groups:
        if one["error_code"] == "id_reused" or one["kind"] == "file_row":
            continue
        key = (one["source__code"], one["kind"])
        row = found.setdefault(
            key, {"source": key[0], "source_name": one["source__name"], "kind": key[1], "n": 0, "reasons": 0}
        )
        row["kind_name"], row["n"], row["reasons"] = (
            named(labels.EVENTS, key[1]),
            row["n"] + one["n"],
            row["reasons"] + 1,
        )
    return [row for row in found.values() if row["reasons"] > 1]


def replayed(one: queries.Replayed) -> dict[str, Any]:
    """What a replay did, in words; open: some of it is not settled yet."""
    told, parts = one.by_state, []
    for state, words in labels.REPLAYED.items():
        if told.get(state):
            parts.append(str(words) % {"n": told[state]})
    gone = one.replay.count - sum(told.values())
    if gone > 0:
        parts.append(_("%(n)d 条后来又重放过") % {"n": gone})
    reasons = [f"{named(labels.ERRORS, code)} {n}" for code, n in one.reasons.items()]
    words = _("重放 %(n)d 条：%(did)s") % {"n": one.replay.count, "did": _("，").join(parts)}
    if reasons:
        words += _("（%(reasons)s）") % {"reasons": _("，").join(reasons)}
    return {
        "replay": one.replay,
        "what": named(labels.EVENTS, one.replay.kind),
        "why": named(labels.ERRORS, one.replay.error_code) if one.replay.error_code else _("各种原因"),
        "words": words,
        "by": _who(one.replay.asked_by),
        "open": bool(told.get("waiting") or told.get("dead")),
    }


def differences_at(now: datetime) -> dict[str, Any]:
    """The context of console/link_differences.html."""
    counts = queries.discrepancy_counts()
    lists = {state: queries.discrepancies(state=state, limit=DIFFERENCES_SHOWN) for state in ("open", "explained")}
    return {
        "now": now,
        "open": [_difference(one) for one in lists["open"]],
        "explained": [_difference(one) for one in lists["explained"]],
        "gone": [_difference(one) for one in queries.discrepancies(state="gone", limit=40)],
        "counts": counts,
        "more": counts.get("open", 0) - len(lists["open"]),
    }


def _difference(one: Any) -> dict[str, Any]:
    return {"row": one, "what": named(labels.DIFFERENCES, one.code), "by": _who(one.explained_by) if one.reason else ""}


def run_page(run_id: int, now: datetime) -> dict[str, Any] | None:
    """One comparison: both sides' counts and sums, and each difference; None when there is no such run."""
    run = queries.run(run_id)
    if run is None:
        return None
    rows = [
        {
            "label": named(labels.TOTALS, name),
            "core": _figure(name, run.core.get(name, 0)),
            "book": _figure(name, run.book.get(name, 0)),
            "gap": _figure(name, run.core.get(name, 0) - run.book.get(name, 0)),
            "same": run.core.get(name, 0) == run.book.get(name, 0),
        }
        for name in labels.TOTALS
    ]
    found = queries.differences(run.pk, limit=DIFFERENCES_SHOWN)
    groups: dict[str, list[Any]] = {}
    for one in found:
        groups.setdefault(one.code, []).append(one)
    return {
        "now": now,
        "run": run,
        "by": _who(run.started_by),
        "rows": rows,
        "groups": [(named(labels.DIFFERENCES, code), ones) for code, ones in groups.items()],
        "more": run.differences_count - len(found),
        "others": [one for one in queries.runs_of_day(run.source_id, run.on) if one.pk != run.pk][:10],
    }


def _who(actor: str) -> str:
    kind, _colon, key = actor.partition(":")
    names = {str(one.pk): one.name for one in staff.members()} if kind == "staff" else {}
    return names.get(key) or (_("命令行") if kind == "operator" else _("系统"))


def _figure(name: str, value: int) -> str:
    return show_yuan(value) if name.endswith("_fen") else f"{value:,}"
