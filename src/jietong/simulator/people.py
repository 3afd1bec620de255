"""Invented borrowers, from a seed. Nobody can be any of them:

- phones are 154 0000 0000 and up: no operator in China has been given the prefix 154;
- ID numbers carry a province's own code (110000 …), where a card has that of a county; birth date, sequence and check
  digit (GB 11643) are well formed; a sole trader's code (GB 32100) has an invented body, MADEM and four digits;
- cards begin with 620000, a range for tests, with the right Luhn digit; mail goes to mail.example (RFC 2606).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from random import Random

from jietong.simulator import tables

PHONES_FROM = 154_0000_0000
PEOPLE_MAX = 1_000_000
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, slots=True)
class Person:
    """A borrower as the loan tape tells of one; empty text where the lender knows nothing."""

    number: str
    name: str
    id_type: str
    id_no: str
    phone: str
    email: str
    card_no: str
    province: str
    city: str
    language: str = ""
    representative: str = ""  # of a shop or firm: who runs it
    representative_id: str = ""


def resident_id(province: str, born: date, sequence: int) -> str:
    """18 characters: province code and 0000, birth date, sequence 0–999 (odd: a man), check digit."""
    body = f"{province}0000{born:%Y%m%d}{sequence:03d}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, _ID_WEIGHTS, strict=True)) % 11]


def trader_code(province: str, number: int) -> str:
    """A sole trader's unified social credit code with the right check character; number 0–9999."""
    body = f"92{province}0000MADEM{number:04d}"
    total = sum(pow(3, place, 31) * _USCC_SIGNS.index(sign) for place, sign in enumerate(body))
    return body + _USCC_SIGNS[(31 - total % 31) % 31]


def card(number: int) -> str:
    """A 19-digit card number of the test range; number below 10¹²."""
    body = f"620000{number:012d}"
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in body[-1::-2])
    return body + str(-(doubled + sum(map(int, body[-2::-2]))) % 10)


def phone(number: int) -> str:
    return str(PHONES_FROM + number)


def people(first: int, last: int, *, today: date, rng: Random) -> Iterator[Person]:
    """Borrowers number `first` to `last`, each with an ID number that no other of them has."""
    taken: set[str] = set()
    for number in range(first, last + 1):
        province, province_name, cities, _share = _region(rng)
        is_trader = rng.random() < 0.006
        name = _shop(rng) if is_trader else _name(rng)
        id_no = trader_code(province, number % 10_000) if is_trader else _fresh_id(province, today, taken, rng)
        shown = phone(number)
        if rng.random() < 0.003:
            shown = f"{shown[:3]}****{shown[-4:]}"  # a lender's export that came masked: shown, never dialled
        yield Person(
            number=f"C{number:06d}", name=name, id_type="统一社会信用代码" if is_trader else "居民身份证", id_no=id_no,
            phone=shown, email=f"c{number:06d}@mail.example" if rng.random() < 0.7 else "", card_no=card(number * 7919),
            province=province_name, city=rng.choice(cities),
            representative=_name(rng) if is_trader else "",
            representative_id=_fresh_id(province, today, taken, rng) if is_trader else "",
        )  # fmt: skip


@cache
def _shares() -> tuple[list[float], list[str], list[float]]:
    return (
        list(accumulate(region[3] for region in tables.REGIONS)),
        list(tables.SURNAMES),
        list(accumulate(tables.SURNAMES.values())),
    )


def _region(rng: Random) -> tuple[str, str, tuple[str, ...], float]:
    return rng.choices(tables.REGIONS, cum_weights=_shares()[0])[0]


def _name(rng: Random) -> str:
    if rng.random() < 0.012:
        return rng.choice(tables.DOTTED)
    surname = rng.choices(_shares()[1], cum_weights=_shares()[2])[0]
    given = rng.choice(tables.GIVEN)
    if rng.random() < 0.78:
        given += rng.choice(tables.RARE_GIVEN if rng.random() < 0.01 else tables.GIVEN)
    return surname + given


def _shop(rng: Random) -> str:
    return f"{rng.choices(_shares()[1], cum_weights=_shares()[2])[0]}记{rng.choice(tables.SHOPS)}"


def _fresh_id(province: str, today: date, taken: set[str], rng: Random) -> str:
    """Aged 20 to 59 on the day; drawn again in the rare case that the number is another's."""
    while True:
        born = today - timedelta(days=rng.randint(20 * 366, 60 * 365))
        id_no = resident_id(province, born, rng.randint(10, 899))
        if id_no not in taken:
            taken.add(id_no)
            return id_no
