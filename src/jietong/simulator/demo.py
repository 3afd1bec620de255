"""The demo lender, loaded in one transaction: teams, an invented loan tape booked by the real importer, the last days'
contacts, the business date closed. A run that is killed leaves nothing in the database; a second run adds nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from jietong.borrowers import queries as borrowers
from jietong.dayend.commands import close_day
from jietong.kernel import clock
from jietong.loans.importing.tapes import Imported, import_tape
from jietong.loans.models import Product
from jietong.loans.queries import book as loan_queries
from jietong.loans.tape import read
from jietong.simulator import demo_debits, tables
from jietong.simulator.demo_approvals import ask_for_a_second_look
from jietong.simulator.demo_credit import open_credit
from jietong.simulator.demo_creditors import change_creditors
from jietong.simulator.demo_history import Crowd, History, ask_now, crowd
from jietong.simulator.demo_money import bring_money
from jietong.simulator.demo_orders import ask_other_desks
from jietong.simulator.demo_reporting import CreditYear
from jietong.simulator.demo_tape import TapeFiles, write_tape
from jietong.simulator.models import DemoLoad
from jietong.simulator.tour import guests
from jietong.staff.models import Member, Team

#: one word for every account of the demo: it guards invented people only, and the sign-in page shows it
PASSWORD = "jietong-demo-2026"  # noqa: S105
PLACES = {"specialist": "/desk/", "supervisor": "/board/", "officer": "/board/", "operator": "/board/"}
#: who works elsewhere than their role would
PLACES_OF = {"tang": "/orders/"}
#: whom the list of logins names; the others have the same password
SHOWN = ("lin", "wang", "zhou", "qin", "shen", "ding", "tang")
LOCK = 7_304_101  # two loads at once: the second waits, then finds it done

Told = Callable[[str, int, int], None]


class DemoRefused(RuntimeError):  # noqa: N818  # reads as the sentence that it is
    """The demo cannot be loaded here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did. files, imported: None when the demo was there already."""

    is_new: bool
    files: TapeFiles | None = None
    imported: Imported | None = None
    contacts: int = 0


def load(
    *, number: int, seed: int, folder: Path, now_of: Callable[[], datetime] = clock.now, told: Told = lambda *_: None
) -> Loaded:
    """Load `number` borrowers, once. The tape goes to `folder`; `now_of` tells the time (contacts that wait are asked
    a little before the moment at which they are written).

    Raises DemoRefused when the book already has a lender's own loans, ValueError for too few borrowers.
    """
    if DemoLoad.objects.exists():
        return Loaded(is_new=False)
    today = clock.local_date(now_of(), settings.LENDER_TIME_ZONE)
    files = write_tape(folder, borrowers=number, seed=seed, today=today, told=told)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if DemoLoad.objects.exists():
            return Loaded(is_new=False)
        _refuse_a_real_book()
        _hire()
        imported = _book(files, today=today, now=now_of(), told=told)
        change_creditors(today, now=now_of())
        made = _live_the_last_days(today=today, seed=seed, folder=folder, now_of=now_of, told=told)
        DemoLoad.objects.create(seed=seed, borrowers=number, finished_at=now_of())
    return Loaded(True, files, imported, made)


def _refuse_a_real_book() -> None:
    if Product.objects.exists() or Member.objects.exists():
        raise DemoRefused("this site has staff or loans of its own; the demo is for an empty one (--no-demo)")


def _hire() -> None:
    """Five desks and their people. The hash is made once: it costs half a second, and the word is the same."""
    teams = {}
    for code, name, name_en, opens, closes in tables.TEAMS:
        hours = {"opens_at": time(opens), "closes_at": time(closes)}
        fields = {"name": name, "name_en": name_en, "supervisor_name": "秦岚", **hours}
        teams[code], _ = Team.objects.get_or_create(code=code, defaults=fields)
    hashed = make_password(PASSWORD)
    Member.objects.bulk_create(
        Member(username=username, name=name, staff_number=number, role=role, team=teams[team], password=hashed)
        for username, name, number, role, team in tables.MEMBERS
    )


def _book(files: TapeFiles, *, today: date, now: datetime, told: Told) -> Imported:
    """The tape, read and booked as any lender's. A row that is refused is a fault of the tape: nothing is kept."""
    Product.objects.bulk_create(Product(code=code, name=name) for code, (name, _, _) in tables.PRODUCTS.items())
    tape = read(files.loans, repayments=files.repayments, control=files.control)
    imported = import_tape(tape, file_name=files.loans.name, as_of=today, actor="system:demo", now=now, told=told)
    if imported.errors:
        raise DemoRefused(f"the demo's own tape has a row that is refused: {imported.errors[0]}")
    return imported


