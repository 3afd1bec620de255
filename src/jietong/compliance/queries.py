"""What other rooms may ask of compliance without writing anything. No Django here: the facts are handed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from jietong.compliance.rules.decision import Count, Decision, counts, decide
from jietong.compliance.rules.facts import CHANNELS, Facts
from jietong.compliance.rules.refusals import Refusal
from jietong.packs.queries import Pack, Rule, pack

DEFAULT_PACK = "cn"


def current_pack(name: str = DEFAULT_PACK, *, on: date | None = None) -> Pack:
    """The rule pack in force on a business date (the newest without one). Raises InputError if there is none."""
    return pack(name, on=on)


@dataclass(frozen=True, slots=True)
class Tile:
    """One contact-rule tile of the desk: a channel, the decision, the counters behind it and the rule that refuses."""

    channel: str
    decision: Decision
    counts: tuple[Count, ...]
    rule: Rule | None


def tiles(facts: Facts, chosen: Pack) -> list[Tile]:
    """One tile a channel, in a fixed order; the channel of `facts` is not used. Unusable facts have no counts."""
    made = []
    for channel in CHANNELS:
        attempt = replace(facts, channel=channel)
        decision = decide(attempt, chosen)
        broken = decision.refusal is Refusal.RULES_NOT_EVALUABLE
        counted = () if broken else tuple(counts(attempt, chosen))
        made.append(Tile(channel, decision, counted, chosen.rules.get(decision.rule or "")))
    return made
