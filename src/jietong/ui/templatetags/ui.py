"""The shared components as template tags. `{% load ui %}`; what each is told stands in jietong.ui.components.

Tags read two names from the context if they are there: `now` (an instant) and `zone` (the reader's time zone).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jietong.kernel import clock as kernel_clock
from jietong.kernel.money import show_yuan
from jietong.kernel.permissions import may
from jietong.ui import components as c
from jietong.ui import drawing, words

register = template.Library()
T = TypeVar("T")

#: state → (words, tone, icon)
STATES: dict[str, tuple[Any, c.Tone, str]] = {
    "queued": (gettext_lazy("排队中"), "accent", "clock"),
    "offered": (gettext_lazy("正在接手"), "accent", "user"),
    "owned": (gettext_lazy("正在办"), "accent", "user"),
    "callback": (gettext_lazy("已约回电"), "accent", "phone-incoming"),
    "your_turn": (gettext_lazy("等您补充"), "info", "pencil"),
    "settled": (gettext_lazy("已办好"), "good", "check"),
}
#: urgency class → what it stands for
URGENCIES = {
    "A": gettext_lazy("今天不接就有损失"),
    "B": gettext_lazy("很快会有损失"),
    "C": gettext_lazy("要人办的事"),
    "D": gettext_lazy("可以书面答复"),
}
FRESHNESS: dict[str, tuple[c.Tone, str]] = {
    "ok": ("good", "check"),
    "stale": ("warn", "clock"),
    "failed": ("bad", "alert-triangle"),
    "offline": ("", "offline"),
    "down": ("warn", "offline"),
}


def _as(kind: type[T], value: T | dict[str, Any]) -> T:
    return kind(**value) if isinstance(value, dict) else value


def _now(context: template.Context) -> datetime:
    now = context.get("now")
    return now if isinstance(now, datetime) else kernel_clock.now()


def _lender_zone() -> str:
    return str(getattr(settings, "LENDER_TIME_ZONE", settings.TIME_ZONE))


def _zone(context: template.Context) -> str:
    return str(context.get("zone") or _lender_zone())


def _shared(context: template.Context, **more: Any) -> dict[str, Any]:
    return {"now": _now(context), "zone": _zone(context), "request": context.get("request"), **more}


@cache
def icon_names() -> frozenset[str]:
    """Names in the sprite, read from the list that it was made from."""
    listed = Path(__file__).parent.parent / "static/ui/vendor/icons.txt"
    lines = listed.read_text(encoding="utf-8").splitlines()
    return frozenset(line.split(" ")[0] for line in lines if line and not line.startswith("#"))


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon of the sprite. size: "", "sm" or "lg". label: only when it stands without words."""
    if name not in icon_names():
        if settings.DEBUG:
            raise template.TemplateSyntaxError(f"no icon {name!r} in the sprite; add it to icons.txt")
        name = "info"
    look = f"ic ic-{size}" if size else "ic"
    href = f"{static('ui/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', look, label, href)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', look, href)


@register.inclusion_tag("ui/_promise_strip.html", takes_context=True)
def promise_strip(
    context: template.Context, promise: c.Promise | dict[str, Any], form: str = "compact"
) -> dict[str, Any]:
    """Owner, reply-by, next step. form: compact (desk), line (lists), card (borrower's lists), full (borrower)."""
    value = _as(c.Promise, promise)
    now, zone = _now(context), _zone(context)
    left = (value.reply_by_at - now).total_seconds()
    band = None
    if value.estimate_low_at and value.estimate_high_at and left > 0 and not value.missed:
        band = {
            "amount": words.band_words(value.estimate_low_at, value.estimate_high_at, now),
            "between": f"{words.clock(value.estimate_low_at, zone)}–{words.clock(value.estimate_high_at, zone)}",
            "axis": c.wait_axis(value, now),
        }
    late = value.missed or (left <= 0 and value.state != "settled")
    return _shared(
        context,
        promise=value,
        form=form,
        late=late,
        near=not late and value.state != "settled" and left < 15 * 60,
        left=words.left_words(left),
        by=words.deadline_words(value.reply_by_at, now, zone),
        by_long=words.moment_words(value.reply_by_at, now, zone),
        band=band,
        initial=words.surname(value.owner_name),
    )


