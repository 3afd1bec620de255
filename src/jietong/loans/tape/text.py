"""Cleaning and masking of cell text, shared by every kind of cell."""

from __future__ import annotations

import re
import unicodedata

from jietong.loans.tape.rows import CellError

CELL_MAX = 512  # characters; the longest honest cell is a company's name
#: spellings of "nothing" in lenders' exports
EMPTY = frozenset({"", "NULL", "null", "Null", "\\N", "N/A", "n/a", "NA", "-", "--", "—", "None", "none", "nan", "NaN"})

PLAIN = re.compile(r"[0-9A-Za-z\u4e00-\u9fff._/-]+")
SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+")
EXCEL_ERROR = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!)|#{3,}")
PROTECTED = re.compile(r'="([^"=]*)"|\'(\d[\dXx]*)')
_TRIM = "\u3000\u00a0\ufeff\u2002\u2003\u2009 \t\r\n\v\f"
_FORMULA = ("=", "+", "-", "@")

# Until 2005 GB 18030 had no public code points for these characters and Python's codec still follows that edition;
# the edition of 2005 and Unicode 4.1 placed them (GB 18030-2005, annex on the 24 mapping changes).
_SINCE_2005 = str.maketrans({
    0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE81E: 0x9FB4, 0xE826: 0x9FB5, 0xE82B: 0x9FB6,
    0xE82C: 0x9FB7, 0xE831: 0x215D7, 0xE832: 0x9FB8, 0xE83B: 0x2298F, 0xE843: 0x9FB9, 0xE854: 0x9FBA,
    0xE855: 0x241FE, 0xE864: 0x9FBB,
})  # fmt: skip


def is_blank(raw: str) -> bool:
    return raw in EMPTY or trim(raw) in EMPTY


def trim(raw: str) -> str:
    """Outer spaces of every width, tabs and byte-order marks go; exports put a tab behind a number to keep it text."""
    return raw.strip(_TRIM)


def unprotect(raw: str) -> str:
    """="0123" and '0123 are how spreadsheets are told to leave digits alone; return what they protect."""
    text = trim(raw)
    found = PROTECTED.fullmatch(text)
    return (found[1] if found[1] is not None else found[2]) if found else text


def clean(raw: str, *, longest: int = 120) -> str:
    """Text as a person wrote it, trimmed; refuses what would hide, vanish or run.

    Raises CellError: too_long, excel_error_cell, formula_like, control_character, character_lost,
    private_use_character.
    """
    text = trim(raw).translate(_SINCE_2005)
    if len(text) > longest:
        raise CellError("too_long")
    if EXCEL_ERROR.fullmatch(text):
        raise CellError("excel_error_cell")
    if text.startswith(_FORMULA):
        raise CellError("formula_like")
    for character in text:
        _check_character(character)
    return text


def _check_character(character: str) -> None:
    if character in "\ufffd□■?？":
        raise CellError("character_lost")
    category = unicodedata.category(character)
    if category == "Co":
        raise CellError("private_use_character")
    if category in {"Cc", "Cf", "Cs", "Zl", "Zp"} or _never_a_character(ord(character)):
        raise CellError("control_character")


def _never_a_character(code: int) -> bool:
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def digits_only(raw: str) -> str:
    """Full-width forms become ASCII, protection and inner spaces go: ready for a pattern of digits."""
    return unicodedata.normalize("NFKC", unprotect(raw)).replace(" ", "")


def mask(value: str, *, sensitive: bool) -> str:
    """For error reports: digits of anything that might be an ID, phone or card are starred, wherever it stands.

    A shifted column puts an ID number under any heading, so nine digits or more are starred in every column.
    """
    shown = "".join(c if c.isprintable() else "\u2423" for c in value[:60])
    digits = [i for i, c in enumerate(shown) if c.isdigit() or c in "Xx"]
    if len(value) > 60:
        shown += "…"
    if not sensitive and len(digits) < 9:
        return shown
    if len(digits) >= 9 or (digits and len(digits) * 2 >= len(shown)):
        kept = set(digits[:3] + digits[-2:]) if len(digits) >= 8 and len(value) <= 60 else set(digits[:1])
        return "".join("*" if i in digits and i not in kept else c for i, c in enumerate(shown))
    name, at, domain = shown.partition("@")
    return name[:1] + "***" + (at + domain if at else "")
