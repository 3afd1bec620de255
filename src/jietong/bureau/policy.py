"""What the site's rule pack says about credit reporting. Without such rules nothing is reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from jietong.bureau.rules.reporting import Timing
from jietong.kernel.errors import CommandRefused
from jietong.packs.queries import pack


@dataclass(frozen=True, slots=True)
class Policy:
    """Days as the pack has them; `pack` names it with its version, for the record."""

    timing: Timing
    notice_from_days: int
    channels: tuple[str, ...]
    decide_held: timedelta
    correct_within: timedelta
    remind_before: timedelta
    escalate_before: timedelta
    settle_rejected: timedelta
    pack: str


def policy_or_none() -> Policy | None:
    """None when the pack in force knows no credit reporting."""
    found, name = pack(settings.RULE_PACK), settings.RULE_PACK
    wanted = ("notice_timing", "correction", "correction_timing")
    rules = [found.rules.get(f"{name}.bureau.{one}") for one in wanted]
    if any(rule is None for rule in rules):
        return None
    notice, correction, timing = (rule.value for rule in rules if rule is not None)
    return Policy(
        timing=Timing(int(notice["adverse_from_days"]), int(notice["waiting_days"])),
        notice_from_days=int(notice["notice_from_days"]),
        channels=tuple(notice["notice_channels"]),
        decide_held=timedelta(days=int(notice["decide_held_within_days"])),
        correct_within=timedelta(days=int(correction["days"])),
        remind_before=timedelta(days=int(timing["remind_before_days"])),
        escalate_before=timedelta(days=int(timing["escalate_before_days"])),
        settle_rejected=timedelta(days=int(timing["rejected_within_days"])),
        pack=f"{found.name} {found.version}",
    )


def policy() -> Policy:
    """Raises CommandRefused `no_policy`."""
    found = policy_or_none()
    if found is None:
        raise CommandRefused("no_policy", f"the rule pack {settings.RULE_PACK!r} knows no credit reporting")
    return found
