"""`jietong loans show REF`: a loan's life as text for the operator: parties, plan, money, postings, buckets, classes.

Names are masked and numbers of persons are never shown. Exit status: 0 shown, 2 no such loan or a day that is none.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from jietong.kernel.bootstrap import prepare_django
from jietong.kernel.money import show_yuan

if TYPE_CHECKING:
    from jietong.loans.models import Loan
    from jietong.loans.queries.book import LoanView

NONE = "  (none)"
FIGURES = frozenset({"n", "sum", "asked", "left", "over", "part", "put in", "repaid", "handed on"})


def show(argv: list[str]) -> int:
    wanted = _parser().parse_args(argv)
    prepare_django()
    from django.conf import settings

    from jietong.kernel import clock
    from jietong.loans.queries import book, suspense

    try:
        on = date.fromisoformat(wanted.on) if wanted.on else clock.local_date(clock.now(), settings.LENDER_TIME_ZONE)
    except ValueError:
        print(f"on: {wanted.on!r} is no date like 2026-01-31 (not_a_date)", file=sys.stderr)
        return 2
    loan = suspense.loan_of_ref(wanted.ref)
    if loan is None:
        print(f"ref: there is no loan {wanted.ref} (unknown)", file=sys.stderr)
        return 2
    console = Console(width=wanted.width, highlight=False, markup=False)  # a reason may hold brackets
    view = book.loan(loan.pk, on=max(on, loan.disbursed_on))
    _head(console, loan, view)
    _parties(console, loan, view.as_of)
    _plan(console, view)
    _changes(console, loan)
    _money(console, loan)
    _postings(console, loan)
    _history(console, loan)
    return 0


def _head(console: Console, loan: Loan, view: LoanView) -> None:
    from jietong.ui.words import masked_name

    unit = "a day" if view.rate_unit == "day" else "a year"
    state = f"{loan.status}, {view.bucket}, {view.days_past_due} days late"
    console.print(f"{loan.ref}  as of {view.as_of}  {state}", style="bold")
    console.print(f"  borrower   {loan.borrower.number} {masked_name(loan.borrower.name)}")
    console.print(
        f"  lent       {view.disbursed_on}, {show_yuan(view.principal_fen)}, {loan.product.code}, {view.method}"
    )
    console.print(f"  rate       {view.rate * 100:f}% {unit}, {loan.day_count}, penalty x {view.penalty_multiple}")
    console.print(f"  owed       {show_yuan(view.outstanding_fen)}, due now {show_yuan(view.due_now_fen)}")


def _parties(console: Console, loan: Loan, on: date) -> None:
    from jietong.loans.queries import clearing, dividing, parties
    from jietong.ui.words import masked_name

    who = parties.parties_on(loan.pk, on)
    rows = [("creditor", who.creditor, "")]
    rows += [("has a part", one.holder, show_yuan(one.amount_fen or 0)) for one in who.claims[1:]]
    rows += [("funder", one.name, one.shown) for one in who.funders]
    rows += [("platform", name, "") for name in who.platforms]
    rows += [("guarantor", masked_name(one.name) if one.is_person else one.name, "") for one in who.guarantors]
    _table(console, "parties", ("role", "who", "part"), rows)
    changes = [*who.coming, *who.changes, *who.undone]
    if changes:
        told = [
            (
                str(one.on), one.kind, one.giver, one.taker, show_yuan(one.amount_fen) if one.amount_fen else "",
                one.division, one.reference, f"undone: {one.undone_because}" if one.is_undone else _ways(one.told),
            )
            for one in changes
        ]  # fmt: skip
        _table(console, "changes of creditor", ("on", "kind", "from", "to", "sum", "first", "number", "told"), told)
    parts = dividing.of_loan(loan.pk, on=on).parts
    if parts:
        columns = ("since", "holder", "put in", "repaid", "handed on")
        figures = [
            (str(one.on), one.holder, *map(show_yuan, (one.amount_fen, one.got_fen, one.handed_fen))) for one in parts
        ]
        _table(console, "parts", columns, figures)
    payout = clearing.cleared(loan.pk)
    if payout is not None:
        console.print(f"payout shown by the bank: {payout.serial} on {payout.on}, {show_yuan(payout.amount_fen)}")


def _ways(told: Iterable[tuple[str, object]]) -> str:
    return ", ".join(how for how, _at in told) or "not told"


def _plan(console: Console, view: LoanView) -> None:
    rows = [
        (str(one.n), str(one.due_on), show_yuan(one.total_fen), show_yuan(one.left_fen), one.state)
        for one in view.instalments
    ]
    _table(console, "plan", ("n", "due", "asked", "left", "state"), rows)


def _changes(console: Console, loan: Loan) -> None:
    rows = [
        (str(one.on), one.kind, one.state, one.reason, one.actor, one.undo_reason)
        for one in loan.plan_changes.order_by("at", "pk")
    ]
    _table(console, "changes of the plan", ("on", "kind", "state", "why", "by", "undone because"), rows)


def _money(console: Console, loan: Loan) -> None:
    from jietong.loans.replay import paid_on

    rows = [
        (
            str(paid_on(one.paid_at)), one.receipt, show_yuan(one.amount_fen), show_yuan(one.credit_fen),
            f"reversed: {one.reverse_reason}" if one.reversed_at else "",
        )
        for one in loan.repayments.order_by("paid_at", "pk")
    ]  # fmt: skip
    _table(console, "repayments", ("paid", "receipt", "sum", "over", ""), rows)


def _postings(console: Console, loan: Loan) -> None:
    rows: list[Sequence[str]] = []
    last = None
    balances: dict[str, int] = {}
    for one in loan.postings.order_by("pk"):
        first = one.entry != last
        begins = (str(one.booked_on), one.kind) if first else ("", "")
        rows.append((*begins, one.debit, one.credit, show_yuan(one.amount_fen)))
        balances[one.debit] = balances.get(one.debit, 0) + one.amount_fen
        balances[one.credit] = balances.get(one.credit, 0) - one.amount_fen
        last = one.entry
    _table(console, "postings", ("booked", "kind", "debit", "credit", "sum"), rows)
    told = [(account, show_yuan(fen)) for account, fen in sorted(balances.items()) if fen]
    _table(console, "balances (debit less credit)", ("account", "sum"), told)


def _history(console: Console, loan: Loan) -> None:
    from jietong.loans.queries.book import bucket_history
    from jietong.loans.queries.classes import class_history

    moves = [(str(one.on), one.from_bucket, one.to_bucket, one.cause) for one in bucket_history(loan.pk)]
    _table(console, "buckets", ("on", "from", "to", "because"), moves)
    classes = [(str(one.on), one.from_class, one.to_class, one.cause) for one in class_history(loan.pk)]
    _table(console, "classes", ("on", "from", "to", "because"), classes)


def _table(console: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    console.print(f"\n{title}", style="bold")
    if not rows:
        console.print(NONE)
        return
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    for name in columns:
        table.add_column(name, justify="right" if name in FIGURES else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="jietong loans show", description="A loan's life as text.")
    parser.add_argument("ref", help="the loan's number")
    parser.add_argument("--on", default="", help="as of which day, 2026-01-31; today if not given")
    parser.add_argument("--width", type=int, default=160, help="characters a line")
    return parser
