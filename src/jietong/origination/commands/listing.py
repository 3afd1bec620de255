"""A list of borrowers frozen, released or cut at once: each line is tried first, and names what stands in its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from jietong.borrowers import queries as borrowers
from jietong.kernel.errors import CommandRefused, InputError
from jietong.origination import queries
from jietong.origination.commands import limits
from jietong.origination.commands.limits import By

LIST_MAX = 500
KINDS = ("freeze", "release", "cut")


@dataclass(frozen=True, slots=True)
class Line:
    """One number of the list. problem: empty, or unknown_borrower, no_limit, already_frozen, nothing_to_release,
    not_less …; granted_fen: as it is; after_fen: as it would be, or is now."""

    number: str
    problem: str = ""
    granted_fen: int = 0
    after_fen: int = 0


def on_list(
    *, numbers: Sequence[str], kind: str, to_fen: int, by: By, now: datetime, dry_run: bool
) -> list[Line]:  # fmt: skip
    """Each number once, in the order given. A line with a problem changes nothing and holds up no other.

    Raises InputError `kind` unknown, `numbers` missing or too_many. A release lets go what persons have frozen; what a
    rule holds stays until its reason is gone.
    """
    if kind not in KINDS:
        raise InputError("kind", "unknown", f"{kind!r} is none of {', '.join(KINDS)}")
    wanted = list(dict.fromkeys(number.strip() for number in numbers if number.strip()))
    if not wanted:
        raise InputError("numbers", "empty", "the list has no number")
    if len(wanted) > LIST_MAX:
        raise InputError("numbers", "too_many", f"at most {LIST_MAX} at once")
    return [_line(number, kind, to_fen, by, now=now, dry_run=dry_run) for number in wanted]


@transaction.atomic
def _line(number: str, kind: str, to_fen: int, by: By, *, now: datetime, dry_run: bool) -> Line:
    who = borrowers.by_number(number)
    if who is None:
        return Line(number, "unknown_borrower")
    view = queries.limit(who.pk)
    if view is None:
        return Line(number, "no_limit")
    by_person = [row.pk for row in view.freezes if not row.rule]
    after = to_fen if kind == "cut" else view.granted_fen
    if kind == "freeze" and any(row.reason == by.reason and not row.rule for row in view.freezes):
        return Line(number, "already_frozen", view.granted_fen, after)
    if kind == "release" and not by_person:
        return Line(number, "nothing_to_release", view.granted_fen, after)
    if kind == "cut" and not 0 <= to_fen < view.granted_fen:
        return Line(number, "not_less", view.granted_fen, view.granted_fen)
    if dry_run:
        return Line(number, "", view.granted_fen, after)
    try:
        with transaction.atomic():
            if kind == "freeze":
                limits.freeze(borrower_id=who.pk, by=by, now=now)
            elif kind == "cut":
                limits.set_limit(borrower_id=who.pk, kind="cut", to_fen=to_fen, by=by, now=now)
            for key in by_person if kind == "release" else ():
                limits.take_back(change_id=key, by=by, now=now)
    except (InputError, CommandRefused) as refused:  # it changed while the list was read: named on its line
        return Line(number, refused.code, view.granted_fen, view.granted_fen)
    return Line(number, "", view.granted_fen, after)