@register.inclusion_tag("ui/_state_tag.html")
def promise_state(promise: c.Promise | dict[str, Any]) -> dict[str, Any]:
    """The state of a matter as a tag: 排队中, 已约回电, 已办好; 主管已接手 when the time was missed."""
    value = _as(c.Promise, promise)
    text, tone, name = STATES[value.state]
    if value.missed:
        text, tone, name = _("主管已接手"), "warn", "alert-triangle"
    return {"text": text, "tone": tone, "icon": name}


@register.inclusion_tag("ui/_offer_card.html", takes_context=True)
def offer_card(context: template.Context, offer: c.Offer | dict[str, Any]) -> dict[str, Any]:
    value = _as(c.Offer, offer)
    now = _now(context)
    left = max(0, round((value.lease_ends_at - now).total_seconds()))
    return _shared(
        context,
        offer=value,
        left=left,
        spent=100 - min(100, round(100 * left / max(1, value.lease_seconds))),
        waited=words.duration(int((now - value.waiting_since_at).total_seconds())),
    )


@register.inclusion_tag("ui/_figure_card.html", takes_context=True)
def figure_card(context: template.Context, figure: c.Figure | dict[str, Any]) -> dict[str, Any]:
    return _shared(context, figure=_as(c.Figure, figure))


@register.inclusion_tag("ui/_lateness_track.html", takes_context=True)
def lateness_track(context: template.Context, lateness: c.Lateness | dict[str, Any]) -> dict[str, Any]:
    value = _as(c.Lateness, lateness)
    return _shared(
        context,
        late=value,
        due_day=words.day_words(value.due_on, value.today),
        next_day=words.day_words(value.next_due_on, value.today),
        rest=100 - value.today_percent,
    )


@register.inclusion_tag("ui/_freshness.html", takes_context=True)
def freshness(context: template.Context, value: c.Freshness | dict[str, Any]) -> dict[str, Any]:
    fresh = _as(c.Freshness, value)
    tone, name = FRESHNESS[fresh.state]
    return _shared(context, fresh=fresh, tone=tone, icon=name)


@register.inclusion_tag("ui/_urgency_badge.html")
def urgency_badge(letter: str, size: str = "") -> dict[str, Any]:
    """The class's letter on its colour, its meaning on hover and for the ear."""
    return {"letter": letter, "low": letter.lower(), "meaning": URGENCIES.get(letter, ""), "size": size}


@register.inclusion_tag("ui/_factor_bars.html")
def factor_bars(factors: Iterable[c.Factor | dict[str, Any]], title: str = "") -> dict[str, Any]:
    """Why this one now: bars to one scale, points that add up to the score in the heading."""
    values = [_as(c.Factor, factor) for factor in factors]
    top = max((abs(factor.points) for factor in values), default=1) or 1
    rows = [(f.label, f"{f.points:+d}", round(100 * abs(f.points) / top), f.points < 0) for f in values]
    return {"rows": rows, "score": sum(f.points for f in values), "title": title or _("为什么是他、是现在")}


@register.inclusion_tag("ui/_contact_rule_tiles.html", takes_context=True)
def contact_rule_tiles(
    context: template.Context,
    rules: Iterable[c.ContactRule | dict[str, Any]],
    pack: str,
    checked_at: datetime,
    basis_url: str = "",
) -> dict[str, Any]:
    """Ways to reach a borrower now, the allowed ones first; pack is the rule pack's version."""
    values = sorted((_as(c.ContactRule, rule) for rule in rules), key=lambda rule: not rule.allowed)
    return _shared(context, rules=values, pack=pack, checked_at=checked_at, basis_url=basis_url)


