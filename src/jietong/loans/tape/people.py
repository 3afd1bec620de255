"""Readers of what identifies and reaches a person: names, ID numbers, phones, cards, e-mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from operator import mul

from jietong.borrowers.rules import credit_code
from jietong.loans.tape import text
from jietong.loans.tape.rows import CellError, Phone

_PLAIN_NAME = re.compile(r"[\u4e00-\u9fff]{2,20}")
_DOTS = str.maketrans(dict.fromkeys("‧•・．･∙⋅●", "·"))
_HAN = r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
_PADDED = re.compile(rf"(?<={_HAN})[\u3000 ]+(?={_HAN})")
_ID = re.compile(r"[1-9][0-9]{16}[0-9X]")
# GB 11643-1999, 6.1: ISO 7064 MOD 11-2 over the first 17 digits.
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_ZERO_SHARE = sum(_ID_WEIGHTS) * ord("0")
# GB/T 2260 provinces; 81 to 83 are the residence permits of Hong Kong, Macao and Taiwan residents.
_PROVINCES = frozenset(
    str(code)
    for block in ("11-15", "21-23", "31-37", "41-46", "50-54", "61-65", "71-71", "81-83")
    for code in range(int(block[:2]), int(block[3:]) + 1)
)
_OTHER_ID = re.compile(r"[0-9A-Z()-]{5,24}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}")
_LOWER_EMAIL = re.compile(r"[a-z0-9][a-z0-9_]{0,63}@(?:[a-z0-9]{1,63}\.){1,4}[a-z]{2,24}")
_WECHAT = re.compile(r"[A-Za-z0-9_\-]{4,64}")
_CARD = re.compile(r"[0-9]{16,19}")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0[1-9][0-9]{9,10}")
_LANDLINE_CUT = re.compile(r"(?:10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8}")
_ABROAD = re.compile(r"\+[1-9][0-9]{6,14}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")

ID_TYPES: dict[str, str] = {
    "id_card": "id_card", "身份证": "id_card", "居民身份证": "id_card", "二代身份证": "id_card", "01": "id_card",
    "1": "id_card",
    "passport": "passport", "护照": "passport", "hk_macao_permit": "hk_macao_permit",
    "港澳居民来往内地通行证": "hk_macao_permit",
    "taiwan_permit": "taiwan_permit", "台湾居民来往大陆通行证": "taiwan_permit", "residence_permit": "residence_permit",
    "港澳台居民居住证": "residence_permit", "foreign_permit": "foreign_permit",
    "外国人永久居留身份证": "foreign_permit",
    "uscc": "uscc", "统一社会信用代码": "uscc", "营业执照": "uscc", "military": "military", "军官证": "military",
    "other": "other", "其他": "other",
}  # fmt: skip
_SPOKEN = {
    "中文": "zh-CN", "普通话": "zh-CN", "汉语": "zh-CN", "zh": "zh-CN", "zh-cn": "zh-CN", "英语": "en",
    "英文": "en", "粤语": "yue",
    "维吾尔语": "ug", "藏语": "bo", "蒙古语": "mn",
}  # fmt: skip


def name(raw: str) -> str:
    """A person's or company's name; the dots of transliterated names become ·, alignment spaces in 张　三 go."""
    if _PLAIN_NAME.fullmatch(raw):
        return raw
    cell = _PADDED.sub("", text.clean(raw)).translate(_DOTS)
    if text.SCIENTIFIC.fullmatch(cell) or not any(character.isalpha() for character in cell):
        raise CellError("value_unknown")
    return cell


def identity(kind: str, raw: str) -> str:
    """The ID number of this kind in its canonical spelling (upper case, no spaces)."""
    if kind == "id_card":
        if _ID.fullmatch(raw) and _id_card_fault(raw) is None:
            return raw
        return _careful_id(raw, id_card=True)
    cell = _careful_id(raw, id_card=False)
    if kind == "uscc":
        _check_uscc(cell)
    elif kind == "residence_permit":
        return _careful_id(raw, id_card=True)
    elif not _OTHER_ID.fullmatch(cell):
        raise CellError("id_length")
    return cell


def _careful_id(raw: str, *, id_card: bool) -> str:
    cell = text.digits_only(raw).upper()
    if text.SCIENTIFIC.fullmatch(cell):
        raise CellError("id_ruined_by_excel")
    text.clean(cell)
    if "*" in cell:
        raise CellError("id_masked")
    if not id_card:
        return cell
    if len(cell) == 15 and cell.isascii() and cell.isdigit():
        raise CellError("id_old_15_digits")
    if len(cell) != 18 or not (cell[:17].isascii() and cell[:17].isdigit()) or cell[17] not in "0123456789X":
        raise CellError("id_length")
    fault = _id_card_fault(cell)
    if fault is not None:
        # Excel keeps 15 significant digits, so the sequence and check digits of a rounded number are zeros.
        raise CellError("id_ruined_by_excel" if cell.endswith("000") else fault)
    return cell


def _id_card_fault(number: str) -> str | None:
    """Gravest first: region, birth date, check digit."""
    if number[:2] not in _PROVINCES:
        return "id_region"
    if not _is_birth_date(number[6:14]):
        return "id_birth_date"
    total = sum(map(mul, _ID_WEIGHTS, number.encode())) - _ZERO_SHARE
    return None if _ID_CHECKS[total % 11] == number[17] else "id_check_digit"


_BIRTH_DATES: dict[str, bool] = {}


def _is_birth_date(digits: str) -> bool:
    known = _BIRTH_DATES.get(digits)
    if known is None:
        try:
            known = 1880 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2100
        except ValueError:
            known = False
        if len(_BIRTH_DATES) < 60_000:
            _BIRTH_DATES[digits] = known
    return known


def _check_uscc(cell: str) -> None:
    wrong = credit_code.fault(cell)
    if wrong == "length":
        raise CellError("id_length")
    if wrong is not None:
        raise CellError("id_ruined_by_excel" if cell.endswith("000") else "id_check_digit")


def phone(raw: str) -> Phone:
    """Mobile, landline with area code, or a number abroad; a masked number is kept and never dialled."""
    if _MOBILE.fullmatch(raw):
        return Phone(raw, True)
    cell = text.digits_only(raw).replace("-", "").replace("(", "").replace(")", "").removesuffix(".0")
    if text.SCIENTIFIC.fullmatch(cell):
        raise CellError("phone_ruined_by_excel")
    if "*" in cell:
        return _masked_phone(cell)
    for prefix in ("+86", "0086", "86"):
        rest = cell.removeprefix(prefix)
        if rest != cell and (_MOBILE.fullmatch(rest) or _LANDLINE_CUT.fullmatch(rest)):
            # After the country code a landline is written without its zero by rule, so nothing was lost there.
            return Phone(rest if _MOBILE.fullmatch(rest) else "0" + rest, True)
    if _MOBILE.fullmatch(cell) or _LANDLINE.fullmatch(cell) or _ABROAD.fullmatch(cell):
        return Phone(cell, True)
    if _LANDLINE_CUT.fullmatch(cell) and not cell.startswith(("400", "800")):
        raise CellError("leading_zero_lost")
    raise CellError("formula_like" if cell[:1] in {"=", "@"} else "not_a_phone")


def _masked_phone(cell: str) -> Phone:
    plain = cell.replace("*", "")
    if not 7 <= len(cell) <= 16 or not plain.removeprefix("+").isdigit() or not plain.isascii():
        raise CellError("not_a_phone")
    return Phone(cell, False)


def card(check: bool) -> Callable[[str], str]:
    """Reader of a bank card number; `check` verifies the Luhn digit (ISO/IEC 7812-1), which old passbooks lack."""

    def read(raw: str) -> str:
        if _CARD.fullmatch(raw) and _luhn(raw):
            return raw
        cell = text.digits_only(raw).replace("-", "")
        if text.SCIENTIFIC.fullmatch(cell):
            raise CellError("card_ruined_by_excel")
        if "*" in cell:
            return _masked_card(cell)
        if not (cell.isascii() and cell.isdigit()):
            raise CellError("formula_like" if cell[:1] in {"=", "+", "@"} else "card_length")
        valid = _luhn(cell)
        if 16 <= len(cell) <= 19:
            if valid or not check:
                return cell
            raise CellError("card_ruined_by_excel" if not cell[15:].strip("0") else "card_check_digit")
        if len(cell) == 15 and cell[:2] in {"34", "37"} and valid:
            return cell
        # A lost leading zero leaves the Luhn sum as it was: that tells a shortened number from a short one.
        raise CellError("leading_zero_lost" if 12 <= len(cell) <= 15 and valid else "card_length")

    return read


def _masked_card(cell: str) -> str:
    plain = cell.replace("*", "")
    if not (plain.isascii() and plain.isdigit() and 4 <= len(plain) <= 10 and 12 <= len(cell) <= 19):
        raise CellError("card_length")
    return cell


#: every second digit counts double, with the figures of the double added up
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")


def _luhn(digits: str) -> bool:
    signs = digits.encode()
    return (sum(signs[-1::-2]) + sum(signs[-2::-2].translate(_DOUBLED)) - len(signs) * ord("0")) % 10 == 0


def bank_no(raw: str) -> str:
    """The clearing number (联行号) of the card's bank: 12 digits."""
    cell = text.digits_only(raw)
    if text.SCIENTIFIC.fullmatch(cell):
        raise CellError("number_ruined_by_excel")
    if cell.isascii() and cell.isdigit():
        if len(cell) == 12:
            return cell
        if len(cell) in {10, 11}:
            raise CellError("leading_zero_lost")
    raise CellError("bank_no_length")


def email(raw: str) -> str:
    if _LOWER_EMAIL.fullmatch(raw):
        return raw
    cell = text.clean(raw, longest=254)
    if not _EMAIL.fullmatch(cell) or ".." in cell:
        raise CellError("not_an_email")
    local, _, domain = cell.rpartition("@")
    return f"{local}@{domain.lower()}"


def wechat(raw: str) -> str:
    cell = text.clean(raw)
    if not _WECHAT.fullmatch(cell):
        raise CellError("number_ruined_by_excel" if text.SCIENTIFIC.fullmatch(cell) else "not_a_code")
    return cell


def language(raw: str) -> str:
    cell = text.clean(raw)
    tag = _SPOKEN.get(cell.lower(), cell.replace("_", "-"))
    if not _LANGUAGE.fullmatch(tag):
        raise CellError("not_a_language")
    return tag
