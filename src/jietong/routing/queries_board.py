"""Who waits, as the board lists it."""

from __future__ import annotations

from jietong.routing.models import Waiting


def waiting_by_reply(*, limit: int = 500) -> list[Waiting]:
    """Everybody with an open place (booked callbacks too) and their matters, the nearest reply-by first."""
    rows = Waiting.objects.filter(left_at=None).select_related(
        "contact__borrower", "contact__owner_team", "contact__owner"
    )
    return list(rows.prefetch_related("contact__matters").order_by("contact__reply_by", "since", "pk")[:limit])
