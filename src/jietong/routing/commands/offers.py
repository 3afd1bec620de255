"""Who gets whom: an offer is a row with a lease, made in one transaction under locks that others skip.

No two specialists get the same contact (a unique index says so, not a hope), nobody gets more than their capacity,
and every offer ends by itself when its lease runs out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused
from jietong.routing.models import CLASSES as CLASS_NAMES
from jietong.routing.models import Offer, Presence, Surge, Waiting
from jietong.routing.rules.discipline import Head, choose, explain
from jietong.routing.rules.urgency import CLASSES

if TYPE_CHECKING:
    from jietong.contacts.models import Contact

LEASE = timedelta(seconds=45)
NOT_AGAIN_WITHIN = timedelta(seconds=60)  # whoever let a contact pass is asked last for a while
IGNORED_MAX = 3
FLOOR = frozenset({"A"})  # what goes before all else while a team's surge floor is in force
OFFERS_PER_DISPATCH_MAX = 200


def dispatch(*, now: datetime) -> int:
    """Offer waiting contacts to ready specialists, the longest idle first. Safe to run anywhere, any time."""
    made = 0
    for member_id in _candidates(now):
        made += _offer_to(member_id, now=now)
        if made >= OFFERS_PER_DISPATCH_MAX:
            break
    return made


def dispatch_after_commit(now: datetime) -> None:
    """Offer as soon as what was written stands. A failure there is logged and the tick makes up for it: whoever wrote
    has their owner and time already and is not shown an error."""
    transaction.on_commit(lambda: dispatch(now=now), robust=True)


def _candidates(now: datetime) -> list[int]:
    """Who could be offered something, as far as one look tells: ready, alive, no open offer, and somebody waits."""
    open_offer = Offer.objects.filter(specialist=OuterRef("specialist"), state=Offer.State.OPEN)
    somebody = Waiting.objects.filter(team=OuterRef("specialist__team"), left_at=None, not_before__lte=now)
    return list(
        Presence.objects.filter(state=Presence.State.READY, alive_until__gt=now)
        .filter(Exists(somebody))
        .exclude(Exists(open_offer))
        .order_by("idle_since", "pk")
        .values_list("pk", flat=True)
    )


@transaction.atomic
def _offer_to(member_id: int, *, now: datetime) -> bool:
    """One decision. Rows that another process holds are skipped: it is deciding on them at this moment.

    What a statement saw before it got its lock may be old, so it is looked at again under the lock; nobody else can
    make an offer to this specialist, or of this contact, while both rows are held.
    """
    presence = _hold_if_free(member_id, now)
    heads = _heads(presence, now) if presence is not None else []
    if presence is None or not heads:
        return False
    order = [Head(w.urgency, w.since.timestamp(), CLASSES[w.urgency].slope) for w in heads]
    surge = Surge.objects.filter(pk=presence.specialist.team_id, in_force=True).exists()
    chosen = heads[choose(order, now=now.timestamp(), surge=surge, floor=FLOOR)]
    if Offer.objects.filter(contact_id=chosen.contact_id, state=Offer.State.OPEN).exists():
        return False  # offered between the look and the lock; the next dispatch finds the next one
    standing = [line.as_dict() for line in explain(order, now=now.timestamp(), surge=surge, floor=FLOOR)]
    try:
        with transaction.atomic():
            offer = Offer.objects.create(
                waiting=chosen,
                contact_id=chosen.contact_id,
                specialist_id=member_id,
                offered_at=now,
                lease_until=now + LEASE,
                reason={"standing": standing, "why_you": "longest_idle"},
            )
    except IntegrityError:
        return False  # the index has the last word
    _tell("routing.offered", offer, now=now, borrower_id=chosen.contact.borrower_id)
    return True


def _hold_if_free(member_id: int, now: datetime) -> Presence | None:
    """The specialist's presence, locked, if they still are ready, without an offer and below capacity."""
    presence = (
        Presence.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("specialist")
        .filter(pk=member_id, state=Presence.State.READY, alive_until__gt=now, specialist__is_active=True)
        .first()
    )
    if presence is None or Offer.objects.filter(specialist_id=member_id, state=Offer.State.OPEN).exists():
        return None
    return presence if contact_queries.load(member_id) < presence.chats_max else None


def _heads(presence: Presence, now: datetime) -> list[Waiting]:
    """The first of each urgency class that this specialist may be offered: one index look-up per class."""
    me = presence.specialist_id
    taken = Offer.objects.filter(contact=OuterRef("contact"), state=Offer.State.OPEN)
    passed = Offer.objects.filter(
        contact=OuterRef("contact"),
        specialist_id=me,
        closed_at__gt=now - NOT_AGAIN_WITHIN,
        state__in=[Offer.State.DECLINED, Offer.State.EXPIRED],
    )
    heads = []
    for name in CLASS_NAMES:
        head = (
            Waiting.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
            .select_related("contact")
            .filter(left_at=None, urgency=name, team_id=presence.specialist.team_id, not_before__lte=now)
            .filter(Q(prefer=None) | Q(prefer_id=me) | Q(prefer_until__lte=now))
            .exclude(contact_id__in=contact_queries.recused_from(me))
            .exclude(Exists(taken))
            .exclude(Exists(passed))
            .order_by("rank", "since", "id")
            .first()
        )
        if head is not None:
            heads.append(head)
    # Nobody else's long wait goes before somebody in danger of this minute.
    return [head for head in heads if head.rank == 0] or heads


