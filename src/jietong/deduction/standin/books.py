"""The stand-in's own books, on disk: what it really took and gave back, whatever it answers. The truth of the tests."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
TABLES = """
CREATE TABLE IF NOT EXISTS orders (key TEXT, agreement TEXT, amount_fen INTEGER, at TEXT);
CREATE TABLE IF NOT EXISTS outcomes (key TEXT PRIMARY KEY, outcome TEXT, code TEXT, visible_at TEXT);
CREATE TABLE IF NOT EXISTS movements (ref TEXT PRIMARY KEY, key TEXT, amount_fen INTEGER, paid_at TEXT, back INTEGER);
CREATE TABLE IF NOT EXISTS refunds (key TEXT PRIMARY KEY, of_ref TEXT UNIQUE, amount_fen INTEGER, ref TEXT);
"""


@dataclass(frozen=True, slots=True)
class Moved:
    ref: str
    key: str
    amount_fen: int
    paid_at: str
    back: bool


class Books:
    """One file, one writer at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._lock = threading.Lock()
        self._db.executescript(TABLES)

    def order(self, key: str, agreement: str, amount_fen: int, at: datetime) -> None:
        self._run("INSERT INTO orders VALUES (?, ?, ?, ?)", key, agreement, amount_fen, at.isoformat())

    def take(self, key: str, amount_fen: int, at: datetime) -> str:
        """Debit the card: once more each time it is called, as a careless channel does."""
        with self._lock:
            count = self._db.execute("SELECT count(*) FROM movements").fetchone()[0]
            ref = f"CH{at.astimezone(ZONE):%Y%m%d%H%M%S}{count + 1:05d}"
            self._db.execute(
                "INSERT INTO movements VALUES (?, ?, ?, ?, 0)", (ref, key, amount_fen, at.astimezone(ZONE).isoformat())
            )
        return ref

    def decide(self, key: str, outcome: str, code: str, visible_at: datetime) -> None:
        self._run("INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?)", key, outcome, code, visible_at.isoformat())

    def outcome(self, key: str) -> tuple[str, str, datetime] | None:
        """(outcome, code, from when on it is told)."""
        rows = self._run("SELECT outcome, code, visible_at FROM outcomes WHERE key = ?", key)
        return (rows[0][0], rows[0][1], datetime.fromisoformat(rows[0][2])) if rows else None

    def moved(self, key: str) -> list[Moved]:
        rows = self._run("SELECT ref, key, amount_fen, paid_at, back FROM movements WHERE key = ? ORDER BY ref", key)
        return [Moved(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]

    def statement(self, day: date) -> list[Moved]:
        rows = self._run(
            "SELECT ref, key, amount_fen, paid_at, back FROM movements WHERE substr(paid_at, 1, 10) = ? ORDER BY ref",
            day.isoformat(),
        )
        return [Moved(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]

    def refund(self, key: str, of_ref: str, amount_fen: int) -> str | None:
        """Pay back; the same key again is the same refund, another key for the same money is refused (None)."""
        known = self._run("SELECT ref, of_ref, amount_fen FROM refunds WHERE key = ?", key)
        if known:
            return str(known[0][0]) if known[0][1:] == (of_ref, amount_fen) else None
        with self._lock:
            took = self._db.execute("SELECT amount_fen, back FROM movements WHERE ref = ?", (of_ref,)).fetchone()
            if took is None or took[1] or not 0 < amount_fen <= took[0]:
                return None
            ref = f"RF{of_ref[2:]}"
            self._db.execute("INSERT INTO refunds VALUES (?, ?, ?, ?)", (key, of_ref, amount_fen, ref))
            if amount_fen == took[0]:
                self._db.execute("UPDATE movements SET back = 1 WHERE ref = ?", (of_ref,))
        return ref

    def truth(self) -> dict[str, dict[str, int]]:
        """key → how often it was ordered, how often and how much was taken and paid back."""
        found: dict[str, dict[str, int]] = {}
        for (key,) in self._run("SELECT DISTINCT key FROM orders"):
            found[key] = {
                "orders": self._one("SELECT count(*) FROM orders WHERE key = ?", key),
                "takes": self._one("SELECT count(*) FROM movements WHERE key = ?", key),
                "taken_fen": self._one("SELECT coalesce(sum(amount_fen), 0) FROM movements WHERE key = ?", key),
                "refunded_fen": self._one(
                    "SELECT coalesce(sum(r.amount_fen), 0) FROM refunds r JOIN movements m ON m.ref = r.of_ref"
                    " WHERE m.key = ?", key,
                ),
            }  # fmt: skip
        return found

    def _one(self, sql: str, *values: object) -> int:
        return int(self._run(sql, *values)[0][0])

    def _run(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()
