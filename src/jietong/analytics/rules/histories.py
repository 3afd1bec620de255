"""Account histories in order: one row per account and month, and what is odd about them.

States are ranked: `none` and `cured` first (no arrears), then the arrears states best to worst. Where an account
has two states in one month the worse one stands (prudence), and the warning says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from jietong.kernel.errors import InputError

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Warning_ = dict[str, object]

#: As many account ids as this stand in a warning as examples; nothing else about a person does.
EXAMPLES_MAX = 5
MONTH_SPAN_MAX = 12_000
JUMP_MIN = 2


@dataclass(frozen=True, slots=True)
class States:
    """The states of a file, best first: [none] [cured] then `order`."""

    order: tuple[str, ...]
    cured: str | None = None
    none: str | None = None

    def __post_init__(self) -> None:
        names = self.names
        if not self.order or any(not name for name in names):
            raise InputError("order", "missing", "give the arrears states from best to worst")
        if len(set(names)) < len(names):
            raise InputError("order", "duplicate", "a state occurs twice among --order, --cured and --none")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in (self.none, self.cured) if name is not None) + self.order

    @property
    def first_arrears(self) -> int:
        """Rank of order[0]."""
        return len(self.names) - len(self.order)


@dataclass(frozen=True, slots=True)
class Histories:
    """Rows sorted by account, then month, each pair once. All arrays have one length.

    account: codes 0..accounts-1. month: consecutive months differ by 1. rank: index into states.names.
    """

    states: States
    account: Ints
    month: Ints
    rank: Ints
    accounts: int
    months: int
    warnings: list[Warning_] = field(default_factory=list)

    def next_month(self) -> Ints:
        """Row numbers whose next row is the next month of the same account."""
        same = self.account[1:] == self.account[:-1]
        return np.flatnonzero(same & (np.diff(self.month) == 1))


def order_histories(
    account: Ints, month: Ints, rank: Ints, *, states: States, account_name: Callable[[int], str]
) -> Histories:
    """Sort rows, drop duplicates and unknown states (rank -1), and note what is odd.

    account_name: gives the id of an account code, for the examples. Raises InputError if no row has a known
    state or the months span more than a thousand years.
    """
    warnings: list[Warning_] = []
    if not len(account):
        raise InputError("file", "empty", "the file has no rows")
    accounts, months = len(np.unique(account)), len(np.unique(month))
    known = rank >= 0
    if not known.any():
        raise InputError("status", "unknown_state", "no row has a state of --order, --cured or --none")
    _note(warnings, "unknown_state", account[~known], account_name)
    if not known.all():
        account, month, rank = account[known], month[known], rank[known]
    base = int(month.min())
    span = int(month.max()) - base + 1
    if span > MONTH_SPAN_MAX:
        raise InputError("month", "range_too_long", f"the months span {span} months")
    # One integer per row sorts faster than three columns, and most files are in order already.
    many = len(states.names)
    key = (account * span + (month - base)) * many + rank
    if not (key[1:] > key[:-1]).all():
        key = np.sort(key)
        place = key // many
        last = np.append(place[1:] != place[:-1], True)
        twin = np.flatnonzero(~last)
        same = key[twin] == key[twin + 1]
        _note(warnings, "duplicate", place[twin[same]] // span, account_name)
        _note(warnings, "conflicting_duplicate", place[twin[~same]] // span, account_name)
        key = key[last]
        account, month, rank = key // many // span, key // many % span + base, key % many
    histories = Histories(states, account, month, rank, accounts, months, warnings)
    _odd_steps(histories, account_name)
    return histories


def _odd_steps(histories: Histories, account_name: Callable[[int], str]) -> None:
    """Gaps, jumps of two or more buckets, arrears after being paid off, and states nobody leaves."""
    account, warnings, states = histories.account, histories.warnings, histories.states
    apart = (account[1:] == account[:-1]) & (np.diff(histories.month) > 1)
    _note(warnings, "gap", account[1:][apart], account_name)
    at = histories.next_month()
    # Whoever is paid off or has no loan stands where the best state stands: entering the second bucket is a jump.
    level = np.maximum(histories.rank - states.first_arrears, 0)
    rise = level[at + 1] - level[at]
    _note(warnings, "jump", account[at[rise >= JUMP_MIN]], account_name, direction="worse")
    _note(warnings, "jump", account[at[rise <= -JUMP_MIN]], account_name, direction="better")
    before, after = histories.rank[at], histories.rank[at + 1]
    if states.cured is not None:
        reopened = (before == states.names.index(states.cured)) & (level[at + 1] > 0)
        _note(warnings, "arrears_after_cured", account[at[reopened]], account_name)
    for rank, name in enumerate(states.names):
        leaving = before == rank
        if leaving.any() and (after[leaving] == rank).all():
            _note(warnings, "absorbing_state", account[at[leaving]], account_name, state=name)


def _note(
    warnings: list[Warning_], code: str, accounts: Ints, account_name: Callable[[int], str], **facts: object
) -> None:
    if len(accounts):
        distinct = np.unique(accounts)
        examples: Sequence[str] = [account_name(int(one)) for one in distinct[:EXAMPLES_MAX]]
        warnings.append(
            {"code": code, **facts, "count": len(accounts), "accounts": len(distinct), "examples": examples}
        )
