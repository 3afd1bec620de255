"""The demo's last days: contacts that were asked, offered, answered and settled, through the real commands, each told
the moment at which it happened; and a dozen that wait now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings

from jietong.assistant import commands as assistant
from jietong.contacts import commands as contacts
from jietong.contacts import queries as contact_queries
from jietong.contacts.models import Attempt
from jietong.kernel.errors import CommandRefused
from jietong.loans import commands as loans
from jietong.loans.queries import book as loan_queries
from jietong.recovery import commands as recovery
from jietong.recovery.rules.promise import latest_date
from jietong.routing import commands as routing
from jietong.routing import queries as routing_queries
from jietong.simulator.demo_talk import ASSISTANT_ASKS, TALKS, WAITING, Fresh, Talk
from jietong.staff import queries as staff

if TYPE_CHECKING:
    from jietong.contacts.models import Contact

DAYS = 6  # whole days before today
A_DAY = 13
TALK_LASTS = timedelta(minutes=40)
OPENS, CLOSES = time(8, 5), time(21, 0)
#: the people of each team who are on shift in the history
ON_SHIFT = {"desk": 4, "rights": 1}


@dataclass(frozen=True, slots=True)
class Crowd:
    """Borrowers whom the history may pick, without those of the tour: by the due date since which they owe, and those
    who owe nothing yet."""

    late: dict[int, date]
    current: list[int]


def crowd(*, today: date, without: set[int]) -> Crowd:
    late = {key: due for key, due in sorted(loan_queries.late_borrowers(on=today).items()) if key not in without}
    coming: set[int] = set()
    for days in range(9, 16):
        coming |= set(loan_queries.due_on(today + timedelta(days=days)))
    return Crowd(late, sorted(coming - set(late) - without))


class History:
    """Writes the last days up to `now`; `told(what, done, of)` hears of progress."""

    def __init__(self, who: Crowd, *, now: datetime, seed: int) -> None:
        self.who, self.now = who, now
        self.zone = ZoneInfo(settings.LENDER_TIME_ZONE)
        self.today = now.astimezone(self.zone).date()
        self.rng = Random(f"history {seed}")  # noqa: S311  # the same days from the same seed
        #: team key → its specialists on shift, the next to take a contact first
        self.shift: dict[int, list[int]] = {}
        for code, count in ON_SHIFT.items():
            team = staff.team(code)
            specialists = [member.pk for member in staff.members(team.pk) if member.role == "specialist"]
            self.shift[team.pk] = specialists[:count]
        self.made = 0

    def write(self) -> int:
        """Six whole days and today's hours so far; answers how many contacts were made."""
        for back in range(DAYS, -1, -1):
            self._day(self.today - timedelta(days=back))
        return self.made

    def _day(self, day: date) -> None:
        opens = datetime.combine(day, OPENS, self.zone)
        last = min(datetime.combine(day, CLOSES, self.zone), self.now - TALK_LASTS)
        if last <= opens:
            return
        self._presence("ready", opens)
        step = (datetime.combine(day, CLOSES, self.zone) - opens) / A_DAY
        for place in range(A_DAY):
            at = opens + place * step + timedelta(seconds=self.rng.randint(0, 600))
            if at > last:
                break
            if self.rng.random() < 0.3:
                self._asks_assistant(at)
            else:
                self._talk(self.rng.choice(TALKS), at)
        self._presence("away", last + TALK_LASTS - timedelta(seconds=1))

    def _presence(self, state: str, at: datetime) -> None:
        for member_id in sorted(key for shift in self.shift.values() for key in shift):
            routing.set_presence(member_id=member_id, state=state, now=at)

    def _pick(self, kind: str, on: date) -> int | None:
        """Somebody without an open contact; late already on that day when `kind` is late."""
        late = [key for key, due in self.who.late.items() if due < on]
        found = late if kind == "late" else self.who.current
        return self.rng.choice(found) if found else None

    def _asks_assistant(self, at: datetime) -> None:
        kind = self.rng.choice(("late", "current"))
        borrower_id = self._pick(kind, at.date())
        if borrower_id is None:
            return
        contact = assistant.receive(
            borrower_id=borrower_id,
            text=self.rng.choice(ASSISTANT_ASKS),
            channel=self.rng.choice(("app", "wechat")),
            actor=f"borrower:{borrower_id}",
            now=at,
        )
        self.made += 1
        if contact.is_settled:
            self._maybe_confirm(contact, at + timedelta(minutes=2))
        else:
            fallback = next(talk for talk in TALKS if talk.intent == "interest_fee")
            self._serve(contact, fallback, at)

    def _talk(self, talk: Talk, at: datetime) -> None:
        borrower_id = self._pick(talk.who, at.date())
        if borrower_id is None:
            return
        contact = routing.ask_for_person(
            borrower_id=borrower_id,
            channel=talk.channel,
            intent=talk.intent,
            text=talk.asks,
            actor=f"borrower:{borrower_id}",
            now=at,
        )
        self.made += 1
        self._serve(contact, talk, at)

    def _serve(self, contact: Contact, talk: Talk, at: datetime) -> None:
        """Offer, take, answer, perhaps a promise, settle, and mostly the borrower's word that it is solved."""
        at += timedelta(seconds=self.rng.randint(5, 100))
        member_id = self._offered(contact, at)
        if member_id is None:
            return
        steps = [at + timedelta(seconds=sum(self.rng.randint(20, 150) for _ in range(n))) for n in (1, 3, 5, 7)]
        steps.sort()
        routing.specialist_said(contact=contact, member_id=member_id, text=talk.answer, now=steps[0])
        contact = contact_queries.contact(contact.pk)
        routing.borrower_wrote(
            contact=contact, text=talk.then, channel=talk.channel, actor=f"borrower:{contact.borrower_id}", now=steps[1]
        )
        contact = contact_queries.contact(contact.pk)
        outcome = self._promise(contact, talk, member_id, steps[2])
        routing.specialist_said(contact=contact, member_id=member_id, text=talk.last, now=steps[2])
        self._send(steps[2])
        contact = contact_queries.contact(contact.pk)
        routing.settle(contact=contact, member_id=member_id, outcome=outcome, now=steps[3], note=talk.note)
        self._maybe_confirm(contact_queries.contact(contact.pk), steps[3] + timedelta(minutes=5))

    def _offered(self, contact: Contact, at: datetime) -> int | None:
        """Who took the contact: the specialist of its team whose desk is open at the moment, by turns."""
        shift = self.shift[contact.owner_team_id]
        shift.append(shift.pop(0))
        routing.heartbeat(member_id=shift[0], now=at)
        routing.dispatch(now=at)
        offer = routing_queries.open_offer(shift[0], now=at)
        if offer is None or offer.contact_id != contact.pk:
            return None
        routing.accept(offer_id=offer.pk, member_id=shift[0], now=at + timedelta(seconds=8))
        contact.refresh_from_db()
        return contact.owner_id

    def _promise(self, contact: Contact, talk: Talk, member_id: int, at: datetime) -> str:
        """The outcome: a promise if the talk has one and the rules take it. Some are kept within a day."""
        if talk.promise is None:
            return talk.outcome
        on = at.astimezone(self.zone).date()
        position = loan_queries.position(contact.borrower_id, on=on)
        due_on = min(on + timedelta(days=talk.promise), latest_date(position.worst_bucket, on))
        try:
            promise = recovery.record_promise(
                borrower_id=contact.borrower_id,
                amount_fen=position.overdue_fen,
                due_on=due_on,
                actor=f"staff:{member_id}",
                now=at,
                contact_id=contact.pk,
                member_id=member_id,
            )
        except CommandRefused:
            return "answered"  # an earlier promise still runs, or nothing is due: the talk ends without one
        paid_at = at + timedelta(hours=self.rng.randint(3, 20))
        if paid_at < self.now - TALK_LASTS and self.rng.random() < 0.5:
            self._pay(contact.borrower_id, promise.amount_fen, paid_at, f"DEMO-P{promise.pk:06d}")
        return "promise"

    def _pay(self, borrower_id: int, amount_fen: int, paid_at: datetime, receipt: str) -> None:
        late = loan_queries.loans_of(borrower_id, on=paid_at.astimezone(self.zone).date())[0]
        amount_fen = max(amount_fen, late.due_now_fen)
        loans.record_repayment(
            receipt=receipt, loan_ref=late.ref, amount_fen=amount_fen, paid_at=paid_at, actor="system:bank", now=paid_at
        )
        self.who.late.pop(borrower_id, None)

    def _send(self, at: datetime) -> None:
        """What the worker would have done at that moment: the rules decide, and what they allow goes out."""
        contacts.release_due(now=at)
        for key in Attempt.objects.filter(state=Attempt.State.SENDING, provider_ref="").values_list("pk", flat=True):
            contacts.send_attempt(attempt_id=key, now=at)

    def _maybe_confirm(self, contact: Contact, at: datetime) -> None:
        if contact.is_settled and self.rng.random() < 0.7:
            contacts.confirm(contact=contact, actor=f"borrower:{contact.borrower_id}", now=at)


