"""What must always hold, asked of the tables themselves: each statement finds the rows that break a promise."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

#: what the journal has to say of a change of state
MOVES = {
    (None, "waiting"): "contacts.contact_opened",
    (None, "settled"): "contacts.contact_settled",
    ("waiting", "in_service"): "contacts.taken",
    ("in_service", "waiting"): "contacts.returned",
    ("in_service", "settled"): "contacts.contact_settled",
    ("settled", "waiting"): "contacts.reopened",
}
OFFER_MOVES = {
    "open": "routing.offered",
    "accepted": "routing.accepted",
    "declined": "routing.declined",
    "expired": "routing.offer_expired",
    "withdrawn": "routing.offer_withdrawn",
}
#: the documented reasons for which a promised time may move later
LATER = {"contacts.reply_by_missed", "contacts.callback_booked", "contacts.reopened"}


#: name of the promise → SQL that finds who breaks it, whatever the time
ALWAYS = {
    "an open contact has a team and a time": """
        SELECT ref FROM contacts_contact WHERE state <> 'settled' AND (owner_team_id IS NULL OR reply_by IS NULL)""",
    "one open contact per borrower": """
        SELECT borrower_id FROM contacts_contact WHERE state <> 'settled' GROUP BY borrower_id HAVING count(*) > 1""",
    "who waits has one place, who does not has none": """
        SELECT c.ref, c.state, count(w.id) FROM contacts_contact c
        LEFT JOIN routing_waiting w ON w.contact_id = c.id AND w.left_at IS NULL
        GROUP BY c.id HAVING count(w.id) <> CASE c.state WHEN 'waiting' THEN 1 ELSE 0 END""",
    "the place is with the team that owns the contact": """
        SELECT c.ref FROM contacts_contact c JOIN routing_waiting w ON w.contact_id = c.id AND w.left_at IS NULL
        WHERE w.team_id <> c.owner_team_id""",
    "a person has what is in service, nobody what waits": """
        SELECT ref FROM contacts_contact
        WHERE (state = 'in_service') <> (owner_id IS NOT NULL) AND state <> 'settled'""",
    "an open offer is of an open place, to somebody ready, with a lease of at most 45 seconds": """
        SELECT o.id FROM routing_offer o JOIN contacts_contact c ON c.id = o.contact_id
        JOIN routing_waiting w ON w.id = o.waiting_id LEFT JOIN routing_presence p ON p.specialist_id = o.specialist_id
        WHERE o.state = 'open' AND (c.state <> 'waiting' OR w.left_at IS NOT NULL OR w.contact_id <> c.id
          OR p.state IS DISTINCT FROM 'ready' OR w.not_before > o.offered_at
          OR o.lease_until - o.offered_at > interval '45 seconds')""",
    "an offer goes to the team's own people": """
        SELECT o.id FROM routing_offer o JOIN routing_waiting w ON w.id = o.waiting_id
        JOIN staff_member m ON m.id = o.specialist_id WHERE m.team_id <> w.team_id""",
    "one open offer per contact": """
        SELECT contact_id FROM routing_offer WHERE state = 'open' GROUP BY contact_id HAVING count(*) > 1""",
    "one open offer per specialist": """
        SELECT specialist_id FROM routing_offer WHERE state = 'open' GROUP BY specialist_id HAVING count(*) > 1""",
    "nobody has more in hand, or on offer, than they can take": """
        SELECT p.specialist_id FROM routing_presence p
        WHERE (SELECT count(*) FROM contacts_contact c WHERE c.owner_id = p.specialist_id AND c.state = 'in_service')
            + (SELECT count(*) FROM routing_offer o WHERE o.specialist_id = p.specialist_id AND o.state = 'open')
            > p.chats_max""",
    "nobody is offered what is about themselves": """
        SELECT o.id FROM routing_offer o JOIN contacts_recusal r ON r.contact_id = o.contact_id
        WHERE o.specialist_id = r.member_id AND o.state = 'open'""",
    "nobody has in hand what is about themselves": """
        SELECT c.ref FROM contacts_contact c JOIN contacts_recusal r ON r.contact_id = c.id
        WHERE c.state = 'in_service' AND c.owner_id = r.member_id""",
    "a complaint has its legal deadline": """
        SELECT id FROM contacts_matter WHERE (intent = 'complaint') <> (deadline_on IS NOT NULL)""",
    "a settled contact has no open matter, an open one has some": """
        SELECT c.ref FROM contacts_contact c LEFT JOIN contacts_matter m ON m.contact_id = c.id AND m.settled_at IS NULL
        GROUP BY c.id HAVING (count(m.id) > 0) <> (c.state <> 'settled')""",
    "a settled matter has its outcome": """
        SELECT id FROM contacts_matter WHERE (settled_at IS NULL) <> (outcome = '')""",
    "a matter's time is not after its contact's": """
        SELECT m.id FROM contacts_matter m JOIN contacts_contact c ON c.id = m.contact_id
        WHERE m.settled_at IS NULL AND m.reply_by > c.reply_by AND c.state = 'in_service'""",
}

#: what holds just after a tick at %(now)s
AFTER_A_TICK = {
    "no offer outlives its lease or its specialist": """
        SELECT o.id FROM routing_offer o JOIN routing_presence p ON p.specialist_id = o.specialist_id
        WHERE o.state = 'open' AND (o.lease_until <= %(now)s OR p.alive_until <= %(now)s)""",
    "no time has passed unnoticed": """
        SELECT ref FROM contacts_contact WHERE state <> 'settled' AND reply_by <= %(now)s""",
    "nobody unanswered is with somebody who left three minutes ago": """
        SELECT c.ref FROM contacts_contact c JOIN routing_presence p ON p.specialist_id = c.owner_id
        WHERE c.state = 'in_service' AND (c.last_reply_at IS NULL OR c.last_reply_at < c.last_borrower_at)
          AND p.alive_until <= %(now)s - interval '2 minutes'""",
}


def broken(*, now: datetime | None = None) -> dict[str, list[Any]]:
    """Promise → who breaks it. Empty when all hold. With `now`, those of a tick at that instant as well."""
    found = {}
    with connection.cursor() as cursor:
        for name, statement in (ALWAYS | AFTER_A_TICK if now is not None else ALWAYS).items():
            cursor.execute(statement, {"now": now})
            rows = cursor.fetchall()
            if rows:
                found[name] = rows
    return found


def rows(statement: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
