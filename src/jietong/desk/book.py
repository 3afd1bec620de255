"""The right pane as values: who the borrower is, what is owed, what was promised, the last thirty days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from jietong.borrowers import queries as borrowers
from jietong.bureau import queries as bureau
from jietong.compliance.labels import refusal_label
from jietong.connectors import queries as connectors
from jietong.connectors.labels import DIFFERENCES, named
from jietong.contacts import queries as contacts
from jietong.desk import credit, parties, reporting, words
from jietong.desk.forms import PromiseForm
from jietong.desk.screen import ZONE, local_day
from jietong.kernel.money import show_yuan, yuan
from jietong.loans.queries import book as loans
from jietong.loans.queries import quotes
from jietong.loans.queries.book import InstalmentView, LoanView
from jietong.recovery import queries as recovery
from jietong.recovery.rules.promise import latest_date
from jietong.ui import components as c
from jietong.ui.words import masked_name

if TYPE_CHECKING:
    from jietong.borrowers.models import Borrower
    from jietong.connectors.models import Discrepancy
    from jietong.contacts.models import Attempt, Contact
    from jietong.staff.models import Member

DAYS = 30
HISTORY_MAX = 60


def person(borrower: Borrower) -> dict[str, Any]:
    """Masked: enough to know whom one talks to, no more."""
    points = borrowers.points(borrower.pk)
    phone = next((p for p in points if p.kind == "phone"), None)
    return {
        "name": masked_name(borrower.name),
        "number": borrower.number,
        "region": borrower.region,
        "kind": "" if borrower.is_person else words.named(words.BORROWER_KINDS, borrower.kind),
        "phone": phone.display if phone else "",
        "phone_works": phone is not None and phone.stopped_at is None and phone.is_dialable,
        "circumstances": [refusal_label(kind) for kind in sorted(borrowers.circumstances(borrower.pk))],
    }


def facts(borrower: Borrower, *, now: datetime) -> dict[str, Any]:
    """The borrower's line, the case, and a card per open loan; settled ones are only counted."""
    views = loans.loans_of(borrower.pk, on=local_day(now))
    open_views = [view for view in views if not view.is_settled]
    reported = {one.loan_id: one for one in bureau.of_borrower(borrower.pk, now=now)}
    return {
        "person": person(borrower),
        "speakers": parties.speakers(borrower, local_day(now)),
        "case": recovery.open_case(borrower.pk),
        "cards": [
            {**_card(view, now=now), "reported": reporting.block(reported.get(view.loan_id), today=local_day(now))}
            for view in open_views
        ],
        "settled_count": len(views) - len(open_views),
        "due_fen": sum(view.due_now_fen for view in open_views),
        "credit": credit.facts(borrower.pk),
    }


