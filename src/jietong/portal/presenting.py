"""What the borrower owes, made ready for the pages: figures whose parts add up, in the words of the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jietong.borrowers import queries as borrowers
from jietong.connectors import queries as connectors
from jietong.connectors.rules.freshness import Fresh
from jietong.contacts import queries as contacts
from jietong.kernel import clock
from jietong.kernel.money import show_yuan
from jietong.loans.queries import book as loans
from jietong.loans.queries import suspense as money
from jietong.loans.queries.book import InstalmentView, LoanView
from jietong.portal import commands, debiting, papers, words
from jietong.portal.topics import need_words
from jietong.recovery import queries as recovery
from jietong.ui import components as c
from jietong.ui import words as ui_words

if TYPE_CHECKING:
    from jietong.contacts.models import Contact

BOOK_MAY_BE_BEHIND = timedelta(days=1)  # the book is closed at the end of a day: yesterday's is up to date
ASK_AGAIN_WITHIN = timedelta(days=7)  # how long after settling the home page still asks whether it is solved


@dataclass(frozen=True, slots=True)
class Due:
    """What is due now over all loans. `figure` refuses to exist when its parts do not add up to the fen."""

    figure: c.Figure
    note: str
    lateness: c.Lateness | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class LoanCard:
    ref: str
    product: str
    progress: str
    tag: str
    tone: str
    due_fen: int
    next_on: date | None
    next_fen: int


@dataclass(frozen=True, slots=True)
class MatterCard:
    ref: str
    title: str
    promise: c.Promise
    asks_whether_solved: bool


@dataclass(frozen=True, slots=True)
class Home:
    greeting: str
    lead: str
    due: Due | None
    next_on: date | None
    next_fen: int
    fresh: c.Freshness
    matter: MatterCard | None
    cards: list[LoanCard] = field(default_factory=list)
    only_ref: str = ""
    promised: str = ""
    has_loans: bool = False
    credit_fen: int = 0
    notices: list[tuple[str, str]] = field(default_factory=list)  # loan number, what changed about its creditor
    debits: list[debiting.Note] = field(default_factory=list)
    auto: str = ""


def home(borrower_id: int, *, now: datetime) -> Home:
    """Everything on the front page, as of now."""
    who = borrowers.borrower(borrower_id)
    today = clock.local_date(now, who.time_zone)
    views = loans.loans_of(borrower_id, on=today)
    open_views = [view for view in views if not view.is_settled]
    next_on, next_fen = _next(open_views)
    promise = recovery.active_promise(borrower_id)
    promised = ""
    if promise is not None:
        told = {"day": ui_words.day_words(promise.due_on, today), "amount": show_yuan(promise.amount_fen)}
        promised = _("您约好 %(day)s 还 %(amount)s，在那之前我们不再提醒您。") % told
    hour = now.astimezone(ZoneInfo(who.time_zone)).hour
    return Home(
        greeting=words.greeting(who.name, hour),
        lead=_lead(open_views),
        due=_due(open_views, today=today, now=now),
        next_on=next_on,
        next_fen=next_fen,
        fresh=freshness(today=today, now=now, link=connectors.freshness_of_borrower(borrower_id, now=now)),
        matter=_matter_card(borrower_id, now=now),
        cards=[_loan_card(view, today=today) for view in views] if len(views) > 1 else [],
        only_ref=views[0].ref if len(views) == 1 else "",
        promised=promised,
        has_loans=bool(open_views),
        credit_fen=sum(one.fen for one in money.credits_of(borrower_id)),
        notices=papers.unread(borrower_id, now=now, zone=who.time_zone),
        debits=debiting.notes(borrower_id, now=now),
        auto=debiting.coming_words(borrower_id, now=now),
    )


def freshness(*, today: date, now: datetime, link: Fresh | None = None) -> c.Freshness:
    """Whether the book that the figures come from is up to date; `link`: of the lender's core, if one tells us."""
    if link is not None and link.state == "down" and link.as_of_at is not None:
        return c.Freshness(as_of_at=link.as_of_at, state="down", words=_("您刚还的款不会丢，连上后自动补上"))
    booked = loans.business_date()
    if booked is not None and booked < today - BOOK_MAY_BE_BEHIND:
        day = ui_words.day_words(booked, today)
        return c.Freshness(as_of_at=now, state="stale", words=_("账目记到 %(day)s，之后还的还没入账") % {"day": day})
    if link is not None and link.as_of_at is not None:
        state: Literal["ok", "stale"] = "stale" if link.state == "stale" else "ok"
        return c.Freshness(as_of_at=link.as_of_at, state=state, words=_("刚还的款入账后就会显示"))
    return c.Freshness(as_of_at=now, words=_("刚还的款入账后就会显示"))


def link_down(borrower_id: int, *, now: datetime) -> c.Freshness | None:
    """For the note on top of every page: only while the core that tells of this borrower's loans cannot be reached."""
    link = connectors.freshness_of_borrower(borrower_id, now=now)
    if link is None or link.state != "down" or link.as_of_at is None:
        return None
    return c.Freshness(as_of_at=link.as_of_at, state="down", words=_("您刚还的款不会丢，连上后自动补上"))


def _lead(views: list[LoanView]) -> str:
    if not views:
        return _("您名下没有要还的借款。")
    if len(views) > 1:
        whole = show_yuan(sum(view.outstanding_principal_fen for view in views))
        return _("您有 %(count)d 笔借款在还，本金还剩 %(amount)s。") % {"count": len(views), "amount": whole}
    view = views[0]
    told = {"amount": show_yuan(view.principal_fen), "all": view.instalment_count, "paid": view.paid_count}
    return _("借款 %(amount)s，%(all)d 期里已经还清 %(paid)d 期。") % told