#: a small demo has few who are late: somebody else than was meant may be asked for
ALIKE_DAYS = 7


def ask_now(who: Crowd, *, now: datetime) -> int:
    """The dozen who wait: each asked a little before `now`, the longest waiting first. Answers how many."""
    zone = ZoneInfo(settings.LENDER_TIME_ZONE)
    today = now.astimezone(zone).date()
    free = {key: due_on for key, due_on in who.late.items() if contact_queries.open_contact(key) is None}
    current = [key for key in who.current[:50] if contact_queries.open_contact(key) is None]
    waiting = 0
    for one in sorted(WAITING, key=lambda fresh: -fresh.seconds):
        borrower_id = _nearest(one, free, current, today)
        if borrower_id is None:
            continue
        due_on = who.late.get(borrower_id)
        alike = due_on is None or one.days_late is None or abs((today - due_on).days - one.days_late) <= ALIKE_DAYS
        seconds = one.seconds if alike else min(one.seconds, 60)  # more urgent than meant: the reply-by is nearer
        routing.ask_for_person(
            borrower_id=borrower_id,
            channel=one.channel,
            intent=one.intent,
            text=one.asks,
            actor=f"borrower:{borrower_id}",
            now=now - timedelta(seconds=seconds),
        )
        waiting += 1
    return waiting


def _nearest(one: Fresh, free: dict[int, date], current: list[int], today: date) -> int | None:
    """The late borrower whose days past due are nearest to the wanted ones; each is asked for once."""
    if one.days_late is None:
        return current.pop() if current else None
    wanted = today - timedelta(days=one.days_late)
    found = min(free, key=lambda key: (abs((free[key] - wanted).days), key), default=None)
    if found is None:  # a small demo has few who are late
        return current.pop() if current else None
    del free[found]
    return found
