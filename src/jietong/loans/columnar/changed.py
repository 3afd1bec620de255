"""Loans whose plan was changed: told one by one by the plain rules, since the kernel pays plans that stay as they are.

Changes are few (settled early, prepaid in part, planned anew, waived, written off), and each rewrites the rows that the
next one reads, so there is nothing to be gained by columns. In goes a row of LOANS, out comes a row of STATES, as for
every other loan. Needs pyarrow (extra `[spark]`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from jietong.loans.columnar.layout import STATES
from jietong.loans.rules import buckets, replay
from jietong.loans.rules.changes import Change, Contract, change_of
from jietong.loans.rules.opening import COMPONENTS, PENALTY, PRINCIPAL, Open, PenaltyOf
from jietong.loans.rules.penalty import YEAR_DAYS, accrued_penalty_fen

UNKNOWN_CHANGE = "unknown_change"

Row = Mapping[str, Any]


def tell_changed(rows: pa.RecordBatch, cap_annual: Decimal | None) -> pa.RecordBatch:
    """One row of STATES per row of LOANS, in the same order. What cannot be told has its reason in `refused`."""
    return pa.RecordBatch.from_pylist([_state(row, cap_annual) for row in rows.to_pylist()], schema=STATES)


def _state(row: Row, cap_annual: Decimal | None) -> dict[str, Any]:
    named = {name: row[name] for name in ("loan_id", "ref", "as_of")}
    order = row["allocation"].split(",") if row["allocation"] else []
    try:
        places = [COMPONENTS.index(name) for name in order]
        changes = [_change(row, k) for k in range(len(row["change_id"]))]
    except (KeyError, ValueError):
        return {**named, "refused": UNKNOWN_CHANGE}
    opening = _opening(row)
    told = replay.replay(
        opening, _moneys(row), order=places, penalty_of=_penalty_of(row, cap_annual), changes=changes,
        contract=Contract(row["disbursed_on"], _rate(row), row["rate_unit"], row["day_count"], row["method"]),
    )  # fmt: skip
    lines = [line for line in told.instalments if not asks_nothing(line)]
    return {
        **named,
        **_head(row, told, lines),
        **_lines(row, told, lines, cap_annual),
        **_money(told),
        **_moves(row, told),
    }


def asks_nothing(line: Open) -> bool:
    """A row that a change added without asking for anything; the book may keep such rows of changes taken back."""
    return bool(line.opened_by) and not any(line.owed) and not any(line.paid)


def _change(row: Row, k: int) -> Change:
    return change_of(
        row["change_kind"][k],
        name=f"{row['change_id'][k]:012d}",
        at=row["change_at"][k],
        on=row["change_on"][k],
        first_n=row["change_first_n"][k],
        receipt=row["change_receipt"][k],
        keep=row["change_keep"][k],
        terms=json.loads(row["change_terms"][k]),
    )


def _opening(row: Row) -> list[Open]:
    owed = zip(*(row[f"{part}_fen"] for part in COMPONENTS), strict=True)
    paid = zip(*(row[f"{part}_paid_fen"] for part in COMPONENTS), strict=True)
    lines = zip(row["n"], row["due_on"], owed, paid, row["penalty_through_on"], strict=True)
    return sorted(
        (Open(n, due_on, list(asked), list(had), through) for n, due_on, asked, had, through in lines),
        key=lambda line: (line.due_on, line.n),
    )


def _moneys(row: Row) -> list[replay.Money]:
    columns = (row["receipt"], row["paid_at"], row["paid_on"], row["amount_fen"])
    return [replay.Money(*one) for one in zip(*columns, strict=True)]


def _rate(row: Row) -> Decimal:
    return Decimal(row["rate_e10"]).scaleb(-10)


def _penalty_of(row: Row, cap_annual: Decimal | None) -> PenaltyOf:
    is_daily = row["rate_unit"] == "day"
    annual = _rate(row) * YEAR_DAYS if is_daily else _rate(row)
    basis, multiple = YEAR_DAYS if is_daily else 360, Decimal(row["multiple_e3"]).scaleb(-3)

    def penalty(principal_fen: int, days: int) -> int:
        return accrued_penalty_fen(principal_fen, annual, multiple, days, basis, cap_annual)

    return penalty


def _booked(row: Row, told: replay.Replayed, line: Open) -> bool:
    """Whether the line's interest is in the ledger: day-end came by, money or a change took it, or it began owed."""
    touched = {n for one in told.received for n, _part, _fen in one.parts}
    fell_due = row["closed_on"] is not None and line.due_on <= row["closed_on"]
    came_late = bool(line.opened_by) and row["aged_on"] is not None and line.due_on <= row["aged_on"]
    began_paid = any(
        n == line.n and any(row[f"{part}_paid_fen"][k] for part in COMPONENTS) for k, n in enumerate(row["n"])
    )
    return bool(line.closed_by) or line.n in touched or began_paid or fell_due or came_late


