"""Readers of one cell: money, rates, dates, counts, words. Each takes raw text, returns a value or raises CellError.

A tape has millions of cells, so every reader answers the ordinary spelling first and cleans only what is unusual.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from jietong.kernel.money import FEN_MAX
from jietong.loans.rules.parties import read_shares
from jietong.loans.tape import text
from jietong.loans.tape.rows import CellError

Reader = Callable[[str], object]

CACHE_MAX = 20_000  # distinct spellings kept per column; dates and products repeat, names do not
_AMOUNT = re.compile(r"-?\d{1,18}(\.\d*)?|-?\.\d+")
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d*)?")
_CODE = re.compile(r"[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff._/#:-]{0,63}")
_DATE_FORMS: dict[str, tuple[str, ...]] = {
    "yyyymmdd": (r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)",),
    "yyyy-mm-dd": (r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",),
    "yyyy/m/d": (r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})",),
    "yyyy.m.d": (r"(?P<y>\d{4})\.(?P<m>\d{1,2})\.(?P<d>\d{1,2})",),
    "yyyy年m月d日": (r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日",),
    "dd/mm/yyyy": (r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",),
    "mm/dd/yyyy": (r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",),
}
# Year-first forms cannot be mistaken for each other; day-first and month-first can, so they must be asked for.
_DATE_FORMS["auto"] = tuple(form for name, forms in _DATE_FORMS.items() if name.startswith("yyyy") for form in forms)
DATE_FORMATS = frozenset(_DATE_FORMS)
_TIME = r"(?:[T ]?(?P<h>\d{1,2}):(?P<i>\d\d)(?::(?P<s>\d\d)(?:\.\d{1,6})?)?)?"
_EARLIEST, _LATEST = date(1990, 1, 1), date(2100, 12, 31)


class _Known(dict[str, object]):
    """Spelling → value. A lookup that hits never leaves the interpreter's C code, which is the point of it."""

    def __init__(self, read: Reader) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, raw: str) -> object:
        value = self.read(raw)
        if len(self) >= CACHE_MAX:
            self.clear()
        self[raw] = value
        return value


def cached(read: Reader) -> Reader:
    """Remember answers of a column whose spellings repeat; refusals are read again, they are rare."""
    return _Known(read).__getitem__


def code(raw: str) -> str:
    """An identifier: loan, borrower, product or receipt number."""
    if _CODE.fullmatch(raw) and not text.SCIENTIFIC.fullmatch(raw):
        return raw
    cell = text.clean(text.unprotect(raw), longest=CODE_MAX)
    if text.SCIENTIFIC.fullmatch(cell):
        raise CellError("number_ruined_by_excel")
    if not _CODE.fullmatch(cell):
        raise CellError("not_a_code")
    return cell


CODE_MAX = 64
SHARES_MAX = 400


def words(raw: str) -> str:
    """Free short text: product, creditor, province, city."""
    if text.PLAIN.fullmatch(raw) and len(raw) <= 60 and raw[0] != "-":
        return raw
    return text.clean(raw)


def shares(raw: str) -> tuple[tuple[str, int], ...]:
    """Funders with their shares in parts per million: 云岫银行 70%；青禾消费金融 30%; one name alone has the whole."""
    try:
        return read_shares(text.clean(raw, longest=SHARES_MAX))
    except CellError:
        raise
    except ValueError as error:
        raise CellError(str(error)) from None


def amount(unit: str, *, above_zero: bool = False) -> Callable[[str], int]:
    """Reader of whole fen from yuan or fen; nothing is rounded on the way in."""

    def read(raw: str) -> int:
        fen = _quick_fen(raw) if unit == "yuan" else (int(raw) if _short_digits(raw, 15) else None)
        if fen is None:
            fen = _careful_fen(raw, unit)
        if fen <= 0 and above_zero:
            raise CellError("zero" if fen == 0 else "negative")
        if fen < 0:
            raise CellError("negative")
        return fen

    return read


def _short_digits(raw: str, longest: int) -> bool:
    return len(raw) <= longest and raw.isascii() and raw.isdigit()


def _quick_fen(raw: str) -> int | None:
    if raw[-3:-2] == ".":
        joined = raw[:-3] + raw[-2:]
        return int(joined) if _short_digits(joined, 15) else None
    return int(raw) * 100 if _short_digits(raw, 13) else None