def _live_the_last_days(*, today: date, seed: int, folder: Path, now_of: Callable[[], datetime], told: Told) -> int:
    known = borrowers.ids_by_number([guest.person.number for guest in guests(today)])
    who = crowd(today=today, without={key for key, _ in known.values()})
    others = [*who.current[:45], *list(who.late)[:15]]
    open_credit(guests={key for key, _ in known.values()}, others=others, today=today, now=now_of())
    made = History(who, now=now_of(), seed=seed).write()
    _debit(who, {key for key, _ in known.values()}, today=today, folder=folder, now=now_of())
    told("contacts", made, made)
    made += bring_money(without={key for key, _ in known.values()}, today=today, now=now_of())
    credit = CreditYear(today=today)
    credit.tell_before()
    close_day(today, now=now_of())
    told("day-end", 1, 1)
    made += ask_for_a_second_look(others=others, without={key for key, _ in known.values()}, today=today, now=now_of())
    credit.report(now=now_of())
    made += ask_other_desks(who, now=now_of())
    return made + ask_now(who, now=now_of())


def _debit(who: Crowd, tour: set[int], *, today: date, folder: Path, now: datetime) -> None:
    """Mandates for the tour and some of the crowd whose due day is today or was in the last three days."""
    late = loan_queries.late_borrowers(on=today)
    fresh = [key for key, due_on in who.late.items() if (today - due_on).days <= demo_debits.FRESH_DAYS]
    chosen = [*fresh[: demo_debits.CROWD_MAX], *sorted(set(loan_queries.due_on(today)) - tour - set(fresh))]
    guests_late = {key: key in late for key in sorted(tour)}
    old = sorted(set(who.late) - set(fresh))  # late for longer: nothing is debited of them without their word
    demo_debits.sign(guests=guests_late, crowd=[*chosen[: 2 * demo_debits.CROWD_MAX], *old], now=now)
    demo_debits.live(guests=guests_late, crowd=fresh[: demo_debits.CROWD_MAX], today=today, now=now, folder=folder)


def logins(today: date) -> dict[str, list[dict[str, Any]]]:
    """Whom a visitor may be: staff with their password, borrowers with the facts that prove who they are."""
    by_username = {username: (name, role) for username, name, _, role, _ in tables.MEMBERS}
    staff = [
        {
            "role": by_username[username][1],
            "name": by_username[username][0],
            "username": username,
            "password": PASSWORD,
            "url": PLACES_OF.get(username) or PLACES[by_username[username][1]],
        }
        for username in SHOWN
    ]
    visitors = [
        {
            "name": guest.person.name,
            "phone": guest.person.phone,
            "id_tail": (guest.person.representative_id or guest.person.id_no)[-4:],
            "card_tail": guest.person.card_no[-4:],
            "note": guest.note,
            "note_en": guest.note_en,
        }
        for guest in guests(today)
    ]
    return {"logins": staff, "borrowers": visitors}


def logins_file() -> Path:
    return Path(settings.DATA_DIR) / "run" / "demo.json"


def write_logins() -> Path:
    """Write run/demo.json with the stories of the day on which the demo was loaded; whole or not at all."""
    loaded = DemoLoad.objects.get()
    path = logins_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    told = logins(clock.local_date(loaded.finished_at, settings.LENDER_TIME_ZONE))
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(draft, path)
    return path