def _card(view: LoanView, *, now: datetime) -> dict[str, Any]:
    annual = view.rate * 365 if view.rate_unit == "day" else view.rate
    next_step = ""
    if view.next_change_on and view.days_past_due:
        day = view.next_change_on.strftime("%m-%d")
        next_step = _("%(day)s 进入 M%(stage)d") % {"day": day, "stage": (view.days_past_due - 1) // 30 + 2}
    return {
        "view": view,
        "around": parties.around(view.loan_id, view.as_of),
        "annual_percent": f"{float(annual) * 100:.2f}".rstrip("0").rstrip("."),
        "ladder": c.Ladder(dpd=view.days_past_due, next_step=next_step),
        "bars": [_bar(row) for row in view.instalments if row.n],
        "fresh": _fresh(view.loan_id, now=now),
        "differs": [_differs(one) for one in connectors.open_discrepancies_of({view.ref}).get(view.ref, [])],
    }


def _differs(one: Discrepancy) -> str:
    """One thing that core and book say otherwise about this loan, in a sentence."""
    sides = [_("没有") if fen is None else show_yuan(fen) for fen in (one.core_fen, one.book_fen)]
    told = {"what": named(DIFFERENCES, one.code), "core": sides[0], "book": sides[1], "link": one.source.name}
    told["who"] = one.owner.name if one.owner is not None else _("运营")
    return _("%(link)s：%(what)s，核心 %(core)s，账本 %(book)s；%(who)s在查") % told


def _fresh(loan_id: int, *, now: datetime) -> c.Freshness:
    """Of the lender's core if one tells of this loan; else the book itself is the source."""
    link = connectors.freshness_of_loan(loan_id, now=now)
    if link is None or link.as_of_at is None:
        return c.Freshness(as_of_at=now, words=_("按账本实时算"))
    states: dict[str, Literal["ok", "stale", "down"]] = {"up": "ok", "stale": "stale", "down": "down"}
    told = "" if link.state == "down" else _("核心系统的数据")
    return c.Freshness(as_of_at=link.as_of_at, state=states[link.state], words=told)


def link_down(now: datetime) -> c.Freshness | None:
    """For the note over the middle pane: only while a lender's core cannot be reached."""
    link = connectors.freshness_of_site(now=now)
    if link is None or link.state != "down" or link.as_of_at is None:
        return None
    return c.Freshness(as_of_at=link.as_of_at, state="down", words=_("照常接待；说到金额时请说明截至时间"))


def _bar(row: InstalmentView) -> c.Instalment:
    state = "paid" if row.state == "paid" else "overdue" if row.state == "late" else "open"
    return c.Instalment(
        number=row.n,
        due_on=row.due_on,
        principal_fen=row.total_fen,
        interest_fen=0,
        state=state,  # type: ignore[arg-type]
        paid_fen=row.paid_fen,
    )


def owed_on(borrower_id: int, typed: str, *, now: datetime) -> dict[str, Any]:
    """What will be owed on a day: penalty until then and what falls due by then. day: ISO, as typed; today when it is
    none, is past, or lies beyond the last day that can be promised, where no figure is worth a promise."""
    today = local_day(now)
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        day = today
    if not today <= day <= _latest(borrower_id, today):
        day = today
    fen = sum(view.due_now_fen for view in loans.loans_of(borrower_id, on=day) if not view.is_settled)
    return {"day": day, "is_today": day == today, "fen": fen, "yuan": yuan(fen)}


def quote(borrower_id: int, ref: str, typed: str, *, now: datetime) -> dict[str, Any]:
    """What settles one loan on a day as typed (today when it is none or past), part by part."""
    today = local_day(now)
    try:
        day = max(date.fromisoformat(typed), today)
    except ValueError:
        day = today
    view = next(one for one in loans.loans_of(borrower_id, on=today) if one.ref.upper() == ref.strip().upper())
    told = quotes.quote(view.loan_id, on=day)
    labels = (_("本金"), _("利息，算到这天"), _("费用"), _("罚息"))
    return {
        "ref": view.ref, "day": day, "today": today, "quote": told,
        "parts": [(label, fen) for label, fen in zip(labels, told.amounts, strict=True) if fen],
    }  # fmt: skip


def _latest(borrower_id: int, today: date) -> date:
    case = recovery.open_case(borrower_id)
    stage = case.stage if case is not None else loans.position(borrower_id, on=today).worst_bucket
    return latest_date(stage, today)


def promise_block(borrower_id: int, *, now: datetime, form: PromiseForm | None = None) -> dict[str, Any]:
    """The promise-to-pay form with what each choice would mean, or the promise that is running."""
    today = local_day(now)
    views = [view for view in loans.loans_of(borrower_id, on=today) if not view.is_settled]
    owed = sum(view.due_now_fen for view in views)
    latest = _latest(borrower_id, today)
    promises = recovery.promises_of(borrower_id, limit=5)
    active = next((p for p in promises if p.state == "active"), None)
    last = next((p for p in promises if p.state != "active"), None)
    moves = sorted({v.next_change_on for v in views if v.next_change_on and v.days_past_due})
    return {
        "form": form if form is not None else PromiseForm(),
        "owed_on": owed_on(borrower_id, str(form["due_on"].value() or "") if form is not None else "", now=now),
        "owed_fen": owed,
        "owed_yuan": yuan(owed),
        "today": today,
        "latest": latest,
        "active": active,
        "last": last,
        "last_words": words.named(words.PROMISE_STATES, last.state) if last else "",
        "move_on": moves[0] if moves and moves[0] <= latest else None,
    }


def history(member: Member, borrower_id: int, *, now: datetime) -> dict[str, Any]:
    """Thirty days as lanes and as lines, newest first. What belongs to another team's contacts is left out."""
    since = now - timedelta(days=DAYS)
    team = member.team_id
    found = [one for one in contacts.contacts_of(borrower_id, limit=40) if one.owner_team_id == team]
    attempts = [
        one
        for one in contacts.attempts_since(borrower_id, since)
        if one.contact is None or one.contact.owner_team_id == team
    ]
    money = [one for one in loans.repayments_of(borrower_id) if one.paid_at >= since]
    promises = [one for one in recovery.promises_of(borrower_id) if one.made_at >= since]
    rows = [
        *(_contact_row(one, member) for one in found if one.first_try_at >= since),
        *(_attempt_row(one) for one in attempts),
        *(_promise_row(one) for one in promises),
        *(
            c.TimelineEntry(
                at=one.paid_at, icon="banknote", title=_("还款 %(amount)s") % {"amount": show_yuan(one.amount_fen)},
                detail=one.loan.ref, outcome=_("已入账"), tone="good",
            )
            for one in money
        ),
    ]  # fmt: skip
    rows.sort(key=lambda row: row.at, reverse=True)
    tries = [e.at for e in contacts.timeline(borrower_id, limit=200, team_id=team) if e.author == "borrower"]
    late_on = _late_since(borrower_id, now=now)
    lanes = (
        c.Lane(label=_("来询"), shape="dot", at=tuple(tries)),
        c.Lane(label=_("我方触达"), shape="triangle", at=tuple(one.sent_at for one in attempts if one.sent_at)),
        c.Lane(label=_("不可联系"), shape="cross", at=tuple(one.planned_at for one in attempts if one.refusal)),
        c.Lane(label=_("承诺"), shape="bar", at=tuple(one.made_at for one in promises)),
        c.Lane(label=_("还款"), shape="diamond", at=tuple(one.paid_at for one in money)),
    )
    late_at = _noon(late_on) if late_on else None  # if older than the strip: at its edge, with its true day
    return {
        "rows": rows[:HISTORY_MAX],
        "total": len(rows),
        "lanes": c.Lanes(start_at=since, end_at=now, lanes=lanes, late_since_at=late_at),
    }


def _late_since(borrower_id: int, *, now: datetime) -> date | None:
    days = [view.oldest_late_on for view in loans.loans_of(borrower_id, on=local_day(now)) if view.oldest_late_on]
    return min(days, default=None)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), ZoneInfo(ZONE))


