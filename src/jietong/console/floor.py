"""What the live board says at one moment. Reads only; every figure is of the day on the lender's own calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as lazy

from jietong.analytics import queries as analytics
from jietong.compliance.labels import refusal_label
from jietong.connectors import queries as connectors
from jietong.console import words
from jietong.contacts import queries_day as contacts
from jietong.kernel import clock
from jietong.routing import queries as routing
from jietong.routing import queries_board
from jietong.routing.rules.urgency import CLASSES
from jietong.ui.components import Freshness, Promise
from jietong.ui.words import left_words
from jietong.workorders import queries as workorders

if TYPE_CHECKING:
    from jietong.contacts.models import Contact, Matter
    from jietong.routing.models import Waiting

ROWS_SHOWN = 40
HOURS_IN_STRIP = 8
FIRST_HOUR, LAST_HOUR = 8, 21  # the chart shows at least these, and more when somebody came outside them
#: Below this share an hour is tinted. It helps the eye to find the hour; it is no target of anybody's.
TINTED_BELOW = 0.8
#: state → (label, css, icon), in the order in which the board shows them
PEOPLE = (
    ("talking", lazy("办理中"), "chat", "message"),
    ("ready", lazy("可接"), "free", "check"),
    ("break", lazy("休息"), "rest", "coffee"),
    ("away", lazy("离开"), "wrap", "pause"),
    ("gone", lazy("未连接"), "gone", "offline"),
)


def day_span(now: datetime) -> tuple[date, datetime, datetime]:
    """Today on the lender's calendar, and the two midnights around it."""
    zone = settings.LENDER_TIME_ZONE
    day = clock.local_date(now, zone)
    start = datetime.combine(day, time(0), ZoneInfo(zone))
    return day, start, datetime.combine(day + timedelta(days=1), time(0), ZoneInfo(zone))


def _broken_link(now: datetime) -> Freshness | None:
    """Only when a core cannot be reached: the board is about people who wait, and says no more than it must."""
    link = connectors.freshness_of_site(now=now)
    if link is None or link.state != "down" or link.as_of_at is None:
        return None
    return Freshness(as_of_at=link.as_of_at, state="down")


def seen_at(now: datetime) -> dict[str, Any]:
    """The context of the board's templates."""
    day, start, end = day_span(now)
    places = queries_board.waiting_by_reply()
    rows = [_row(place, now) for place in places]
    cards = _cards(rows, now)
    reach = analytics.reach(day, now=now)
    hours = analytics.reach_by_hour(day, now=now)
    callbacks = contacts.callbacks(start, end)
    late = list(contacts.breached(start, end))
    return {
        "now": now,
        "fresh": _broken_link(now),
        "day": day,
        "weekday": words.weekday(day),
        "waiting": sum(card.waiting for card in cards),
        "near": sum(card.near for card in cards),
        "over": sum(card.over for card in cards),
        "booked": sum(row.is_booked for row in rows),
        "cards": cards,
        "rows": rows[:ROWS_SHOWN],
        "rows_total": len(rows),
        "reach": reach,
        "reach_short": percent(reach.share_short),
        "reach_long": percent(reach.share_long),
        "reach_short_bar": round(100 * (reach.share_short or 0), 1),
        "reach_long_bar": round(100 * (reach.share_long or 0), 1),
        "strip": _strip(hours, now),
        "chart": _chart(hours),
        "people": _people(now),
        "outbound": _outbound(start, end),
        "callbacks": _callbacks(callbacks, now),
        "surges": [one.team.shown_name for one in routing.surges()],
        "breaches": [(one, _owner(one)) for one in late],
        "orders_late": workorders.counts().late,
        "shown_breaches": f":{3 if len(late) <= 3 else 2}",  # three lines fit the tile: "and N more" is one of them
    }


@dataclass(frozen=True, slots=True)
class Row:
    """One waiting contact. `near`: a quarter of its class's guarantee is left; `over`: a reply-by has been missed."""

    ref: str
    name: str
    title: str
    urgency: str
    since: datetime
    waited_seconds: int
    promise: Promise
    is_booked: bool
    near: bool
    over: bool


def _row(place: Waiting, now: datetime) -> Row:
    contact = place.contact
    guarantee = CLASSES[place.urgency].longest_wait_seconds
    matters = sorted(contact.matters.all(), key=lambda one: (one.settled_at is not None, one.opened_at, one.pk))
    is_booked = place.not_before > now
    over = contact.reply_by <= now or (contact.breaches > 0 and contact.is_unanswered)
    return Row(
        ref=contact.ref,
        name=contact.borrower.name,
        title=_title(matters),
        urgency=place.urgency,
        since=contact.waiting_since,
        waited_seconds=int((now - contact.waiting_since).total_seconds()),
        promise=Promise(
            owner_name=_owner(contact),
            owner_role="",
            reply_by_at=contact.reply_by,
            next_step=routing.next_step_text(contact),
            state="callback" if is_booked else "queued",
            missed=contact.reply_by <= now,
        ),
        is_booked=is_booked,
        near=not over and not is_booked and (contact.reply_by - now).total_seconds() <= guarantee * 0.25,
        over=over,
    )