@register.inclusion_tag("ui/_timeline_entry.html", takes_context=True)
def timeline_entry(
    context: template.Context, entry: c.TimelineEntry | dict[str, Any], form: str = "desk"
) -> dict[str, Any]:
    """One row. form: desk (one dense line) or borrower (icon in a circle, detail below)."""
    return _shared(context, entry=_as(c.TimelineEntry, entry), form=form)


@register.inclusion_tag("ui/_chat_bubble.html", takes_context=True)
def chat_bubble(context: template.Context, message: c.ChatMessage | dict[str, Any]) -> dict[str, Any]:
    return _shared(context, message=_as(c.ChatMessage, message))


@register.inclusion_tag("ui/_state.html")
def empty_state(
    name: str, title: str, hint: str, action_url: str = "", action_label: str = "", kind: str = "empty"
) -> dict[str, Any]:
    """A designed state: a sentence and a next step. kind: empty, failed, offline, forbidden, stale."""
    return {
        "icon": name,
        "title": title,
        "hint": hint,
        "action_url": action_url,
        "action_label": action_label,
        "kind": kind,
    }


@register.inclusion_tag("ui/_skeleton.html")
def skeleton(rows: int = 3) -> dict[str, Any]:
    """Grey lines while something loads; says so to those who listen."""
    return {"rows": range(rows)}


@register.inclusion_tag("ui/_instalment_bars.html")
def instalment_bars(instalments: Iterable[c.Instalment | dict[str, Any]]) -> dict[str, Any]:
    """One bar an instalment, zero-based: principal, interest above it; an overdue one filled by what was paid of it."""
    values = [_as(c.Instalment, item) for item in instalments]
    counts = {state: sum(v.state == state for v in values) for state in ("paid", "overdue", "open")}
    first_overdue = next((v.number for v in values if v.state == "overdue"), None)
    bars = drawing.instalment_bars(values)
    return {"bars": bars, "counts": counts, "total": len(values), "first_overdue": first_overdue}


@register.inclusion_tag("ui/_dpd_ladder.html")
def dpd_ladder(ladder: c.Ladder | dict[str, Any]) -> dict[str, Any]:
    """Where the days past due stand between the buckets; each of the four steps is a quarter of the width."""
    value = _as(c.Ladder, ladder)
    steps, at = drawing.ladder_steps(value.dpd)
    return {"ladder": value, "steps": steps, "at": at}


@register.inclusion_tag("ui/_lanes.html", takes_context=True)
def lanes(context: template.Context, value: c.Lanes | dict[str, Any]) -> dict[str, Any]:
    """Thirty days in lanes over the timeline; refusals are as visible as attempts."""
    told = _as(c.Lanes, value)
    rows = [(lane.label, lane.shape, len(lane.at), drawing.lane_marks(lane, told)) for lane in told.lanes]
    late = None if told.late_since_at is None else drawing.share(told.late_since_at, told)
    return _shared(context, rows=rows, told=told, late=late, height=18 * len(rows))


@register.filter
def yuan(fen: int | None) -> str:
    """Whole fen as ¥1,234.56; nothing known is a dash, never a zero."""
    return "—" if fen is None else show_yuan(int(fen))


@register.filter
def local_dt(at: datetime | None, zone: str = "") -> str:
    """今天 09:29 or 11 月 19 日 09:29 on the clock of a zone (the lender's when none is given)."""
    if at is None:
        return "—"
    return words.moment_words(at, kernel_clock.now(), zone or _lender_zone())


@register.filter
def local_day(day: date | None) -> str:
    """11 月 19 日, 今天."""
    return "—" if day is None else words.day_words(day, kernel_clock.local_date(kernel_clock.now(), _lender_zone()))


@register.filter
def clock(at: datetime | None, zone: str = "") -> str:
    """09:29 on the clock of a zone."""
    zone = zone or _lender_zone()
    return "—" if at is None else words.clock(at, zone)


