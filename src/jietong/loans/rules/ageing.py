"""How late a loan is: days past due, days delinquent (grace and pauses apart), bucket and five-class floor.

Two counts, on purpose. Days past due run from the due date of the oldest unpaid instalment and nothing stops them:
the five classes go by them (《商业银行金融资产风险分类办法》, cards: 《商业银行信用卡业务监督管理办法》 art 92).
Delinquent days start after the grace and stand still in a pause (hardship plan, disaster relief, dispute): buckets
and with them collection go by those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from jietong.kernel.errors import InputError

#: names of the five classes in a rule pack → as the regulator writes them
ASSET_CLASSES = {
    "normal": "正常",
    "special_mention": "关注",
    "substandard": "次级",
    "doubtful": "可疑",
    "loss": "损失",
}


@dataclass(frozen=True, slots=True)
class Due:
    """What one instalment asks for in all, minor units."""

    due_on: date
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Paid:
    on: date
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """Delinquent days from `least` to `most`, both included; `most` None: without end."""

    name: str
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Pause:
    """Days `start` ≤ day < `end` do not count as delinquent; `end` None: still running."""

    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Ageing:
    """`delinquent_on` is None when nothing unpaid has fallen due; `bucket` is None when none fits."""

    days_past_due: int
    delinquent_on: date | None
    delinquent_days: int
    overdue_fen: int
    bucket: str | None


def age(
    instalments: Sequence[Due],
    repayments: Iterable[Paid],
    *,
    as_of: date,
    grace_days: int = 0,
    buckets: Sequence[Bucket] = (),
    pauses: Sequence[Pause] = (),
) -> Ageing:
    """Age a loan on `as_of` by its oldest unpaid instalment; repayments up to that day pay the oldest first."""
    money = sum(paid.amount_fen for paid in repayments if paid.on <= as_of)
    oldest_unpaid: date | None = None
    overdue_fen = 0
    for due in sorted(instalments, key=lambda i: i.due_on):
        if due.due_on > as_of:
            break
        unpaid = due.amount_fen - min(money, due.amount_fen)
        money -= due.amount_fen - unpaid
        if unpaid == 0:
            continue
        oldest_unpaid = oldest_unpaid or due.due_on
        if due.due_on < as_of:
            overdue_fen += unpaid
    return age_from(oldest_unpaid, overdue_fen, as_of=as_of, grace_days=grace_days, buckets=buckets, pauses=pauses)


def age_from(
    oldest_unpaid_on: date | None,
    overdue_fen: int,
    *,
    as_of: date,
    grace_days: int = 0,
    buckets: Sequence[Bucket] = (),
    pauses: Sequence[Pause] = (),
) -> Ageing:
    """The same from what a loan's head row keeps: the oldest unpaid due date, if that has come, and the overdue sum."""
    if oldest_unpaid_on is None or oldest_unpaid_on > as_of:
        return Ageing(0, None, 0, overdue_fen, bucket_for(0, buckets))
    if not 0 <= grace_days <= (date.max - oldest_unpaid_on).days:
        raise InputError("grace_days", "out_of_range", "the grace must end on a day of the calendar")
    delinquent_on = oldest_unpaid_on + timedelta(days=grace_days)
    delinquent = max((as_of - delinquent_on).days - paused_days(pauses, delinquent_on, as_of), 0)
    return Ageing(
        (as_of - oldest_unpaid_on).days, delinquent_on, delinquent, overdue_fen, bucket_for(delinquent, buckets)
    )


def paused_days(pauses: Iterable[Pause], start: date, end: date) -> int:
    """Days `start` ≤ day < `end` that lie in a pause; a day in several pauses counts once."""
    total, covered_to = 0, start
    for pause in sorted(pauses, key=lambda p: p.start):
        since = max(pause.start, covered_to)
        until = end if pause.end is None else min(pause.end, end)
        if until > since:
            total += (until - since).days
            covered_to = until
    return total


def bucket_for(delinquent_days: int, buckets: Sequence[Bucket]) -> str | None:
    """The first bucket that holds these days, or None."""
    for bucket in buckets:
        if bucket.least <= delinquent_days and (bucket.most is None or delinquent_days <= bucket.most):
            return bucket.name
    return None


def asset_class(days_past_due: int, bands: Mapping[str, object]) -> str | None:
    """The least class these days allow (a worse one may be set on other evidence); None when no band fits.

    bands: as a rule pack gives them: {"normal": [0, 0], "special_mention": [1, 90], …, "loss": [361, None]};
    entries that are not classes are passed over.
    """
    for name, label in ASSET_CLASSES.items():
        band = bands.get(name)
        if isinstance(band, list | tuple) and len(band) == 2:
            least, most = band
            if least <= days_past_due and (most is None or days_past_due <= most):
                return label
    return None