def _title(matters: Sequence[Matter]) -> str:
    """The first open need in the borrower's words. Of a complaint only that it is one: the board hangs on a wall."""
    if any(one.deadline_on is not None for one in matters):
        return words.named(words.INTENTS, "complaint")
    return matters[0].title if matters else ""


def _owner(contact: Contact) -> str:
    return contact.owner.name if contact.owner is not None else contact.owner_team.shown_name


@dataclass(frozen=True, slots=True)
class Card:
    """One urgency class: who waits now. first_at: since when the longest one does; used: percent of the guarantee."""

    letter: str
    waiting: int
    longest_seconds: int
    first_at: datetime
    guarantee_seconds: int
    near: int
    over: int
    next_row: Row | None

    @property
    def guarantee(self) -> str:
        """3 分钟, 4 小时."""
        return left_words(self.guarantee_seconds)

    @property
    def used(self) -> int:
        return min(100, round(100 * self.longest_seconds / self.guarantee_seconds))


def _cards(rows: list[Row], now: datetime) -> list[Card]:
    """Numbers and longest waits are routing's; near and over are judged by the reply-by that the borrower was told."""
    cards = []
    for line in routing.class_lines(now=now):
        own = [row for row in rows if row.urgency == line.name and not row.is_booked]
        cards.append(
            Card(
                letter=line.name,
                waiting=line.waiting,
                longest_seconds=line.longest_seconds,
                first_at=now - timedelta(seconds=line.longest_seconds),
                guarantee_seconds=line.guarantee_seconds,
                near=sum(row.near for row in own),
                over=sum(row.over for row in own),
                next_row=own[0] if own else None,
            )
        )
    return cards


def percent(share: float | None) -> str:
    """83.6 of 0.8361; 100 without decimals; a dash while nothing is decided. Never rounded up to 100."""
    if share is None:
        return "—"
    if share >= 1:
        return "100"
    return f"{min(share * 100, 99.9):.1f}"


def _strip(hours: list[analytics.HourLine], now: datetime) -> list[dict[str, Any]]:
    """The last hours up to this one: the share answered within 15 minutes, a dash while nothing is decided."""
    known = {line.hour: line for line in hours}
    last = now.astimezone(ZoneInfo(settings.LENDER_TIME_ZONE)).hour
    cells = []
    for hour in range(max(0, last - HOURS_IN_STRIP + 1), last + 1):
        line = known.get(hour)
        share = line.answered / line.decided if line and line.decided else None
        shown = "–" if share is None else str(int(share * 100))
        cells.append({"hour": hour, "shown": shown, "low": share is not None and share < TINTED_BELOW, "line": line})
    return cells


def _chart(hours: list[analytics.HourLine]) -> dict[str, Any]:
    """First tries by hour as bars: x and widths in percent, heights in percent of the highest, zero-based."""
    known = {line.hour: line for line in hours}
    first, last = min([FIRST_HOUR, *known]), max([LAST_HOUR, *known])
    top = max([line.tried for line in hours], default=0)
    step = 100 / (last - first + 1)
    bars = []
    for place, hour in enumerate(range(first, last + 1)):
        line = known.get(hour, analytics.HourLine(hour, 0, 0, 0))
        height = round(84 * line.tried / top, 2) if top else 0.0
        inner = round(84 * line.answered / top, 2) if top else 0.0
        x = round(place * step, 2)
        bars.append(
            {"hour": hour, "line": line, "x": x, "w": round(step * 0.7, 2), "middle": round(x + step * 0.35, 2)}
            | {"h": height, "y": round(100 - height, 2), "in_h": inner, "in_y": round(100 - inner, 2)}
            | {"labelled": place % 2 == 0}
        )
    busiest = max(hours, key=lambda line: line.tried, default=None)
    return {"bars": bars, "busiest": busiest, "total": sum(line.tried for line in hours)}


def _people(now: datetime) -> dict[str, Any]:
    lines = routing.people(now=now)
    groups = [
        {"label": label, "css": css, "icon": icon, "who": [line for line in lines if line.state == state]}
        for state, label, css, icon in PEOPLE
    ]
    here = sum(line.state != "gone" for line in lines)
    return {"groups": groups, "total": len(lines), "here": here, "in_hand": sum(line.in_hand for line in lines)}


def _outbound(start: datetime, end: datetime) -> dict[str, Any]:
    lines = contacts.outbound(start, end)
    totals = dict.fromkeys(("sent", "refused", "failed", "planned"), 0)
    reasons: dict[str, int] = {}
    for line in lines:
        totals[line.outcome] += line.count
        if line.outcome == "refused":
            reasons[line.refusal] = reasons.get(line.refusal, 0) + line.count
    named = sorted(((refusal_label(code), count) for code, count in reasons.items()), key=lambda one: (-one[1], one[0]))
    return {**totals, "reasons": named}


def _callbacks(booked: list[Contact], now: datetime) -> dict[str, Any]:
    """Of the callbacks promised for today: taken up by somebody, still to come, and past their slot untouched."""
    waiting = [one for one in booked if one.is_waiting]
    late = [one for one in waiting if one.reply_by <= now or one.breaches > 0]
    ahead = [one for one in waiting if one not in late]
    shown = [(one, _owner(one)) for one in (late + ahead)]
    return {
        "promised": len(booked),
        "taken": len(booked) - len(waiting),
        "ahead": len(ahead),
        "late": len(late),
        "shown": shown,
    }