@register.simple_tag(takes_context=True)
def when(context: template.Context, at: datetime, relative: bool = False, dense: bool = False) -> SafeString:
    """A <time> with the exact instant on hover; relative: kept fresh by the script (3 分钟前); dense: 11-20 09:00."""
    zone = _zone(context)
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>',
        at.isoformat(),
        words.exact_words(at, zone),
        SafeString(" data-relative") if relative else "",
        (words.dense_words if dense else words.moment_words)(at, _now(context), zone),
    )


@register.simple_tag(takes_context=True)
def as_of(context: template.Context, at: datetime) -> SafeString:
    """截至今天 09:38, 截至 11 月 19 日 09:29: a space only where a digit or a Latin letter follows."""
    moment, prefix = when(context, at), _("截至")
    near_digit = words.moment_words(at, _now(context), _zone(context))[0].isascii() or prefix[-1].isascii()
    return format_html("{}{}{}", prefix, " " if near_digit else "", moment)


register.filter("duration", lambda seconds: words.duration(int(seconds or 0)))
register.filter("product_words", lambda name: words.product_words(str(name or "")))
register.filter("masked_phone", lambda number: words.masked_phone(str(number or "")))
register.filter("masked_name", lambda name: words.masked_name(str(name or "")))


@register.filter
def surname_title(name: str, number: str = "") -> str:
    """王晓 → 王专员; {{ name|surname_title:"0372" }} → 王专员 0372."""
    return words.surname_title(name, number)


@register.filter
def surname(name: Any) -> str:
    """The family name for an avatar: 欧阳娜 → 欧阳."""
    return words.surname(str(name or ""))


@register.filter
def safe_home(path: str) -> str:
    """Where an error page leads back to: staff to their desk, everybody else to the borrower's front page."""
    return "/staff/" if str(path).startswith(("/staff", "/desk", "/console", "/board")) else "/"


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, url_name: str, label: str, permission: str) -> SafeString:
    """A link of the staff header, left out for those who may not follow it and where the page is not installed."""
    user = context.get("user")
    try:
        address = reverse(url_name)
    except NoReverseMatch:
        return SafeString("")
    if user is None or not may(user, permission):
        return SafeString("")
    request = context.get("request")
    here = request is not None and request.path.startswith(address)
    return format_html('<a href="{}"{}>{}</a>', address, SafeString(' aria-current="page"') if here else "", label)


@register.simple_tag
def urgency_meaning(letter: str) -> str:
    """今天不接就有损失 … for a letter A to D."""
    return str(URGENCIES.get(letter, ""))


@register.inclusion_tag("ui/_gauge.html")
def gauge(percent: float, mark: float = 100) -> dict[str, Any]:
    """A zero-based bar with the mark that was promised; both in percent of the width."""
    return {"percent": min(100, max(0, percent)), "mark": min(99.5, max(0, mark))}


@register.inclusion_tag("ui/_health_strip.html")
def health_strip(states: str) -> dict[str, Any]:
    """One cell a minute or two: g fine (low), w slow, b broken (full height)."""
    step = 100 / max(1, len(states))
    return {"cells": [(round(i * step, 2), round(step * 0.8, 2), state) for i, state in enumerate(states)]}


@register.simple_tag(takes_context=True)
def clock_now(context: template.Context) -> str:
    """The reader's wall clock, for a page that the script then keeps going ([data-clock])."""
    return words.clock(_now(context), _zone(context))


@register.filter
def times(count: int) -> range:
    return range(int(count))


@register.filter
def lane_y(index: int) -> int:
    return 18 * int(index)


@register.filter
def clock_day(at: datetime, zone: str = "") -> str:
    """Month and day on the clock of a zone: 11-23."""
    return at.astimezone(ZoneInfo(zone or _lender_zone())).strftime("%m-%d")
