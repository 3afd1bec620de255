"""The borrowers of a tape: found by the lender's customer number or made, with their ways to be reached."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Cursor

from jietong.borrowers import queries as borrowers
from jietong.borrowers.rules.authority import WHOLE
from jietong.kernel.sealing import blind_index, seal
from jietong.loans import booking
from jietong.loans.tape import LoanRow, Phone

SPEAKER_COLUMNS = (
    "borrower_id", "role", "name", "id_no", "id_no_index", "knows", "does", "since_on", "source", "recorded_at",
)  # fmt: skip
Refuse = Callable[[LoanRow, str, str, str], None]
Way = tuple[object, ...]
#: customer number → (key, blind index of the ID number)
Known = dict[str, tuple[int, bytes | None]]


@dataclass(slots=True)
class People:
    """Keys by customer number. A new borrower is written only once a loan of theirs is: no borrower without a loan."""

    known: Known
    by_number: dict[str, int] = field(default_factory=dict)
    new_rows: dict[str, booking.Row] = field(default_factory=dict)
    made: int = 0
    points: list[Way] = field(default_factory=list)
    cards: list[Way] = field(default_factory=list)
    speakers: list[Way] = field(default_factory=list)

    def admit(self, row: LoanRow, batch: booking.Batch, *, now: datetime) -> None:
        """A loan of this borrower is booked: write the borrower, if new, and the ways to reach them."""
        fresh = self.new_rows.pop(row.borrower_no, None)
        if fresh is not None:
            self.known[row.borrower_no] = (fresh[0], fresh[booking.ID_INDEX])
            batch.rows["borrowers_borrower"].append(fresh)
            self.made += 1
        _ways(self, self.by_number[row.borrower_no], row)
        if row.representative:
            self.speakers.append(_speaker(self.by_number[row.borrower_no], row, now=now))


def borrowers_for(rows: list[LoanRow], known: Known, refuse: Refuse, *, now: datetime) -> People:
    """Find everybody in `rows`, or prepare them. Who is in the book under another ID number is refused, not merged.

    `known`: everybody whom this import has met so far, because the batch before may still be on its way to the table;
    it is added to.
    """
    found = People(known)
    first = {row.borrower_no: row for row in rows}
    known.update(borrowers.ids_by_number([number for number in first if number not in known]))
    keys = booking.keys("borrowers_borrower", sum(number not in known for number in first))
    for number, row in first.items():
        if number not in known:
            found.by_number[number] = next(keys)
            region = "".join(part for part in (row.province, row.city) if part)
            found.new_rows[number] = booking.borrower_row(found.by_number[number], row, region=region, now=now)
        elif known[number][1] is None or bytes(known[number][1] or b"") == blind_index(row.id_no, "id"):
            found.by_number[number] = known[number][0]
    for row in rows:
        if row.borrower_no not in found.by_number:
            refuse(row, "id_no", "borrower_has_other_id", "this customer is in the book with another ID number")
    return found


def _ways(found: People, key: int, row: LoanRow) -> None:
    for rank, phone in enumerate((row.phone, row.phone2)):
        if phone is not None:
            found.points.append(_phone(key, phone, rank))
    if row.email:
        found.points.append(_point(key, "email", row.email, _masked_mail(row.email), 0))
    if row.wechat:
        found.points.append(_point(key, "wechat", row.wechat, row.wechat[:2] + "***", 0))
    if row.card_no:
        found.cards.append((key, seal(row.card_no, "card"), blind_index(row.card_no, "card"), row.bank_no or ""))


def _speaker(key: int, row: LoanRow, *, now: datetime) -> Way:
    """The representative of a firm or the operator of a shop, as the lender told; who is on record already stays."""
    id_no = row.representative_id or ""
    return (
        key, "representative", row.representative, seal(id_no, "id"), blind_index(id_no, "id"), WHOLE.knows,
        json.dumps(sorted(WHOLE.does)), row.disbursed_on, "tape", now,
    )  # fmt: skip


def _phone(key: int, phone: Phone, rank: int) -> Way:
    if not phone.dialable:
        return (key, "phone", None, None, phone.number[:80], False, rank, "tape", "")
    return _point(key, "phone", phone.number, f"{phone.number[:3]}****{phone.number[-4:]}", rank)


def _point(key: int, kind: str, value: str, shown: str, rank: int) -> Way:
    return (key, kind, seal(value, "reach"), blind_index(value, "reach"), shown, True, rank, "tape", "")


def _masked_mail(address: str) -> str:
    name, _, domain = address.partition("@")
    return f"{name[:1]}***@{domain}"[:80]


def write_ways(cursor: Cursor[Any], people: People) -> None:
    """Write contact points and cards that are not there yet; a known one stays as it is, with what we learned of it."""
    _write(
        cursor,
        "borrowers_contactpoint",
        ("borrower_id", "kind", "value", "value_index", "display", "is_dialable", "rank", "source", "stop_reason"),
        people.points,
    )
    _write(cursor, "borrowers_boundcard", ("borrower_id", "number", "number_index", "bank"), people.cards)
    _write(cursor, "borrowers_authority", SPEAKER_COLUMNS, people.speakers)


def _write(cursor: Cursor[Any], table: str, columns: tuple[str, ...], rows: list[Way]) -> None:
    if not rows:
        return
    names = ", ".join(columns)  # ours, from above: nothing of the tape's is in these statements
    cursor.execute(f"CREATE TEMP TABLE tape_ways ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")  # noqa: S608
    booking.copy_rows(cursor, "tape_ways", columns, rows)
    cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM tape_ways ON CONFLICT DO NOTHING")  # noqa: S608
    cursor.execute("DROP TABLE tape_ways")
