"""A bank's statement of an account, what came and what left, read with the tape's own readers: CSV, tab, bar or XLSX,
UTF-8 or GBK.

Knows no database. The whole file is refused by name when it is cut off or its totals do not agree; a line that cannot
be read is handed on as it came, to wait for a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from jietong.loans.tape import TapeRefused, cells, encodings, sheets, sources
from jietong.loans.tape.columns import Column, heading, known_headings
from jietong.loans.tape.rows import CellError
from jietong.loans.tape.sources import Source
from jietong.loans.tape.text import trim

COLUMNS = (
    Column("serial", "code", ("流水号", "交易流水号", "交易号", "银行流水号", "凭证号"), required=True),
    Column("paid_at", "moment", ("交易时间", "交易日期", "入账时间", "入账日期", "记账日期"), required=True),
    Column("amount", "amount", ("贷方金额", "收入金额", "贷方发生额", "收入", "交易金额", "金额"), required=True),
    Column("out", "amount", ("借方金额", "支出金额", "借方发生额", "支出", "付款金额")),
    Column("payer", "words", ("对方户名", "付款人", "付款户名", "付款人户名", "对方名称")),
    Column("account", "words", ("对方账号", "对方帐号", "付款账号", "付款人账号", "对方卡号")),
    Column("text", "words", ("摘要", "附言", "用途", "备注", "交易摘要")),
    Column("direction", "words", ("借贷标志", "收支", "借贷", "方向")),
)
_KNOWN = known_headings(COLUMNS)
_TOTALS = frozenset({"合计", "总计", "total", "sum"})
_OUTGOING = frozenset({"借", "支出", "支", "借方", "d", "debit", "付"})
_ZONE = ZoneInfo("Asia/Shanghai")
NOON = time(12)  # a statement without a time of day


@dataclass(frozen=True, slots=True)
class Line:
    """One incoming transfer. account: as the bank wrote it, masked or whole."""

    number: int
    serial: str
    paid_at: datetime
    amount_fen: int
    payer: str
    account: str
    text: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that could not be read: its cells as they came, and (column, code of tape/codes.py)."""

    number: int
    cells: tuple[str, ...]
    column: str
    code: str


@dataclass(frozen=True, slots=True)
class Statement:
    """`total_fen` and the number of lines are those of the incoming transfers that could be read. outgoing: what left
    the account, as far as it can be read; `payer` is then who was paid."""

    name: str
    sha256: str
    encoding: str
    lines: tuple[Line, ...]
    unread: tuple[Unread, ...]
    outgoing: tuple[Line, ...] = ()

    @property
    def total_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)


@dataclass(frozen=True, slots=True)
class Totals:
    """What the bank says it sent: lines and their sum, from the last row (合计) or told beside the file."""

    lines: int | None = None
    fen: int | None = None


def read_statement(path: Path, *, told: Totals | None = None) -> Statement:
    """The statement; `told`: what the bank says beside the file.

    Raises TapeRefused: as encodings.inspect; header_missing, column_missing, column_repeated; truncated (the last line
    is cut and nothing proves the file whole); control_rows, control_sum, control_unreadable.
    """
    facts = encodings.inspect(path, None)
    source: Source
    if facts.format == "xlsx":
        source = sheets.SheetSource(path, facts, None, "statement")
    else:
        delimiter = sources.sniff_delimiter(path, facts, _KNOWN)
        source = sources.DelimitedSource(path, facts, delimiter, quote=True)
    epoch = source.epoch if isinstance(source, sheets.SheetSource) else None
    rows = iter(source.rows())
    first = next(rows, None)
    if first is None or isinstance(first[1], str):
        raise TapeRefused(source.label, "header_missing")
    places, unit = _places(source.label, first[1])
    lines: list[Line] = []
    unread: list[Unread] = []
    outgoing: list[Line] = []
    footer: Totals | None = None
    for number, raw in rows:
        if isinstance(raw, str):
            unread.append(Unread(number, (), "", raw))
            continue
        totals = _totals(raw, places, unit)
        if totals is not None:
            footer = totals
            continue
        left = _outgoing(number, raw, places, unit, epoch)
        if left is not None:
            outgoing.append(left)
            continue
        one = _line(number, raw, places, unit, epoch)
        if isinstance(one, Line):
            lines.append(one)
        elif one is not None:
            unread.append(one)
    statement = Statement(path.name, facts.sha256, facts.encoding, tuple(lines), tuple(unread), tuple(outgoing))
    _check(source, statement, [one for one in (footer, told) if one is not None])
    return statement


