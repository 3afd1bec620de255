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
        "runs": queries.runs(),
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