@transaction.atomic
def accept(*, offer_id: int, member_id: int, now: datetime) -> Contact:
    """Take the offered contact. Raises CommandRefused `too_late` when the lease is over or the offer is another's."""
    offer = Offer.objects.select_related("contact").filter(pk=offer_id, specialist_id=member_id).first()
    if offer is not None:  # in the one order of locks: contact, place, presence, offer
        contact_queries.hold(offer.contact)
        Waiting.objects.select_for_update(no_key=True).get(pk=offer.waiting_id)
        _hold_presence(member_id)
    if offer is None or not _close(offer, Offer.State.ACCEPTED, now=now, lease_until__gt=now):
        raise CommandRefused("too_late", "this offer has ended; the next one comes by itself")
    Waiting.objects.filter(pk=offer.waiting_id, left_at=None).update(left_at=now, left_reason="taken")
    contact = contacts.take(contact_id=offer.contact_id, member_id=member_id, actor=f"staff:{member_id}", now=now)
    Presence.objects.filter(pk=member_id).update(ignored_in_a_row=0)
    _tell("routing.accepted", offer, now=now, borrower_id=contact.borrower_id)
    dispatch_after_commit(now)
    return contact


@transaction.atomic
def decline(*, offer_id: int, member_id: int, now: datetime) -> None:
    """Leave it to the next one; the contact keeps its place. A second decline changes nothing."""
    _hold_presence(member_id)
    offer = Offer.objects.select_related("contact").filter(pk=offer_id, specialist_id=member_id).first()
    if offer is not None and _close(offer, Offer.State.DECLINED, now=now):
        Presence.objects.filter(pk=member_id).update(idle_since=now, ignored_in_a_row=0)
        _tell("routing.declined", offer, now=now, borrower_id=offer.contact.borrower_id)
        dispatch_after_commit(now)


def expire_offers(*, now: datetime) -> int:
    """End offers whose lease is over, and at once those of specialists who are not there any more.

    Whoever lets three pass is set away and told, so that nobody waits for them.
    """
    due = Offer.objects.filter(state=Offer.State.OPEN).filter(
        Q(lease_until__lte=now) | ~Exists(_there(OuterRef("specialist"), now))
    )
    return sum(_end(key, member, now=now) for key, member in list(due.values_list("pk", "specialist_id")[:200]))


def _there(member: OuterRef | int, now: datetime) -> QuerySet[Presence]:
    return Presence.objects.filter(pk=member, state=Presence.State.READY, alive_until__gt=now)


@transaction.atomic
def _end(offer_id: int, member_id: int, *, now: datetime) -> bool:
    _hold_presence(member_id)
    offer = Offer.objects.select_related("contact").get(pk=offer_id)
    if offer.lease_until > now:
        if _there(member_id, now).exists() or not _close(offer, Offer.State.WITHDRAWN, now=now):
            return False
        _tell("routing.offer_withdrawn", offer, now=now, borrower_id=offer.contact.borrower_id)
        return True
    if not _close(offer, Offer.State.EXPIRED, now=now):
        return False
    Presence.objects.filter(pk=member_id).update(ignored_in_a_row=F("ignored_in_a_row") + 1, idle_since=now)
    set_away = Presence.objects.filter(pk=member_id, ignored_in_a_row__gte=IGNORED_MAX).update(
        state=Presence.State.AWAY, state_since=now, away_reason="ignored_offers", ignored_in_a_row=0
    )
    _tell("routing.offer_expired", offer, now=now, borrower_id=offer.contact.borrower_id)
    if set_away:
        journal.record(
            "routing.presence_changed",
            subject=f"staff:{member_id}",
            actor="system:routing",
            at=now,
            data={"state": Presence.State.AWAY, "reason": "ignored_offers", "staff": [member_id]},
        )
    return True


def give_back(member_id: int, *, now: datetime) -> None:
    """A specialist leaves, and holds their presence locked: their open offer goes back to the queue."""
    for offer in Offer.objects.select_related("contact").filter(specialist_id=member_id, state=Offer.State.OPEN):
        if _close(offer, Offer.State.DECLINED, now=now):
            _tell("routing.declined", offer, now=now, borrower_id=offer.contact.borrower_id)


def withdraw_offers(contact: Contact, *, now: datetime) -> None:
    """The contact is not to be offered now; the caller holds it and its place. Its specialist's screen is told."""
    for offer in Offer.objects.filter(contact=contact, state=Offer.State.OPEN):
        if _close(offer, Offer.State.WITHDRAWN, now=now):
            _tell("routing.offer_withdrawn", offer, now=now, borrower_id=contact.borrower_id)


def _hold_presence(member_id: int) -> None:
    Presence.objects.select_for_update(no_key=True).filter(pk=member_id).first()


def _close(offer: Offer, state: str, *, now: datetime, **still: Any) -> bool:
    """End an open offer, once: of two who try, one has won."""
    won = Offer.objects.filter(pk=offer.pk, state=Offer.State.OPEN, **still).update(state=state, closed_at=now)
    return won == 1


def _tell(kind: str, offer: Offer, *, now: datetime, borrower_id: int, **data: Any) -> None:
    journal.record(
        kind,
        subject=f"contact:{offer.contact_id}",
        borrower_id=borrower_id,
        actor="system:routing",
        at=now,
        data={"offer": offer.pk, "owner": offer.specialist_id, "staff": [offer.specialist_id], **data},
    )
