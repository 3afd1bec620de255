"""Asking about what has no answer, again and again, and comparing each day with the channel's own statement."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import TruncDate

from jietong.deduction import gathering
from jietong.deduction.channels import Channel, Movement, NotSentError, UnsureError, connected
from jietong.deduction.commands.answering import known_refs, lock_debit, take_answer, take_reply, unsure
from jietong.deduction.models import Debit, Mandate, Settled
from jietong.deduction.policies import policy
from jietong.deduction.rules.judging import Outcome, Told
from jietong.deduction.rules.states import IN_FLIGHT, State

log = logging.getLogger(__name__)

BATCH = 20
COMPARE_EVERY = timedelta(minutes=10)
DAYS_BACK = 3
WITH_STATEMENT = Mandate.Channel.REALTIME


def ask_due(*, now: datetime, channel: Channel | None = None, limit: int = BATCH) -> int:
    """Ask about debits without a certain answer whose time to be asked has come, also those whose process died.

    Answers how many questions were put. A question costs nothing and may be put twice; an order may not.
    """
    channel = channel or connected()
    if channel is None:
        return 0
    waiting = Debit.objects.filter(state__in=IN_FLIGHT, ask_at__lte=now).exclude(
        Q(mandate__channel=Mandate.Channel.FILE)  # a file is answered by a file
    )
    keys = list(waiting.order_by("ask_at", "pk").values_list("key", flat=True)[:limit])
    return sum(_ask(key, channel, now=now) for key in keys)


def _ask(key: str, channel: Channel, *, now: datetime) -> bool:
    if not _begin(key, now=now):
        return False
    try:
        reply = channel.ask(key)
    except NotSentError as error:
        unsure(key=key, source="query", why=f"not asked: {error}", raw="", now=now)
    except UnsureError as error:
        unsure(key=key, source="query", why=str(error), raw=error.raw, now=now)
    else:
        take_reply(reply, key=key, source="query", now=now)
    return True


@transaction.atomic
def _begin(key: str, *, now: datetime) -> bool:
    """Mark the question as on its way; whoever finds the mark old asks again."""
    debit = lock_debit(key)
    if debit is None or debit.state not in IN_FLIGHT or debit.ask_at is None or debit.ask_at > now:
        return False
    if debit.state == State.CLAIMED:
        debit.sent_at = debit.sent_at or now  # its process died: it may have been sent
    debit.state, debit.asked = State.ASKED, debit.asked + 1
    debit.ask_at = now + policy().claim_lease
    debit.save(update_fields=["state", "asked", "ask_at", "sent_at"])
    return True


def compare_due(*, now: datetime, channel: Channel | None = None) -> int:
    """Compare with the channel's statement each day on which something was sent: today every ten minutes, an earlier
    day until its comparison was made after its end. Answers how many days were compared."""
    start, _end = gathering.day_span(now)
    since = start - timedelta(days=DAYS_BACK)
    sent = Debit.objects.filter(claimed_at__gte=since, mandate__channel=WITH_STATEMENT)
    days = set(sent.annotate(day=TruncDate("claimed_at", tzinfo=gathering.zone())).values_list("day", flat=True))
    rows = {row.day: row for row in Settled.objects.filter(channel=WITH_STATEMENT, day__in=days)}
    done = 0
    for day in sorted(days):
        row = rows.get(day)
        if row is None or (now - row.tried_at >= COMPARE_EVERY and not _is_final(row)):
            done += compare(day=day, now=now, channel=channel) is not None
    return done


def _is_final(row: Settled) -> bool:
    """The day was compared after it was over: nothing more can come into its statement."""
    end = datetime.combine(row.day + timedelta(days=1), time(0), gathering.zone())
    return row.compared_at is not None and row.compared_at > end


def compare(*, day: date, now: datetime, channel: Channel | None = None) -> Settled | None:
    """Hold our debits of a day against the channel's statement: what it took and we do not know of is taken as an
    answer, so that a second debit of one order is found, and its refund ordered, on the same day.

    None when there is no channel or no statement now.
    """
    channel = channel or connected()
    if channel is None:
        return None
    try:
        movements = channel.statement(day)
    except (NotSentError, UnsureError) as error:
        log.warning("no statement of %s: %s", day, error)
        Settled.objects.update_or_create(channel=WITH_STATEMENT, day=day, defaults={"tried_at": now})
        return None
    return _compare(day, movements, now=now)


def _compare(day: date, movements: Sequence[Movement], *, now: datetime) -> Settled:
    known = known_refs({one.key for one in movements})
    found: dict[str, int] = {}
    for one in movements:
        if (one.key, one.channel_ref) not in known and not one.back:
            told = Told(one.key, Outcome.SUCCEEDED, "", one.amount_fen, one.channel_ref, one.paid_at)
            worth = take_answer(told, source="statement", raw=repr(one), now=now)
            found[worth] = found.get(worth, 0) + 1
    ours = Debit.objects.filter(
        state=State.SUCCEEDED, mandate__channel=WITH_STATEMENT, paid_at__date=day
    )  # in the lender's zone: Django's current zone is the lender's
    taken = [one for one in movements if not one.back]
    row, _ = Settled.objects.update_or_create(
        channel=WITH_STATEMENT,
        day=day,
        defaults={
            "tried_at": now,
            "compared_at": now,
            "theirs_count": len(taken),
            "theirs_fen": sum(one.amount_fen for one in taken),
            "ours_count": ours.count(),
            "ours_fen": ours.aggregate(fen=Sum("taken_fen"))["fen"] or 0,
            "found": found,
        },
    )
    return row
