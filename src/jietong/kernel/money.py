"""Money is whole fen (1/100 yuan) in an int; yuan exist only at the edges, as decimal strings."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from jietong.kernel.errors import InputError

FEN_MAX = 10**15  # ten trillion yuan: beyond any book, so a larger figure is a broken file


def parse_yuan(text: object, field: str = "amount", *, decimals: int = 2) -> int:
    """Read a decimal string of yuan ("1,234.50" or "1234.5") as whole minor units (fen when decimals=2).

    Raises InputError for anything that is not exactly representable: nothing is rounded on the way in.
    """
    raw = str(text).strip().replace(",", "").replace("，", "").lstrip("¥￥")
    try:
        value = Decimal(raw)
    except InvalidOperation:
        raise InputError(field, "not_a_number", f"{text!r} is not an amount") from None
    if not value.is_finite():
        raise InputError(field, "not_a_number", f"{text!r} is not an amount")
    scaled = value.scaleb(decimals) if abs(value) < FEN_MAX else value
    if abs(scaled) >= FEN_MAX:
        raise InputError(field, "too_large", f"{text!r} is larger than any book")
    if scaled != scaled.to_integral_value():
        raise InputError(field, "too_precise", f"{text!r} has more than {decimals} decimals")
    return int(scaled)


def yuan(fen: int, *, decimals: int = 2) -> str:
    """Plain decimal string for files and interfaces: 123450 → "1234.50"."""
    sign, minor = ("-" if fen < 0 else ""), abs(fen)
    if decimals == 0:
        return f"{sign}{minor}"
    whole, part = divmod(minor, 10**decimals)
    return f"{sign}{whole}.{part:0{decimals}d}"


def show_yuan(fen: int) -> str:
    """As a person reads it: 123450 → "¥1,234.50"."""
    sign, (whole, part) = ("-" if fen < 0 else ""), divmod(abs(fen), 100)
    return f"{sign}¥{whole:,}.{part:02d}"
