"""`jietong loans bank-file FILE`: book a bank's statement of incoming transfers; what has no loan waits in suspense.

Exit status: 0 all booked or known, 1 some lines wait for a person, 2 file refused.
"""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

from rich.console import Console

from jietong.kernel.bootstrap import prepare_django
from jietong.kernel.money import show_yuan
from jietong.loans.bank_statement import Statement, Totals, read_statement
from jietong.loans.tape import TapeRefused


def bank_file(argv: list[str]) -> int:
    wanted = _parser().parse_args(argv)
    console = Console(stderr=True)
    try:
        fen = int(Decimal(wanted.total) * 100) if wanted.total else None
    except (InvalidOperation, ValueError):
        print(f"total: {wanted.total!r} is not an amount in yuan (not_an_amount)", file=sys.stderr)
        return 2
    told = Totals(wanted.lines, fen) if (wanted.lines, fen) != (None, None) else None
    try:
        statement = read_statement(wanted.file, told=told)
    except TapeRefused as refused:
        console.print(f"{refused.file}: {refused.message} ({refused.code}). Nothing was booked.", highlight=False)
        return 2
    return _book(statement, dry_run=wanted.dry_run, console=console)


def _book(statement: Statement, *, dry_run: bool, console: Console) -> int:
    prepare_django()
    from jietong.kernel import clock
    from jietong.loans.commands.claiming import BOOKED, KNOWN, WAITING, claim_statement

    result = claim_statement(statement, actor="operator:cli", now=clock.now(), dry_run=dry_run)
    if result.already_known:
        console.print("This very file was read before: nothing changed.")
        return 0
    words = {BOOKED: "would be booked" if dry_run else "booked", WAITING: "wait for a person", KNOWN: "known before"}
    for became, label in words.items():
        amount = show_yuan(result.totals_fen[became])
        console.print(f"{result.counts[became]:,} transfers, {amount}: {label}", highlight=False)
    if any(result.payouts.values()):
        told = ", ".join(f"{count:,} {became.replace('_', ' ')}" for became, count in result.payouts.items() if count)
        console.print(f"  payouts: {told}", highlight=False)
    for reason, count in sorted(result.reasons.items(), key=lambda one: -one[1]):
        console.print(f"  {count:,} {reason}", highlight=False)
    return 1 if result.counts[WAITING] else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jietong loans bank-file", description="Book incoming transfers; see docs/bank-file.md."
    )
    parser.add_argument("file", type=Path, help="the statement: CSV, tab, bar or XLSX; UTF-8 or GBK")
    parser.add_argument("--lines", type=int, help="how many incoming transfers the bank says there are")
    parser.add_argument("--total", help="their sum in yuan, as the bank says")
    parser.add_argument("--dry-run", action="store_true", help="do everything, then undo it")
    return parser
