"""The deduction policy as data: hours, attempts, asking again, and what each flag about a borrower means.

A policy that does not say everything is refused as a whole: half a rule is no leave to take somebody's money.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from jietong.deduction.rules.refusals import FLAG_REFUSALS, Refusal
from jietong.kernel.errors import InputError
from jietong.kernel.money import parse_yuan

HARMLESS = "none"  # the list of flags that stop nothing


@dataclass(frozen=True, slots=True)
class Policy:
    version: str
    opens: time
    closes: time
    first_at: time
    attempts_a_day: int
    rest_same_card: timedelta
    rest_next_card: timedelta
    days_after_due: int
    smallest_fen: int
    partial: bool
    ask_after: tuple[timedelta, ...]
    not_found_after: timedelta
    late_after: timedelta
    claim_lease: timedelta
    claims_paid_for: timedelta
    flags: Mapping[str, Refusal | None]  # flag → what it refuses, None when it stops nothing

    def ask_pause(self, asked: int) -> timedelta:
        """How long after the `asked`-th question (0: after sending) the next one is put."""
        return self.ask_after[min(asked, len(self.ask_after) - 1)]


def read(raw: Mapping[str, Any]) -> Policy:
    """The policy from its TOML. Raises InputError naming the entry that is missing or makes no sense."""
    hours, attempts, asking = _table(raw, "hours"), _table(raw, "attempts"), _table(raw, "asking")
    opens, closes, first = (_time(hours, "hours", name) for name in ("opens", "closes", "first_at"))
    if not opens <= first < closes:
        raise InputError("hours", "out_of_order", "a day opens, has its first debit, and closes, in this order")
    after = asking.get("after_seconds")
    if not isinstance(after, list) or not after or not all(isinstance(n, int) and n > 0 for n in after):
        raise InputError("asking.after_seconds", "missing", "a list of seconds above zero")
    partial = attempts.get("partial")
    if not isinstance(partial, bool):
        raise InputError("attempts.partial", "missing", "true or false")
    return Policy(
        version=str(raw.get("version") or ""),
        opens=opens,
        closes=closes,
        first_at=first,
        attempts_a_day=_whole(attempts, "attempts", "a_day"),
        rest_same_card=timedelta(minutes=_whole(attempts, "attempts", "rest_minutes_same_card")),
        rest_next_card=timedelta(minutes=_whole(attempts, "attempts", "rest_minutes_next_card")),
        days_after_due=_whole(attempts, "attempts", "days_after_due", least=0),
        smallest_fen=max(parse_yuan(attempts.get("smallest_yuan"), "attempts.smallest_yuan"), 1),
        partial=partial,
        ask_after=tuple(timedelta(seconds=n) for n in after),
        not_found_after=timedelta(minutes=_whole(asking, "asking", "not_found_minutes")),
        late_after=timedelta(minutes=_whole(asking, "asking", "late_after_minutes")),
        claim_lease=timedelta(seconds=_whole(asking, "asking", "claim_lease_seconds")),
        claims_paid_for=timedelta(days=_whole(_table(raw, "suspending"), "suspending", "claims_paid_days")),
        flags=_flags(_table(raw, "flags")),
    )


def _flags(table: Mapping[str, Any]) -> dict[str, Refusal | None]:
    found: dict[str, Refusal | None] = {}
    wanted = {refusal.value: refusal for refusal in FLAG_REFUSALS}
    missing = sorted(wanted.keys() - table.keys())
    if missing:
        raise InputError(f"flags.{missing[0]}", "missing", "say which flags mean this, or an empty list")
    for name, flags in table.items():
        if name != HARMLESS and name not in wanted:
            raise InputError(f"flags.{name}", "unknown", "no refusal has this name")
        if not isinstance(flags, list) or not all(isinstance(flag, str) and flag for flag in flags):
            raise InputError(f"flags.{name}", "not_a_list", "a list of flags")
        for flag in flags:
            if flag in found:
                raise InputError(f"flags.{name}", "twice", f"{flag} stands in two lists")
            found[flag] = wanted.get(name)
    return found


def _table(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = raw.get(name)
    if not isinstance(table, Mapping):
        raise InputError(name, "missing", "this part of the policy is missing")
    return table


def _whole(table: Mapping[str, Any], name: str, key: str, *, least: int = 1) -> int:
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InputError(f"{name}.{key}", "not_a_number", f"a whole number of at least {least}")
    return value


def _time(table: Mapping[str, Any], name: str, key: str) -> time:
    try:
        return time.fromisoformat(str(table.get(key)))
    except ValueError:
        raise InputError(f"{name}.{key}", "not_a_time", "a time of day like 08:00") from None
