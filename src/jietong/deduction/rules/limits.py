"""What a borrower may change of a mandate by a word, and what takes a signature. Pure."""

from __future__ import annotations

from jietong.kernel.errors import InputError


def check(limit_fen: int | None, day_limit_fen: int | None) -> None:
    """Limits in fen; None: none beyond what is due. Raises InputError `limit`, `day_limit`."""
    for field, fen in (("limit", limit_fen), ("day_limit", day_limit_fen)):
        if fen is not None and fen <= 0:
            raise InputError(field, "not_positive", "a limit is above zero")
    if limit_fen is not None and day_limit_fen is not None and day_limit_fen < limit_fen:
        raise InputError("day_limit", "below_single", "a day takes at least one debit")


def widens(old: int | None, new: int | None) -> bool:
    """Whether more could be taken by the new limit than by the old one: more leave needs a signature, less does not."""
    return old is not None and (new is None or new > old)
