"""One day's figures: what left us, what was refused, what was promised. For the board and the console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, Q, Value, When

from jietong.contacts.models import Attempt, Contact, Decision

SENT_STATES = (Attempt.State.SENDING, Attempt.State.SENT)


@dataclass(frozen=True, slots=True)
class OutboundLine:
    """`count` attempts of one template on one channel with one outcome.

    outcome: "planned" (still to leave before the span ends), "sent" (released to its channel within it), "failed",
    "refused" (the rules said no within it; `refusal` names why). An attempt that was refused and later allowed on the
    same day counts in both: each was a decision.
    """

    template: str
    channel: str
    outcome: str
    refusal: str
    count: int


def outbound(start: datetime, end: datetime) -> list[OutboundLine]:
    """Everything outbound of [start, end), by template, channel and outcome, in steady order."""
    rows = Attempt.objects.order_by("template", "channel").values_list("template", "channel")
    within = Q(sent_at__gte=start, sent_at__lt=end)
    found: list[OutboundLine] = []
    for outcome, chosen in (
        ("planned", Q(state=Attempt.State.PLANNED, not_before__lt=end)),
        ("sent", within & Q(state__in=SENT_STATES)),
        ("failed", within & Q(state=Attempt.State.FAILED)),
    ):
        counted = rows.filter(chosen).annotate(n=Count("pk"))
        found += [OutboundLine(template, channel, outcome, "", n) for template, channel, n in counted]
    return found + _refused(start, end)


def _refused(start: datetime, end: datetime) -> list[OutboundLine]:
    """Allowed by the rules but without a way to the borrower is a no as well: the attempt names it."""
    nowhere = Q(allowed=True, attempt__state=Attempt.State.REFUSED, attempt__refusal="no_way_to_reach")
    rows = (
        Decision.objects.filter(at__gte=start, at__lt=end)
        .filter(Q(allowed=False) | nowhere)
        .annotate(why=Case(When(allowed=False, then=F("refusal")), default=Value("no_way_to_reach")))
        .values_list("attempt__template", "attempt__channel", "why")
        .annotate(n=Count("attempt", distinct=True))
        .order_by("attempt__template", "attempt__channel", "why")
    )
    return [OutboundLine(template, channel, "refused", why, n) for template, channel, why, n in rows]


def callbacks(start: datetime, end: datetime) -> list[Contact]:
    """Contacts whose chosen callback slot begins in [start, end), the earliest first."""
    rows = Contact.objects.filter(callback_at__gte=start, callback_at__lt=end)
    return list(rows.select_related("borrower", "owner", "owner_team").order_by("callback_at", "pk"))


def breached(start: datetime, end: datetime) -> list[Contact]:
    """Contacts whose last missed reply-by lies in [start, end), the newest first."""
    rows = Contact.objects.filter(breached_at__gte=start, breached_at__lt=end)
    return list(rows.select_related("borrower", "owner", "owner_team").order_by("-breached_at", "-pk"))


def by_reference(ref: str) -> Contact | None:
    """The contact with this reference; whether the reader may see it is the caller's question."""
    return Contact.objects.filter(ref=ref).select_related("borrower", "owner", "owner_team").first()
