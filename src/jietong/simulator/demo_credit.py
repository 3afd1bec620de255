"""The demo lends: two products with terms in force, limits for the guests and some others, applications under way."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings

from jietong.borrowers import queries as borrowers
from jietong.loans import commands as loans
from jietong.loans.queries import book as loan_queries
from jietong.loans.queries import products
from jietong.loans.rules.products import ProductTerms
from jietong.origination import commands as origination
from jietong.origination import queries
from jietong.origination.commands import By, Wish

ACTOR = "system:demo"
#: code → terms in force today, and a cheaper draft that waits for an operator
TERMS = {
    "JB": ProductTerms(
        Decimal("0.0004"), (3, 6, 12), 500_00, 50_000_00, rate_unit="day", day_count="actual/365",
        method="equal_principal",
    ),
    "XF": ProductTerms(Decimal("0.144"), (3, 6, 12, 24), 1000_00, 50_000_00),
}  # fmt: skip
DRAFT = ProductTerms(Decimal("0.126"), (3, 6, 12, 24), 1000_00, 50_000_00)
OTHERS = 60  # borrowers beside the guests who have a limit
ROOM_FEN = 12_000_00
STEP_FEN = 1000_00


def open_credit(*, guests: set[int], others: list[int], today: date, now: datetime) -> int:
    """Answers how many limits were granted."""
    for code, terms in TERMS.items():
        version = loans.draft_version(code=code, terms=terms, note="首版条款", actor=ACTOR, now=now)
        loans.put_in_force(version_id=version.pk, from_on=today, actor=ACTOR, now=now)
    loans.draft_version(code="XF", terms=DRAFT, note="按时还款客户降价，待定", actor=ACTOR, now=now)
    chosen = [*sorted(guests), *others[:OTHERS]]
    used = queries.used_of(chosen)
    amounts = [(key, -(-(used[key] + ROOM_FEN) // STEP_FEN) * STEP_FEN) for key in chosen]
    first = By(actor=ACTOR, reason="first", rule="first_limit")
    made = origination.grant_many(
        amounts=[(key, min(fen, 200_000_00)) for key, fen in amounts], by=first, now=now - timedelta(days=30)
    )
    _changes(others, now=now)
    _applications(others, today=today, now=now)
    _paid_out(others, today=today, now=now)
    return made


def _paid_out(others: list[int], *, today: date, now: datetime) -> None:
    """Two small loans whose money the bank's statement has not shown yet, and one that a person has seen there."""
    version = products.version_in_force("XF", on=today)
    if version is None or len(others) < OTHERS:
        return
    for days, key in zip((1, 5, 2), others[-3:], strict=True):
        lent = loans.book_loan(
            ref=f"JK-DEMO{days}", borrower_id=key, version_id=version.pk, creditor=settings.LENDER_NAME,
            principal_fen=3000_00, instalments=6, disbursed_on=today - timedelta(days=days), actor=ACTOR, now=now,
        )  # fmt: skip
        if key == others[-1]:
            loans.clear_payout(
                loan_ref=lent.ref, serial="DEMO-P0001", amount_fen=lent.principal_fen, on=lent.disbursed_on,
                actor=ACTOR, now=now,
            )  # fmt: skip


def _changes(others: list[int], *, now: datetime) -> None:
    """A cut by a person, undone the next day; a freeze that the borrower asked for."""
    if len(others) < OTHERS:
        return
    cut, asked = others[0], others[1]
    before = queries.limit(cut)
    if before is not None:
        by = By(actor=ACTOR, reason="risk", note="复查时收入证明已过期")
        to_fen = before.granted_fen // 2 // STEP_FEN * STEP_FEN
        change = origination.set_limit(borrower_id=cut, kind="cut", to_fen=to_fen, by=by, now=now - timedelta(days=3))
        back = By(actor=ACTOR, reason="corrected", note="补交了新的收入证明")
        origination.take_back(change_id=change.pk, by=back, now=now - timedelta(days=2))
    asks = By(actor=ACTOR, reason="borrower_asked", note="本人来电要求先停用")
    origination.freeze(borrower_id=asked, by=asks, now=now - timedelta(days=1))


def _applications(others: list[int], *, today: date, now: datetime) -> None:
    """Some wait for a person: nobody has proved who they are for a year."""
    current = [key for key in others[2:OTHERS] if loan_queries.position(key, on=today).overdue_fen == 0]
    wishes = ((6000_00, 12, "home"), (3000_00, 6, "medical"), (9000_00, 12, "education"))
    for minutes, (key, (fen, count, purpose)) in enumerate(zip(current, wishes, strict=False), start=1):
        card = next(iter(borrowers.bound_cards(key)), None)
        if card is not None:
            at = now - timedelta(minutes=37 * minutes)
            drafted = origination.draft(borrower_id=key, wish=Wish("XF", fen, count, purpose, card), now=at)
            origination.submit(application=drafted, now=at)
