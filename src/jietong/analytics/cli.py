"""`jietong analytics roll-rates` and `vintages`: an account-month file in, one JSON object out. No database."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from jietong.kernel.errors import InputError

if TYPE_CHECKING:
    from jietong.analytics.rules.histories import Histories

Answer = dict[str, Any]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError("arguments", "usage", message)


def roll_rates(argv: list[str]) -> int:
    """Print counts and rates of one month's moves; return 0, 1 for a bad file, 2 for bad usage."""
    return _serve("roll-rates", argv, _roll_rates)


def vintages(argv: list[str]) -> int:
    """Print the ever-in-arrears curves by months on book; return 0, 1 for a bad file, 2 for bad usage."""
    return _serve("vintages", argv, _vintages)


def load_histories(
    path: Path, *, account: str, month: str, status: str, states: tuple[str, str | None, str | None]
) -> Histories:
    """The ordered histories of a file; `states` is (order joined by commas, cured, none). Raises InputError."""
    import numpy as np

    from jietong.analytics.account_months import read_columns
    from jietong.analytics.rules.histories import States, order_histories
    from jietong.analytics.rules.months import month_numbers

    order, cured, none = states
    known = States(tuple(name.strip() for name in order.split(",")), cured, none)
    accounts, months, statuses = read_columns(path, (account, month, status))
    for column, name in ((accounts, account), (months, month)):
        if column.has_blank:
            raise InputError(name, "blank", f"the column {name} has an empty field")
    ranks = {name: rank for rank, name in enumerate(known.names)}
    rank = np.array([ranks.get(name, -1) for name in statuses.values()], dtype=np.int64)[statuses.codes]
    number = np.array(month_numbers(months.values()), dtype=np.int64)[months.codes]
    return order_histories(accounts.codes, number, rank, states=known, account_name=accounts.value)


def _serve(name: str, argv: list[str], answer: Callable[[Histories], Answer]) -> int:
    try:
        given = _options(name, argv)
        histories = load_histories(
            Path(given.file),
            account=given.account,
            month=given.month,
            status=given.status,
            states=(given.order, given.cured, given.none),
        )
        reply = answer(histories)
    except InputError as error:
        sys.stdout.write(json.dumps({"error": error.as_dict()}, ensure_ascii=False) + "\n")
        return 2 if error.code == "usage" else 1
    sys.stdout.write(json.dumps(reply, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()
    return 0


def _options(name: str, argv: list[str]) -> argparse.Namespace:
    parser = _Parser(prog=f"jietong analytics {name}", description="Reads an account-month CSV (.gz and .zip too).")
    parser.add_argument("file")
    parser.add_argument("--account", required=True, help="column of the account")
    parser.add_argument("--month", required=True, help="column of the month: whole numbers or dates")
    parser.add_argument("--status", required=True, help="column of the state")
    parser.add_argument("--order", required=True, help="arrears states from best to worst, joined by commas")
    parser.add_argument("--cured", help="the paid-off state")
    parser.add_argument("--none", help="the state without a loan")
    return parser.parse_args(argv)


def _totals(histories: Histories) -> Answer:
    return {
        "accounts": histories.accounts,
        "months": histories.months,
        "account_months": len(histories.account),
        "warnings": histories.warnings,
    }


def _roll_rates(histories: Histories) -> Answer:
    from jietong.analytics.rules.roll_rates import roll_rates as rules

    counts, rates = rules(histories)
    return {"counts": counts, "rates": rates, **_totals(histories)}


def _vintages(histories: Histories) -> Answer:
    from jietong.analytics.rules.vintages import vintages as rules

    ever, at_risk = rules(histories)
    return {"ever": ever, "at_risk": at_risk, **_totals(histories)}
