"""Who gets whom: an offer is a row with a lease, made in one transaction under locks that others skip.

No two specialists get the same contact (a unique index says so, not a hope), nobody gets more than their capacity,
and every offer ends by itself when its lease runs out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused
from jietong.routing.models import CLASSES as CLASS_NAMES
from jietong.routing.models import Offer, Presence, Waiting
from jietong.routing.rules.discipline import Head, choose, explain
from jietong.routing.rules.urgency import CLASSES

if TYPE_CHECKING:
    from jietong.contacts.models import Contact

LEASE = timedelta(seconds=45)
NOT_AGAIN_WITHIN = timedelta(seconds=60)  # whoever let a contact pass is asked last for a while
IGNORED_MAX = 3
OFFERS_PER_DISPATCH_MAX = 200


def dispatch(*, now: datetime) -> int:
    """Offer waiting contacts to ready specialists until one of the two runs out. Safe to run anywhere, any time."""
    made = 0
    while made < OFFERS_PER_DISPATCH_MAX and _offer_one(now=now):
        made += 1
    return made


@transaction.atomic
def _offer_one(*, now: datetime) -> bool:
    """One decision. Rows that another process holds are skipped: it is deciding on them at this moment."""
    for presence in _free_specialists(now):
        heads = _heads(presence, now)
        if not heads:
            continue
        order = [Head(w.urgency, w.since.timestamp(), CLASSES[w.urgency].slope) for w in heads]
        chosen = heads[choose(order, now=now.timestamp())]
        standing = [line.as_dict() for line in explain(order, now=now.timestamp())]
        try:
            with transaction.atomic():
                offer = Offer.objects.create(
                    waiting=chosen, contact_id=chosen.contact_id, specialist_id=presence.specialist_id, offered_at=now,
                    lease_until=now + LEASE, reason={"standing": standing, "why_you": "longest_idle"},
                )  # fmt: skip
        except IntegrityError:
            continue  # somebody was faster by a hair: the index decided
        _tell("routing.offered", offer, now=now, borrower_id=chosen.contact.borrower_id)
        return True
    return False


def _free_specialists(now: datetime) -> QuerySet[Presence]:
    """Ready, alive, without an open offer and below capacity; the longest idle first."""
    open_offer = Offer.objects.filter(specialist=OuterRef("specialist"), state=Offer.State.OPEN)
    load = Count("specialist__contacts", filter=Q(specialist__contacts__state=contact_queries.IN_SERVICE))
    below = (
        Presence.objects.annotate(load=load).filter(load__lt=F("chats_max")).values("pk")
    )
    return (
        Presence.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("specialist")
        .filter(state=Presence.State.READY, alive_until__gt=now, pk__in=below)
        .exclude(Exists(open_offer))
        .order_by("idle_since", "pk")[:50]
    )


def _heads(presence: Presence, now: datetime) -> list[Waiting]:
    """The first of each urgency class that this specialist may be offered: one index look-up per class."""
    me = presence.specialist_id
    taken = Offer.objects.filter(contact=OuterRef("contact"), state=Offer.State.OPEN)
    passed = Offer.objects.filter(
        contact=OuterRef("contact"), specialist_id=me, closed_at__gt=now - NOT_AGAIN_WITHIN,
        state__in=[Offer.State.DECLINED, Offer.State.EXPIRED],
    )  # fmt: skip
    heads = []
    for name in CLASS_NAMES:
        head = (
            Waiting.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("contact")
            .filter(left_at=None, urgency=name, team_id=presence.specialist.team_id, not_before__lte=now)
            .filter(Q(prefer=None) | Q(prefer_id=me) | Q(prefer_until__lte=now))
            .exclude(never_id=me)
            .exclude(Exists(taken))
            .exclude(Exists(passed))
            .order_by("since", "id")
            .first()
        )
        if head is not None:
            heads.append(head)
    return heads


@transaction.atomic
def accept(*, offer_id: int, member_id: int, now: datetime) -> Contact:
    """Take the offered contact. Raises CommandRefused `too_late` when the lease is over or the offer is another's."""
    won = Offer.objects.filter(
        pk=offer_id, specialist_id=member_id, state=Offer.State.OPEN, lease_until__gt=now
    ).update(state=Offer.State.ACCEPTED, closed_at=now)
    if not won:
        raise CommandRefused("too_late", "this offer has ended; the next one comes by itself")
    offer = Offer.objects.select_related("contact").get(pk=offer_id)
    Waiting.objects.filter(pk=offer.waiting_id, left_at=None).update(left_at=now, left_reason="taken")
    contact = contacts.take(
        contact_id=offer.contact_id, member_id=member_id, actor=f"staff:{member_id}", now=now
    )
    Presence.objects.filter(pk=member_id).update(ignored_in_a_row=0)
    _tell("routing.accepted", offer, now=now, borrower_id=contact.borrower_id)
    transaction.on_commit(lambda: dispatch(now=now))
    return contact


@transaction.atomic
def decline(*, offer_id: int, member_id: int, now: datetime) -> None:
    """Leave it to the next one; the contact keeps its place. A second decline changes nothing."""
    won = Offer.objects.filter(pk=offer_id, specialist_id=member_id, state=Offer.State.OPEN).update(
        state=Offer.State.DECLINED, closed_at=now
    )
    if won:
        offer = Offer.objects.select_related("contact").get(pk=offer_id)
        Presence.objects.filter(pk=member_id).update(idle_since=now, ignored_in_a_row=0)
        _tell("routing.declined", offer, now=now, borrower_id=offer.contact.borrower_id)
        transaction.on_commit(lambda: dispatch(now=now))


@transaction.atomic
def expire_offers(*, now: datetime) -> int:
    """End offers whose lease is over. Whoever lets three pass is set away and told, so that nobody waits for them."""
    due = Offer.objects.select_for_update(skip_locked=True, of=("self",)).select_related("contact")
    expired = list(due.filter(state=Offer.State.OPEN, lease_until__lte=now)[:200])
    for offer in expired:
        offer.state, offer.closed_at = Offer.State.EXPIRED, now
        offer.save(update_fields=["state", "closed_at"])
        Presence.objects.filter(pk=offer.specialist_id).update(
            ignored_in_a_row=F("ignored_in_a_row") + 1, idle_since=now
        )
        Presence.objects.filter(pk=offer.specialist_id, ignored_in_a_row__gte=IGNORED_MAX).update(
            state=Presence.State.AWAY, state_since=now, away_reason="ignored_offers", ignored_in_a_row=0
        )
        _tell("routing.offer_expired", offer, now=now, borrower_id=offer.contact.borrower_id)
    return len(expired)


def _tell(kind: str, offer: Offer, *, now: datetime, borrower_id: int, **data: Any) -> None:
    journal.record(
        kind, subject=f"contact:{offer.contact_id}", borrower_id=borrower_id, actor="system:routing", at=now,
        data={"offer": offer.pk, "owner": offer.specialist_id, "staff": [offer.specialist_id], **data},
    )  # fmt: skip