def _contact_row(contact: Contact, member: Member) -> c.TimelineEntry:
    name, icon = words.channel(contact.channel)
    intents = dict.fromkeys(words.named(words.INTENTS, m.intent) for m in contact.matters.all())
    tones: dict[str, tuple[str, c.Tone]] = {
        "waiting": (_("排队中"), "warn"),
        "in_service": (_("办理中"), "info"),
        "settled": (_("已办结"), "good"),
    }
    outcome, tone = tones[contact.state]
    mine = contact.owner_id == member.pk or member.role == "supervisor"
    return c.TimelineEntry(
        at=contact.first_try_at, icon=icon, title=f"{name} · {'、'.join(intents)}", detail=contact.ref, outcome=outcome,
        tone=tone, url=f"/desk/c/{contact.ref}/" if mine else "",
    )  # fmt: skip


def _attempt_row(attempt: Attempt) -> c.TimelineEntry:
    name, icon = words.channel(attempt.channel)
    state: dict[str, tuple[str, c.Tone]] = {
        "sent": (_("已发出"), ""),
        "sending": (_("发送中"), "info"),
        "failed": (_("未送达"), "warn"),
        "expired": (_("已过期"), ""),
        "planned": (_("计划中"), ""),
    }
    outcome, tone = state.get(attempt.state, (_("不可联系"), "bad"))
    if attempt.refusal and attempt.state in {"planned", "refused", "expired"}:
        outcome, tone = _("不可联系 · %(why)s") % {"why": refusal_label(attempt.refusal)}, "bad"
    return c.TimelineEntry(
        at=attempt.sent_at or attempt.planned_at, icon=icon,
        title=f"{name} · {words.named(words.TEMPLATES, attempt.template)}", detail=attempt.body, outcome=outcome,
        tone=tone,
    )  # fmt: skip


def _promise_row(promise: Any) -> c.TimelineEntry:
    tones: dict[str, c.Tone] = {"active": "info", "kept": "good", "partly_kept": "warn", "broken": "bad"}
    day = promise.due_on.strftime("%m-%d")
    title = _("承诺 %(day)s 还 %(amount)s") % {"day": day, "amount": show_yuan(promise.amount_fen)}
    return c.TimelineEntry(
        at=promise.made_at, icon="calendar", title=title, outcome=words.named(words.PROMISE_STATES, promise.state),
        tone=tones.get(promise.state, ""),
    )  # fmt: skip


def results(text: str, *, limit: int = 20) -> Iterator[dict[str, Any]]:
    """Borrowers by number, whole phone, beginning of a name, or loan number; masked."""
    found = borrowers.search(text, limit=limit)
    by_loan = loans.borrower_of_ref(text)
    if by_loan is not None and by_loan not in {one.pk for one in found}:
        found.append(borrowers.borrower(by_loan))
    for one in found:
        yield person(one)
