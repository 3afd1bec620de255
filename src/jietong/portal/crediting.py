"""额度和借款, made ready for the pages: what may be drawn, what it would cost, how far an application is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _

from jietong.borrowers import queries as borrowers
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.money import parse_yuan, yuan
from jietong.loans import commands as loan_commands
from jietong.loans.commands import Cancellation
from jietong.loans.queries import products
from jietong.loans.rules.products import Example, ProductTerms, percent, worked
from jietong.origination import disclosing, labels, queries
from jietong.origination.commands import Wish
from jietong.origination.rules.application import OPEN

if TYPE_CHECKING:
    from jietong.loans.models import ProductVersion
    from jietong.origination.models import Application, LimitChange

STEP_FEN = 100_00
CHIPS_FEN = (1000_00, 3000_00, 5000_00, 10_000_00, 20_000_00)


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of the way from the wish to the money: done, now, or to come."""

    label: str
    state: str


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of the limit in plain words."""

    at: datetime
    title: str
    why: str
    now: str
    topic: str
    delta_fen: int
    granted_fen: int
    is_by_rule: bool
    is_undone: bool


def limit_page(borrower_id: int) -> dict[str, Any]:
    """The limit, why it is as it is, and every change of it."""
    limit = queries.limit(borrower_id)
    frozen = [labels.limit_reason(row.reason) for row in limit.freezes] if limit is not None else []
    return {
        "limit": limit,
        "frozen": frozen,
        "changes": [change_row(row) for row in queries.changes(borrower_id)],
        "applications": [application_row(row) for row in queries.applications_of(borrower_id)],
    }


def change_row(row: LimitChange) -> ChangeRow:
    told = labels.limit_reason(row.reason)
    undone = hasattr(row, "undone_by")
    return ChangeRow(
        at=row.at,
        title=str(labels.CHANGES[row.kind]),
        why=str(told.why),
        now="" if undone else str(told.now),
        topic=told.topic,
        delta_fen=row.delta_fen,
        granted_fen=row.granted_fen,
        is_by_rule=bool(row.rule),
        is_undone=undone,
    )


def application_row(row: Application) -> dict[str, Any]:
    return {
        "row": row,
        "state": str(labels.STATES[row.state]),
        "tone": labels.TONES.get(row.state, ""),
        "is_open": row.state in OPEN,
    }


def choice(borrower_id: int, typed: QueryDict, *, now: datetime) -> dict[str, Any]:
    """The page on which amount and term are chosen: what is lent today, and the chips that fit into the limit."""
    limit = queries.limit(borrower_id)
    room = limit.room_fen if limit is not None else 0
    lent = [row for row in products.lent_on(_today(now)) if row.terms is not None]
    version = next((row for row in lent if row.product.code == typed.get("product")), lent[0] if lent else None)
    context: dict[str, Any] = {
        "limit": limit,
        "frozen": [labels.limit_reason(row.reason) for row in limit.freezes] if limit is not None else [],
        "lent": lent,
        "version": version,
        "cards": _cards(borrower_id),
        "purposes": labels.PURPOSES.items(),
        "typed": typed,
        "open": queries.open_application(borrower_id),
    }
    if version is None:
        return context
    most = min(room, version.amount_max_fen) // STEP_FEN * STEP_FEN
    chips = [fen for fen in CHIPS_FEN if version.amount_min_fen <= fen < most]
    amount = typed.get("amount") or yuan(min(most, max(version.amount_min_fen, 3000_00))).removesuffix(".00")
    term = typed.get("instalments") or str(min(version.instalment_counts, key=lambda n: abs(n - 12)))
    return context | {
        "most_fen": most,
        "least_fen": version.amount_min_fen,
        "chips": [(yuan(fen).removesuffix(".00"), fen) for fen in [*chips[-3:], most] if fen > 0],
        "amount": amount,
        "term": term,
        "can_borrow": most >= version.amount_min_fen,
        "rate": disclosing.rate_words(version.terms) if version.terms is not None else "",
    }


def quote(version: ProductVersion | None, typed: QueryDict, *, now: datetime) -> dict[str, Any]:
    """What the typed amount would cost; nothing while it makes no sense yet."""
    terms = version.terms if version is not None else None
    if terms is None:
        return {"example": None}
    try:
        amount, count = parse_yuan(typed.get("amount", "")), _whole(typed.get("instalments", ""))
        example = worked(terms, principal_fen=amount, instalments=count, disbursed_on=_today(now))
    except InputError:
        return {"example": None}  # while somebody is typing, half an amount is no error yet
    return cost(terms, example)


def cost(terms: ProductTerms, example: Example) -> dict[str, Any]:
    return {
        "example": example,
        "all_in": percent(example.all_in),
        "method": disclosing.method_words(terms.method),
        "late_percent": disclosing.late_percent(terms),
        "days_off": terms.cooling_off_days,
        "rows": [(row, row.total_fen + example.fee_each_fen) for row in example.rows],
    }


def wish(typed: QueryDict) -> Wish:
    """Read the form. Raises InputError naming the field."""
    return Wish(
        product_code=typed.get("product", ""),
        amount_fen=parse_yuan(typed.get("amount", "")),
        instalments=_whole(typed.get("instalments", "")),
        purpose=typed.get("purpose", ""),
        card_id=_whole(typed.get("card", ""), "card"),
    )


def application_page(application: Application, *, now: datetime) -> dict[str, Any]:
    """One application as far as it is, with what can be done now."""
    terms = application.version.terms
    assert terms is not None
    told = [labels.reason(code) for code in application.reasons]
    on = application.disbursed_on or _today(now)
    shown = queries.confirmed_disclosure(application.pk)
    return {
        "application": application,
        "plain_amount": yuan(application.amount_fen).removesuffix(".00"),
        "state": str(labels.STATES[application.state]),
        "tone": labels.TONES.get(application.state, ""),
        "purpose": labels.PURPOSES.get(application.purpose, application.purpose),
        "card_tail": str(application.card.number)[-4:],
        "reasons": told,
        "topic": next((one.topic for one in told if one.topic), "limit"),
        "by_person": application.decided_by.startswith("staff:"),
        "steps": steps(application.state),
        "signed_lines": shown.lines if shown is not None else (),
        "signed_at": shown.confirmed_at if shown is not None else None,
        "cancellation": _cancellation(application, now=now) if application.state == "disbursed" else None,
        "last_day": (
            loan_commands.last_day(application.disbursed_on, terms.cooling_off_days)
            if application.disbursed_on is not None
            else None
        ),
        "moving": application.state in {"signed", "cancelling"},
        **cost(terms, disclosing.example(application, on=on)),
    }


def steps(state: str) -> list[Step]:
    """Where an application is on its way; nothing for one that has ended elsewhere."""
    order = [("draft", _("填好")), ("approved", _("通过")), ("signed", _("签字")), ("disbursed", _("到账"))]
    at = {"draft": 0, "submitted": 1, "in_review": 1, "approved": 2, "payout_failed": 2, "signed": 3, "disbursed": 4}
    if state not in at:
        return []
    place = at[state]
    return [
        Step(label, "done" if n < place else "now" if n == place else "later") for n, (_name, label) in enumerate(order)
    ]


def _cancellation(application: Application, *, now: datetime) -> Cancellation | None:
    try:
        return loan_commands.cancellation(application.ref, on=_today(now))
    except CommandRefused:
        return None  # too late, or money came: the page then offers early repayment


def _cards(borrower_id: int) -> list[tuple[int, str]]:
    return [(key, f"{bank} {tail}".strip()) for key, (bank, tail) in borrowers.bound_cards(borrower_id).items()]


def _today(now: datetime) -> date:
    return clock.local_date(now, settings.LENDER_TIME_ZONE)


def _whole(raw: str, field: str = "instalments") -> int:
    if not raw.isascii() or not raw.isdigit() or len(raw) > 9:
        raise InputError(field, "unknown", "choose one")
    return int(raw)