def _next(views: list[LoanView]) -> tuple[date | None, int]:
    coming = [(view.next_due.due_on, view.next_due.left_fen) for view in views if view.next_due is not None]
    first = min((day for day, _fen in coming), default=None)
    return first, sum(fen for day, fen in coming if day == first)


def _due(views: list[LoanView], *, today: date, now: datetime) -> Due | None:
    """None when nothing is due: the page then says so, calmly, with the next date."""
    lines = [line for view in views for line in view.due_now]
    if not lines:
        return None
    late = [view for view in views if view.days_past_due > 0]
    days = max((view.days_past_due for view in late), default=0)
    numbers = _numbers(lines) if len(views) == 1 else ""
    figure = c.Figure(
        title=_("今天还清第 %(numbers)s 期") % {"numbers": numbers} if numbers else _("今天到期要还的一共"),
        amount_fen=sum(view.due_now_fen for view in views),
        as_of_at=now,
        parts=parts(lines, days=days),
        tag=_days_late(days) if days else _("今天是还款日"),
        tag_tone="warn" if days else "info",
    )
    note = ""
    if any(view.penalty_now_fen for view in late):
        each_day = sum(view.penalty_per_day_fen for view in late)
        note = _("每多一天约加罚息 %(amount)s") % {"amount": show_yuan(each_day)}
    lateness = _lateness(late[0], today=today) if len(late) == 1 else None
    return Due(figure, note, lateness, bool(late))


def parts(lines: list[InstalmentView], *, days: int) -> tuple[c.FigurePart, ...]:
    """Principal, interest, fee and penalty still to pay; nothing that is zero is listed."""
    penalty = _("罚息")
    if days and len(lines) == 1:
        penalty = ngettext("罚息，%(days)d 天", "罚息，%(days)d 天", days) % {"days": days}
    found = (
        (_("本金"), sum(line.principal_left_fen for line in lines)),
        (_("利息"), sum(line.interest_left_fen for line in lines)),
        (_("费用"), sum(line.fee_left_fen for line in lines)),
        (penalty, sum(line.penalty_left_fen for line in lines)),
    )
    return tuple(c.FigurePart(label, fen) for label, fen in found if fen)


def _days_late(days: int) -> str:
    return ngettext("已过还款日 %(days)d 天", "已过还款日 %(days)d 天", days) % {"days": days}


def _numbers(lines: list[InstalmentView]) -> str:
    """5、6, or 3–6 when there are more than three."""
    found = [line.n for line in lines]
    return f"{found[0]}–{found[-1]}" if len(found) > 3 else _("、").join(str(n) for n in found)


def _lateness(view: LoanView, *, today: date) -> c.Lateness | None:
    """The way from the oldest unpaid date to the next one; None when no date is left."""
    coming = view.next_due
    if view.oldest_late_on is None or coming is None:
        return None
    first = [line.n for line in view.due_now if line.due_on == view.oldest_late_on]
    day = ui_words.day_words(coming.due_on, today)
    return c.Lateness(
        due_on=view.oldest_late_on,
        today=today,
        next_due_on=coming.due_on,
        due_label=_("第 %(numbers)s 期到期") % {"numbers": _("、").join(str(n) for n in first)},
        next_label=_("第 %(numbers)s 期到期") % {"numbers": coming.n},
        reason=_("%(day)s前还上，就不会和第 %(n)d 期叠在一起。") % {"day": day, "n": coming.n},
    )


def _loan_card(view: LoanView, *, today: date) -> LoanCard:
    coming = view.next_due
    tag, tone = _("按时"), "good"
    if view.is_settled:
        tag, tone = _("已结清"), "good"
    elif view.days_past_due > 0:
        tag, tone = _days_late(view.days_past_due), "warn"
    elif view.due_now_fen:
        tag, tone = _("今天是还款日"), "info"
    told = {"amount": show_yuan(view.principal_fen), "all": view.instalment_count, "paid": view.paid_count}
    return LoanCard(
        ref=view.ref,
        product=ui_words.product_words(view.product),
        progress=_("借 %(amount)s，还清 %(paid)d / %(all)d 期") % told,
        tag=tag,
        tone=tone,
        due_fen=view.due_now_fen,
        next_on=coming.due_on if coming else None,
        next_fen=coming.left_fen if coming else 0,
    )


def _matter_card(borrower_id: int, *, now: datetime) -> MatterCard | None:
    """The open matter, or the last one that a person settled and the borrower has not spoken about yet."""
    contact = contacts.open_contact(borrower_id)
    asks = False
    if contact is None:
        contact = contacts.latest_contact(borrower_id)
        if contact is None or contact.handed_over_at is None or contact.confirmed_at or contact.settled_at is None:
            return None
        asks = contact.settled_at > now - ASK_AGAIN_WITHIN
        if not asks:
            return None
    return MatterCard(contact.ref, title_of(contact), commands.show_promise(contact, now=now), asks)


def title_of(contact: Contact) -> str:
    """What it is about by name: what is open first, else all that it was. Words of a bad night are no heading."""
    matters = contact.matters.all()
    still_open = [matter.intent for matter in matters if matter.settled_at is None]
    return need_words(still_open or [matter.intent for matter in matters]) or _("找专员")


def yearly_percent(rate: Decimal, unit: str) -> str:
    """The rate over a year in percent, without needless zeros: 14.4."""
    annual = rate * 365 if unit == "day" else rate
    return f"{float(annual) * 100:.2f}".rstrip("0").rstrip(".")
