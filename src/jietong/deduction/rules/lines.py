"""The files exchanged with a channel, as text: requests out, results in. docs/deduction-files.md describes the columns.

    H|JTDD|1|REQ|<file number>|<date>|<channel>            H|JTDD|1|RES|<file number>|<answers which request>|<date>
    D|<key>|<agreement>|<fen>|CNY|<words on the statement>  R|<key>|S, F or P|<code>|<fen>|<channel number>|<time>
    T|<lines>|<sum in fen>|<check>                         T|<lines>|<sum of S in fen>|<check>

The check is the first 16 hex digits of the SHA-256 of all bytes before the T line: a file that lost its end, a line or
a byte is refused as a whole, by name, and nothing of it is believed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from jietong.deduction.rules.judging import Outcome, Told
from jietong.kernel.errors import InputError

FORMAT, VERSION = "JTDD", "1"
OUTCOMES = {"S": Outcome.SUCCEEDED, "F": Outcome.FAILED, "P": Outcome.PROCESSING}
LINES_MAX = 1_000_000
CHECK_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Line:
    """One order in a request: the channel knows the card by the agreement, so no card number leaves the house."""

    key: str
    agreement: str
    amount_fen: int
    words: str


@dataclass(frozen=True, slots=True)
class Results:
    """A result file that is whole. `answers`: the number of the request that it answers."""

    number: str
    answers: str
    day: date
    lines: tuple[Told, ...]
    encoding: str

    @property
    def taken_fen(self) -> int:
        return sum(line.amount_fen or 0 for line in self.lines if line.outcome is Outcome.SUCCEEDED)


def check(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:CHECK_DIGITS]


def write_request(number: str, day: date, channel: str, lines: Sequence[Line], *, encoding: str = "gb18030") -> bytes:
    """The request file. GB18030 (a superset of GBK) is what most banks' front ends read; utf-8 where they say so."""
    rows = [f"H|{FORMAT}|{VERSION}|REQ|{number}|{day.isoformat()}|{channel}"]
    for line in lines:
        words = line.words.replace("|", "/").replace("\n", " ").replace("\r", " ")
        rows.append(f"D|{line.key}|{line.agreement}|{line.amount_fen}|CNY|{words}")
    return _closed(rows, len(lines), sum(line.amount_fen for line in lines), encoding)


def write_results(
    number: str, answers: str, day: date, lines: Sequence[Told], *, encoding: str = "utf-8"
) -> bytes:  # the other side of the exchange: the stand-in and the tests
    rows = [f"H|{FORMAT}|{VERSION}|RES|{number}|{answers}|{day.isoformat()}"]
    letters = {outcome: letter for letter, outcome in OUTCOMES.items()}
    for told in lines:
        paid = told.paid_at.isoformat() if told.paid_at else ""
        fen = told.amount_fen or 0
        rows.append(f"R|{told.key}|{letters[told.outcome]}|{told.code}|{fen}|{told.channel_ref}|{paid}")
    taken = sum(told.amount_fen or 0 for told in lines if told.outcome is Outcome.SUCCEEDED)
    return _closed(rows, len(lines), taken, encoding)


def _closed(rows: list[str], count: int, fen: int, encoding: str) -> bytes:
    body = ("\n".join(rows) + "\n").encode(encoding)
    return body + f"T|{count}|{fen}|{check(body)}\n".encode("ascii")


def read_request(raw: bytes) -> tuple[str, date, tuple[Line, ...]]:
    """A request as the channel reads it: number, day, orders. Raises InputError like `read_results`."""
    head, rows, _encoding = _opened(raw, "REQ")
    lines = []
    for at, row in enumerate(rows, start=2):
        if len(row) != 6 or row[0] != "D":
            raise InputError(f"line {at}", "bad_line", "an order has six columns and begins with D")
        lines.append(Line(row[1], row[2], _fen(row[3], at), row[5]))
    _check_sum(rows, sum(line.amount_fen for line in lines), raw)
    return head[4], _day(head[5]), tuple(lines)


def read_results(raw: bytes) -> Results:
    """A result file, whole or not at all. Raises InputError: `empty`, `encoding`, `not_a_result`, `truncated`,
    `wrong_check`, `wrong_sum`, `bad_line` (field: which line)."""
    head, rows, encoding = _opened(raw, "RES")
    lines = tuple(_told(row, at) for at, row in enumerate(rows, start=2))
    results = Results(head[4], head[5], _day(head[6]), lines, encoding)
    _check_sum(rows, results.taken_fen, raw)
    return results


def _opened(raw: bytes, kind: str) -> tuple[list[str], list[list[str]], str]:
    """Header, rows between header and trailer, and the encoding, of a file whose trailer fits its bytes."""
    if not raw.strip():
        raise InputError("file", "empty", "the file is empty")
    body = raw.rstrip(b"\r\n ")
    cut = body.rfind(b"\n") + 1
    trailer = body[cut:].decode("ascii", "replace").strip().split("|")
    if len(trailer) != 4 or trailer[0] != "T":
        raise InputError("file", "truncated", "the last line is not the closing line: a part of the file is missing")
    if check(raw[:cut]) != trailer[3].strip().lower():
        raise InputError("file", "wrong_check", "the check does not fit: bytes were lost or changed on the way")
    text, encoding = _decoded(raw[:cut])
    rows = [row.split("|") for row in text.splitlines() if row.strip()]
    if not rows or rows[0][:4] != ["H", FORMAT, VERSION, kind] or len(rows[0]) != 7:
        raise InputError("file", "not_a_result" if kind == "RES" else "not_a_request", "the first line is another kind")
    if len(rows) > LINES_MAX:
        raise InputError("file", "too_long", f"more than {LINES_MAX} lines")
    if not (trailer[1].isascii() and trailer[1].isdigit()) or int(trailer[1]) != len(rows) - 1:
        raise InputError(
            "file", "truncated", f"the closing line counts {trailer[1]} lines, the file has {len(rows) - 1}"
        )
    return rows[0], rows[1:], encoding


def _decoded(body: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise InputError("file", "encoding", "neither UTF-8 nor GBK")


def _check_sum(rows: list[list[str]], fen: int, raw: bytes) -> None:
    told = raw.rstrip(b"\r\n ").rpartition(b"\n")[2].decode("ascii", "replace").split("|")[2]
    if not (told.isascii() and told.isdigit()) or int(told) != fen:
        raise InputError("file", "wrong_sum", f"the closing line says {told} fen, the lines add up to {fen}")


def _told(row: list[str], at: int) -> Told:
    if len(row) != 7 or row[0] != "R" or row[2] not in OUTCOMES or not row[1]:
        raise InputError(f"line {at}", "bad_line", "a result has seven columns: R, key, S/F/P, code, fen, number, time")
    outcome = OUTCOMES[row[2]]
    fen = _fen(row[4], at)
    if outcome is not Outcome.SUCCEEDED:
        return Told(row[1], outcome, row[3])
    try:
        paid_at = datetime.fromisoformat(row[6])
    except ValueError:
        raise InputError(f"line {at}", "bad_line", f"{row[6]!r} is not a time") from None
    if paid_at.tzinfo is None or not row[5]:
        raise InputError(f"line {at}", "bad_line", "a debit has the channel's number and a time with its zone")
    return Told(row[1], outcome, row[3], fen, row[5], paid_at)


def _fen(text: str, at: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise InputError(f"line {at}", "bad_line", f"{text!r} is not an amount in whole fen")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("line 1", "bad_line", f"{text!r} is not a date") from None