def _careful_fen(raw: str, unit: str) -> int:
    cell = text.digits_only(raw).lstrip("¥￥").removesuffix("元")
    if text.EXCEL_ERROR.fullmatch(cell):
        raise CellError("excel_error_cell")
    if cell.startswith(("=", "+", "@")):
        raise CellError("formula_like")
    if text.SCIENTIFIC.fullmatch(cell):
        raise CellError("amount_scientific")
    if cell.startswith("(") and cell.endswith(")"):  # the accountant's minus
        cell = "-" + cell[1:-1]
    if "," in cell:
        if not _GROUPED.fullmatch(cell):
            raise CellError("bad_grouping")
        cell = cell.replace(",", "")
    if not (cell.isascii() and _AMOUNT.fullmatch(cell)):
        raise CellError("not_an_amount")
    scaled = Decimal(cell) * (100 if unit == "yuan" else 1)
    if scaled != scaled.to_integral_value():
        raise CellError("too_precise")
    if abs(scaled) >= FEN_MAX:
        raise CellError("too_large")
    return int(scaled)


def rate(scale: str) -> Callable[[str], Decimal]:
    """Reader of a rate as a fraction: 0.24, 24%, 5‰, 5‱; a bare number is percent when scale is "percent"."""
    bare = Decimal("0.01") if scale == "percent" else Decimal(1)
    signs = {"%": Decimal("0.01"), "‰": Decimal("0.001"), "‱": Decimal("0.0001")}

    def read(raw: str) -> Decimal:
        cell = text.digits_only(raw)
        if cell.startswith(("=", "+", "@")):
            raise CellError("formula_like")
        factor = signs.get(cell[-1:])
        number = cell[:-1] if factor is not None else cell
        if len(number) > 30 or not number.isascii() or "_" in number:
            raise CellError("not_a_rate")
        try:
            value = Decimal(number)
        except InvalidOperation:
            raise CellError("not_a_rate") from None
        if not value.is_finite() or value.adjusted() < -20 or value.adjusted() > 6:
            raise CellError("not_a_rate")
        if value < 0:
            raise CellError("negative")
        return value * (factor if factor is not None else bare)

    return read


def count(least: int, most: int) -> Callable[[str], int]:
    def read(raw: str) -> int:
        cell = raw if _short_digits(raw, 9) else text.digits_only(raw).removesuffix(".0").removesuffix("期")
        if not _short_digits(cell, 9) or not cell:
            raise CellError("not_a_whole_number")
        if not least <= int(cell) <= most:
            raise CellError("out_of_range")
        return int(cell)

    return read


def choice(spellings: Mapping[str, str], refusal: str = "value_unknown") -> Callable[[str], str]:
    """Reader of one word out of a table of spellings (lower case, no spaces)."""

    def read(raw: str) -> str:
        found = spellings.get(raw)
        if found is None:
            found = spellings.get(text.digits_only(raw).lower())
        if found is None:
            raise CellError(refusal)
        return found

    return read


def moment(form: str, *, zone: ZoneInfo, epoch: date | None) -> Callable[[str], tuple[date, datetime | None]]:
    """Reader of a date, with its instant in UTC when the cell has a time of day.

    epoch: day 0 of the workbook's serial numbers, or None outside workbooks, where a serial is refused.
    """
    patterns = [re.compile(pattern + _TIME, re.ASCII) for pattern in _DATE_FORMS[form]]

    def read(raw: str) -> tuple[date, datetime | None]:
        cell = text.trim(raw)
        if len(cell) > 40:
            raise CellError("not_a_date")
        if cell.isascii() and cell.isdigit() and len(cell) == 5:
            if epoch is None:
                raise CellError("date_is_excel_serial")
            return _within(epoch + timedelta(days=int(cell))), None
        for pattern in patterns:
            found = pattern.fullmatch(cell)
            if found:
                return _moment(found, zone)
        if text.EXCEL_ERROR.fullmatch(cell):
            raise CellError("excel_error_cell")
        raise CellError("formula_like" if cell[:1] in {"=", "+", "@"} else "not_a_date")

    return read


def _moment(found: re.Match[str], zone: ZoneInfo) -> tuple[date, datetime | None]:
    try:
        day = _within(date(int(found["y"]), int(found["m"]), int(found["d"])))
        if found["h"] is None:
            return day, None
        clock = time(int(found["h"]), int(found["i"]), int(found["s"] or 0))
    except CellError:
        raise
    except ValueError:
        raise CellError("not_a_date") from None
    return day, datetime.combine(day, clock, zone).astimezone(ZoneInfo("UTC"))


def _within(day: date) -> date:
    if not _EARLIEST <= day <= _LATEST:
        raise CellError("date_out_of_range")
    return day


def day(form: str, *, zone: ZoneInfo, epoch: date | None) -> Callable[[str], date]:
    read_moment = moment(form, zone=zone, epoch=epoch)
    return lambda raw: read_moment(raw)[0]
