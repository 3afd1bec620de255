"""To whom a loan is owed on a day, and who gets which fen of a repayment. Pure: names, dates and whole fen.

A claim passes by transfer (债权转让, Civil Code 545: the holder's whole claim goes to somebody else) or by compensation
(代偿, Civil Code 700: a guarantor pays the holder and becomes the creditor of what it paid). Nothing here is ever taken
out of a history: a change that was entered wrongly is undone by another entry.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

PARTS = 1_000_000  # a whole, in parts per million
TRANSFER, COMPENSATION, CORRECTION = "transfer", "compensation", "correction"


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody is owed of a loan: `amount_fen` that they paid for the borrower, or None: everything else."""

    holder: str
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the history, in the order of its `number`. `whole`: the holder keeps nothing.

    kind: transfer (always whole), compensation (`amount_fen` of it, whole or in part), correction (of `undoes`).
    """

    number: int
    kind: str
    on: date
    giver: str = ""
    taker: str = ""
    whole: bool = True
    amount_fen: int = 0
    undoes: int | None = None


def in_force(changes: Sequence[Change], day: date | None = None) -> list[Change]:
    """Changes that nobody has undone, by date and then by entry, up to and including a day."""
    undone = {change.undoes for change in changes if change.kind == CORRECTION}
    kept = [c for c in changes if c.kind != CORRECTION and c.number not in undone and (day is None or c.on <= day)]
    return sorted(kept, key=lambda c: (c.on, c.number))


def claims(first: str, changes: Sequence[Change], day: date) -> tuple[Claim, ...]:
    """Who is owed the loan at the close of a day; the one who is owed the rest (Claim without amount) comes first.

    Raises ValueError when a change takes from somebody who holds nothing then: `contradiction` finds it beforehand.
    """
    held = [Claim(first)]
    for change in in_force(changes, day):
        held = _after(held, change)
    return tuple(sorted(held, key=lambda claim: claim.amount_fen is not None))


def _after(held: list[Claim], change: Change) -> list[Claim]:
    given = next((claim for claim in held if claim.holder == change.giver), None)
    if given is None:
        raise ValueError(f"on {change.on} {change.giver!r} holds nothing that could pass")
    if change.whole:
        taken = Claim(change.taker, given.amount_fen)
        rest = [claim for claim in held if claim is not given]
    else:
        if given.amount_fen is not None:
            raise ValueError(f"on {change.on} {change.giver!r} holds a part, and a part passes whole")
        taken = Claim(change.taker, change.amount_fen)
        rest = held
    return _joined(rest, taken)


def _joined(held: list[Claim], taken: Claim) -> list[Claim]:
    """Two claims of one holder are one: the rest swallows a part, parts add up."""
    before = next((claim for claim in held if claim.holder == taken.holder), None)
    if before is None:
        return [*held, taken]
    whole = before.amount_fen is None or taken.amount_fen is None
    both = Claim(taken.holder, None if whole else (before.amount_fen or 0) + (taken.amount_fen or 0))
    return [both if claim is before else claim for claim in held]


def contradiction(first: str, changes: Sequence[Change]) -> str | None:
    """Why this history cannot have been; None when it holds together on every day."""
    try:
        claims(first, changes, date.max)
    except ValueError as error:
        return str(error)
    return None


def whole_since(changes: Sequence[Change], day: date) -> date | None:
    """The last day up to `day` on which the rest of the loan went to another holder; None: it never did."""
    return max((change.on for change in in_force(changes, day) if change.whole), default=None)


def split_by_share(amount_fen: int, shares: Sequence[int]) -> tuple[int, ...]:
    """Whole fen to each share (parts per million that add up to PARTS), adding up to the amount exactly.

    Largest remainder: everybody gets the floor of their share, the fen left over go to those who lost most by it, of
    equals to the first. Nobody is a fen or more away from the exact share. Raises ValueError for a negative amount or
    shares that are no whole.
    """
    if amount_fen < 0:
        raise ValueError("a repayment is not negative")
    if any(share <= 0 for share in shares) or sum(shares) != PARTS:
        raise ValueError("shares are positive and add up to a whole")
    exact = [amount_fen * share for share in shares]
    floors = [value // PARTS for value in exact]
    left = amount_fen - sum(floors)
    by_loss = sorted(range(len(shares)), key=lambda place: -(exact[place] % PARTS))
    for place in by_loss[:left]:
        floors[place] += 1
    return tuple(floors)


_SHARE = re.compile(r"(?P<name>.*?[^0-9.:：\s])[:：\s]*(?P<percent>[0-9]{1,3}(?:\.[0-9]{1,4})?)\s*[%％]", re.ASCII)


def read_shares(text: str) -> tuple[tuple[str, int], ...]:
    """ "云岫银行 70%；青禾消费金融 30%" → names with parts per million; one name alone has the whole.

    Raises ValueError whose text is a code: share_unreadable, share_repeated, shares_not_whole.
    """
    pieces = read_names(text)
    if len(pieces) == 1 and "%" not in pieces[0] and "％" not in pieces[0]:
        return ((pieces[0], PARTS),)
    found = [_SHARE.fullmatch(piece) for piece in pieces]
    if not pieces or any(one is None for one in found):
        raise ValueError("share_unreadable")
    shares = [(one["name"].strip(), int(Decimal(one["percent"]) * 10_000)) for one in found if one is not None]
    if len({name for name, _ in shares}) != len(shares):
        raise ValueError("share_repeated")
    if any(share <= 0 for _, share in shares) or sum(share for _, share in shares) != PARTS:
        raise ValueError("shares_not_whole")
    return tuple(shares)


def read_names(text: str) -> list[str]:
    """Names between ；, ; or 、, without blanks around them."""
    return [piece for piece in (one.strip() for one in re.split("[;；、]", text)) if piece]


def show_share(parts: int) -> str:
    """700000 → "70%", 333333 → "33.3333%"."""
    return f"{Decimal(parts) / 10_000:f}".rstrip("0").rstrip(".") + "%" if parts % 10_000 else f"{parts // 10_000}%"