def _places(label: str, header: list[str]) -> tuple[dict[str, int], str]:
    """Column → cell, and the unit of the amounts (yuan unless the heading says fen)."""
    places: dict[str, int] = {}
    unit = "yuan"
    for place, name in enumerate(header):
        plain, stated = heading(name)
        found = _KNOWN.get(plain)
        if found is None:
            continue
        if found in places:
            raise TapeRefused(label, "column_repeated", found)
        places[found] = place
        if found == "amount" and stated:
            unit = stated
    for column in COLUMNS:
        if column.required and column.name not in places:
            raise TapeRefused(label, "column_missing", f"{column.name} ({', '.join(column.aliases[:3])})")
    return places, unit


def _cell(raw: list[str], places: dict[str, int], name: str) -> str:
    place = places.get(name)
    return trim(raw[place]) if place is not None and place < len(raw) else ""


def _totals(raw: list[str], places: dict[str, int], unit: str) -> Totals | None:
    """The last row of many statements: 合计, the number of lines, and their sum in the column of amounts."""
    filled = [trim(cell) for cell in raw if trim(cell)]
    if not filled or heading(filled[0])[0].rstrip(":") not in _TOTALS:
        return None
    amount = _cell(raw, places, "amount")
    lines = next(
        (int(cell.rstrip("笔")) for cell in filled[1:] if cell.rstrip("笔").isdigit() and cell != amount), None
    )
    try:
        return Totals(lines, cells.amount(unit)(amount) if amount else None)
    except CellError:
        return Totals(lines, -1)  # a sum that cannot be read agrees with nothing


def _outgoing(number: int, raw: list[str], places: dict[str, int], unit: str, epoch: date | None) -> Line | None:
    """Money that left, by its own column or by the direction; None for everything else, and for a line of it that
    cannot be read: most of what leaves an account is not ours to book."""
    is_out = _cell(raw, places, "direction").lower() in _OUTGOING
    typed = _cell(raw, places, "out") or (_cell(raw, places, "amount") if is_out else "")
    try:
        fen = abs(cells.amount(unit)(typed)) if typed else 0
        if not fen or not (is_out or not _cell(raw, places, "amount").strip("0.,")):
            return None
        serial = cells.code(_cell(raw, places, "serial"))
        day, at = cells.moment("auto", zone=_ZONE, epoch=epoch)(_cell(raw, places, "paid_at"))
    except CellError:
        return None
    at = at or datetime.combine(day, NOON, _ZONE)
    payer, account, text = (_cell(raw, places, name)[:200] for name in ("payer", "account", "text"))
    return Line(number, serial, at.astimezone(ZoneInfo("UTC")), fen, payer, account, text)


def _line(number: int, raw: list[str], places: dict[str, int], unit: str, epoch: date | None) -> Line | Unread | None:
    """None for money that went out."""
    if _cell(raw, places, "direction").lower() in _OUTGOING:
        return None
    kept = tuple(trim(cell)[:200] for cell in raw)
    column = ""
    try:
        column = "serial"
        serial = cells.code(_cell(raw, places, column))
        column = "paid_at"
        day, at = cells.moment("auto", zone=_ZONE, epoch=epoch)(_cell(raw, places, column))
        column = "amount"
        typed = _cell(raw, places, column)
        if not typed or cells.amount(unit)(typed) == 0:
            return None  # the other side of the statement has its amount in another column
        fen = cells.amount(unit, above_zero=True)(typed)
    except CellError as error:
        return Unread(number, kept, column, error.code)
    at = at or datetime.combine(day, NOON, _ZONE)
    payer, account, text = (_cell(raw, places, name)[:200] for name in ("payer", "account", "text"))
    return Line(number, serial, at.astimezone(ZoneInfo("UTC")), fen, payer, account, text)


def _check(source: Source, statement: Statement, totals: list[Totals]) -> None:
    """A file that was cut off must not be booked in part: what is missing would look as if it had never come."""
    found = (len(statement.lines), statement.total_fen)
    for one in totals:
        if statement.unread and (one.lines, one.fen) != (None, None):
            unread = ", ".join(str(line.number) for line in statement.unread[:5])
            raise TapeRefused(source.label, "control_unreadable", f"line {unread}")
        if one.lines is not None and one.lines != found[0]:
            raise TapeRefused(source.label, "control_rows", f"{one.lines} expected, {found[0]} found")
        if one.fen is not None and one.fen != found[1]:
            raise TapeRefused(source.label, "control_sum", f"{one.fen} fen expected, {found[1]} fen found")
    if source.cut_short() and not totals:
        raise TapeRefused(source.label, "truncated")
    if not statement.lines and not statement.unread and not statement.outgoing:
        raise TapeRefused(source.label, "no_rows")
