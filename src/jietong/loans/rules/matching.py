"""Whose is this transfer? Candidates ranked by what speaks for each, and when a rule alone may book it (来账认领)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

# What speaks for a loan, the strongest first; the points only order, and are added up.
REF, BORROWER_NO, CARD, NAME, AMOUNT_DUE, AMOUNT_PAYOFF, AMOUNT_NEXT = (
    "ref_in_text", "borrower_no_in_text", "card_tail", "payer_name", "amount_due", "amount_payoff", "amount_next",
)  # fmt: skip
POINTS = {REF: 100, BORROWER_NO: 60, CARD: 40, NAME: 30, AMOUNT_DUE: 15, AMOUNT_PAYOFF: 15, AMOUNT_NEXT: 10}
OTHER_NAME = "other_name"  # speaks against: somebody else paid
TAIL = 4
_TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z_/#.-]{3,63}")


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a statement says of one incoming transfer. account_tail: last four of the payer's account, "" if unknown."""

    amount_fen: int
    payer: str = ""
    account_tail: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Claimant:
    """A running loan that could be meant, with the figures of the day of the transfer."""

    ref: str
    borrower_id: int
    borrower_no: str
    name: str
    card_tails: frozenset[str]
    due_fen: int
    next_fen: int
    payoff_fen: int


@dataclass(frozen=True, slots=True)
class Candidate:
    ref: str
    borrower_id: int
    points: int
    reasons: tuple[str, ...]
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """`sure`: the loan that a rule may book to without a person. Candidates: the strongest first."""

    candidates: tuple[Candidate, ...] = field(default=())
    sure: str = ""


def tokens(text: str) -> list[str]:
    """Words of a transfer's text that could be a loan's or a customer's number, upper case, each once, in order."""
    plain = unicodedata.normalize("NFKC", text).upper()
    found = (word.strip("-_/#.") for word in _TOKEN.findall(plain))
    return list(dict.fromkeys(word for word in found if any(char.isdigit() for char in word)))


def plain_name(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).upper()


def match(transfer: Transfer, claimants: Sequence[Claimant]) -> Match:
    """Rank the loans that could be meant.

    Sure is only what was said: the text names exactly one loan; or name and account of exactly one borrower agree and
    that borrower has one loan running. An amount that fits is never proof: many loans owe the same.
    """
    words = set(tokens(transfer.text))
    ranked = sorted((_weigh(transfer, words, one) for one in claimants), key=lambda one: (-one.points, one.ref))
    candidates = tuple(one for one in ranked if one.points > 0)
    named = [one for one in candidates if REF in one.reasons]
    if len(named) == 1:
        return Match(candidates, named[0].ref)
    proved = [one for one in candidates if {CARD, NAME} <= set(one.reasons)]
    if not named and len(proved) == 1:
        return Match(candidates, proved[0].ref)
    return Match(candidates)


def _weigh(transfer: Transfer, words: set[str], one: Claimant) -> Candidate:
    payer, name = plain_name(transfer.payer), plain_name(one.name)
    text = plain_name(transfer.text)
    speaks = {
        REF: one.ref.upper() in words,
        BORROWER_NO: one.borrower_no.upper() in words,
        CARD: bool(transfer.account_tail) and transfer.account_tail in one.card_tails,
        NAME: bool(name) and (name == payer or (len(name) > 1 and name in text)),
        AMOUNT_DUE: 0 < one.due_fen == transfer.amount_fen,
        AMOUNT_PAYOFF: 0 < one.payoff_fen == transfer.amount_fen,
        AMOUNT_NEXT: 0 < one.next_fen == transfer.amount_fen,
    }
    reasons = tuple(reason for reason, holds in speaks.items() if holds)
    against = (OTHER_NAME,) if payer and payer != name else ()
    return Candidate(one.ref, one.borrower_id, sum(POINTS[reason] for reason in reasons), reasons, against)
