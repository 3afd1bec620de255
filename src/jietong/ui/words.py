"""How figures and times are worded on every screen. Instants come in UTC-aware; the zone says whose clock is read."""

from __future__ import annotations

import re
from calendar import month_abbr
from datetime import date, datetime
from math import ceil
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from jietong.ui.surnames import PINYIN

#: Family names of two characters that are still borne; without them 欧阳娜 would be greeted as 欧专员.
COMPOUND_SURNAMES = frozenset(
    {"欧阳", "司马", "上官", "诸葛", "司徒", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "长孙", "鲜于"}
    | {"司空", "南宫", "东方", "独孤", "端木", "百里", "呼延", "澹台", "轩辕", "闻人", "钟离", "拓跋", "完颜"}
)


_FIRM = re.compile(r"(..).+?((?:股份)?有限(?:责任)?公司|公司|合伙企业(?:（.+）)?|合作社)")


def day_words(day: date, today: date) -> str:
    """A date as one says it: 昨天, 今天, 明天, 11 月 19 日, and with its year when that is another one."""
    near = {-1: _("昨天"), 0: _("今天"), 1: _("明天")}
    if (distance := (day - today).days) in near:
        return near[distance]
    parts = {"year": day.year, "month": day.month, "day": day.day, "mon": month_abbr[day.month]}
    if day.year == today.year:
        return _("%(month)d 月 %(day)d 日") % parts
    return _("%(year)d 年 %(month)d 月 %(day)d 日") % parts


def clock(at: datetime, zone: str) -> str:
    """Hours and minutes on the wall clock of a zone: 09:29."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def moment_words(at: datetime, now: datetime, zone: str) -> str:
    """Day and time in a zone, seen from now: 今天 09:29, 11 月 19 日 09:29."""
    place = ZoneInfo(zone)
    return f"{day_words(at.astimezone(place).date(), now.astimezone(place).date())} {clock(at, zone)}"


def slot_words(at: datetime, zone: str) -> str:
    """A moment that still is right when it is read another day: 11 月 24 日 10:30, never 今天."""
    day = at.astimezone(ZoneInfo(zone)).date()
    parts = {"month": day.month, "day": day.day, "mon": month_abbr[day.month]}
    return f"{_('%(month)d 月 %(day)d 日') % parts} {clock(at, zone)}"


def dense_words(at: datetime, now: datetime, zone: str) -> str:
    """As on the desk's lists, of equal width: 今天 14:28, 11-20 09:00."""
    place = ZoneInfo(zone)
    if at.astimezone(place).date() == now.astimezone(place).date():
        return moment_words(at, now, zone)
    return at.astimezone(place).strftime("%m-%d %H:%M")


def deadline_words(at: datetime, now: datetime, zone: str) -> str:
    """A time limit, as short as it can be: 10:00 today, otherwise with its day."""
    place = ZoneInfo(zone)
    if at.astimezone(place).date() == now.astimezone(place).date():
        return clock(at, zone)
    return moment_words(at, now, zone)


def exact_words(at: datetime, zone: str) -> str:
    """The full instant for a hover text: 2026-11-19 09:29:05 +08:00."""
    return at.astimezone(ZoneInfo(zone)).isoformat(sep=" ", timespec="seconds")


def duration(seconds: int) -> str:
    """A stretch of time as a stop-watch shows it: 1:48, 27:05, 1:52:00. Negative counts as nothing."""
    minutes, rest = divmod(max(0, seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def left_words(seconds: float) -> str:
    """How long is left, in one unit and never promising more than there is: 28 分钟, 3 小时, 2 天."""
    minutes = max(0, int(seconds // 60))
    if minutes < 120:
        return ngettext("%(count)d 分钟", "%(count)d 分钟", minutes) % {"count": minutes}
    if minutes < 48 * 60:
        return ngettext("%(count)d 小时", "%(count)d 小时", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d 天", "%(count)d 天", minutes // 1440) % {"count": minutes // 1440}


def band_words(low_at: datetime, high_at: datetime, now: datetime) -> tuple[str, str]:
    """An estimated wait as a band and its unit: ("6–10", "分钟"). The upper end is rounded up, to stay conservative."""
    low, high = (max(0.0, (at - now).total_seconds() / 60) for at in (low_at, high_at))
    unit, divisor = _("分钟"), 1
    if high > 48 * 60:
        unit, divisor = _("天"), 1440
    elif high > 120:
        unit, divisor = _("小时"), 60
    first, last = int(low // divisor), max(1, ceil(high / divisor))
    return (str(last) if first == last else f"{first}–{last}"), unit


def masked_phone(number: str) -> str:
    """13812342046 → 138 **** 2046; whatever is too short to hide its middle is hidden whole."""
    digits = "".join(c for c in number if c.isdigit() or c == "*")
    digits = digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
    if len(digits) < 8:
        return "****"
    return f"{digits[:3]} **** {digits[-4:]}"


#: products that have a name in English too; a lender's other products are shown as the lender calls them
PRODUCTS = frozenset({gettext_noop("消费贷"), gettext_noop("随借随还"), gettext_noop("联合贷")})


def product_words(name: str) -> str:
    """A product in the reader's language: 消费贷, Consumer loan."""
    return _(name) if name in PRODUCTS else name


def surname(name: str) -> str:
    name = name.strip()
    return name[:2] if name[:2] in COMPOUND_SURNAMES and len(name) > 2 else name[:1]


def read_surname(name: str) -> str:
    """The family name as the reader can say it: 王 in Chinese, Wang in English; a rare one stays as it is written."""
    family = surname(name)
    return PINYIN.get(family, family) if (get_language() or "").startswith("en") else family


def read_name(name: str) -> str:
    """A colleague's name in a sentence: 秦岚 in Chinese; in English the family name alone, Qin."""
    return read_surname(name) if surname(name) in PINYIN and read_surname(name) != surname(name) else name


def surname_title(name: str, number: str = "", role: str = "specialist") -> str:
    """How a borrower knows a member of staff: 王晓 → 王专员 0372; in English Wang, specialist 0372."""
    titles = {
        "supervisor": _("%(surname)s主管"),
        "officer": _("%(surname)s合规"),
        "operator": _("%(surname)s运营"),
    }
    title = titles.get(role, _("%(surname)s专员")) % {"surname": read_surname(name)}
    return f"{title} {number}" if number else title


def masked_name(name: str) -> str:
    """王丽霞 → 王*霞, 吴琼 → 吴*: enough to tell two people on a list apart, not enough to know one.

    苏州一禾商贸有限公司 → 苏州***有限公司: of a firm the place and the form stay.
    """
    name = name.strip()
    firm = _FIRM.fullmatch(name)
    if firm is not None:
        return f"{firm[1]}***{firm[2]}"
    if len(name) <= 1:
        return name
    return f"{name[0]}*" if len(name) == 2 else f"{name[0]}*{name[-1]}"
