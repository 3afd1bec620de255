"""Work orders past their time, as the board shows them, and how many each desk has."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from jietong.contacts import queries as contacts
from jietong.staff import queries as staff
from jietong.workorders import queries, words
from jietong.workorders.rules import kinds

if TYPE_CHECKING:
    from jietong.staff.models import Member


def seen_at(now: datetime, *, reader: Member) -> dict[str, Any]:
    """What complains of the reader is left out. `desks`: the receiving desks of this site with their counts."""
    hidden = set(contacts.recused_from(reader.pk))
    receiving = {kind.team for kind in kinds.KINDS}
    return {
        "now": now,
        "rows": [
            {
                "order": one,
                "kind": words.named(words.KINDS, one.kind),
                "who": one.owner.name if one.owner is not None else one.team.shown_name,
                "asker": one.contact.owner.name if one.contact.owner is not None else one.contact.owner_team.shown_name,
                "late_seconds": int((now - one.due_at).total_seconds()),
            }
            for one in queries.late_ones()
            if one.contact_id not in hidden
        ],
        "desks": [(team.shown_name, queries.counts(team.pk)) for team in staff.teams() if team.code in receiving],
    }