def _head(row: Row, told: replay.Replayed, lines: Sequence[Open]) -> dict[str, Any]:
    as_of: date = row["as_of"]
    by_due = sorted(lines, key=lambda line: (line.due_on, line.n))
    unpaid = [line for line in by_due if line.left > 0]
    oldest = replay.oldest_unpaid(by_due)
    next_due = next((line.due_on for line in unpaid if line.due_on > as_of), None)
    unbooked = next((line.due_on for line in unpaid if not _booked(row, told, line)), None)
    looks = [day for day in (buckets.next_move_on(oldest, as_of), next_due, unbooked) if day is not None]
    gone = ("written_off", "recovered") if told.is_written_off else ("active", "settled")
    return {
        "status": gone[0] if unpaid else gone[1],
        "bucket": buckets.bucket_on(oldest, as_of),
        "days_past_due": buckets.days_past_due(oldest, as_of),
        "outstanding_principal_fen": sum(line.owed[PRINCIPAL] - line.paid[PRINCIPAL] for line in unpaid),
        "outstanding_fen": sum(line.left for line in unpaid),
        "oldest_unpaid_due_on": oldest,
        "next_due_on": next_due,
        "next_change_on": min(looks, default=None),
    }


def _lines(row: Row, told: replay.Replayed, lines: Sequence[Open], cap_annual: Decimal | None) -> dict[str, Any]:
    penalty_of = _penalty_of(row, cap_annual)
    accrued = [0 if told.is_written_off else _accrued(line, row["as_of"], penalty_of) for line in lines]
    return {
        "penalty_unbooked_fen": sum(accrued),
        "n": [line.n for line in lines],
        **{f"{part}_paid_fen": [line.paid[k] for line in lines] for k, part in enumerate(COMPONENTS)},
        "penalty_fen": [line.owed[PENALTY] for line in lines],
        "penalty_through_on": [line.penalty_through_on for line in lines],
        "line_penalty_unbooked_fen": accrued,
        "interest_booked": [_booked(row, told, line) for line in lines],
    }


def _accrued(line: Open, on: date, penalty_of: PenaltyOf) -> int:
    since = line.penalty_through_on or line.due_on
    unpaid = line.owed[PRINCIPAL] - line.paid[PRINCIPAL]
    return penalty_of(unpaid, (on - since).days) if line.due_on < on and since < on and unpaid > 0 else 0


def _money(told: replay.Replayed) -> dict[str, Any]:
    parts = [(k, *part) for k, one in enumerate(told.received) for part in one.parts]
    return {
        "receipt": [one.receipt for one in told.received],
        "credit_fen": [one.credit_fen for one in told.received],
        "part_receipt": [k for k, _n, _part, _fen in parts],
        "part_n": [n for _k, n, _part, _fen in parts],
        "part_component": [part for _k, _n, part, _fen in parts],
        "part_fen": [fen for _k, _n, _part, fen in parts],
    }


def _moves(row: Row, told: replay.Replayed) -> dict[str, Any]:
    moves = replay.history(told.points, start=row["start_bucket"], from_on=row["start_on"], as_of=row["as_of"])
    return {
        "move_on": [move.on for move in moves],
        "move_from": [move.from_bucket for move in moves],
        "move_to": [move.to_bucket for move in moves],
    }
