"""The unified social credit code (统一社会信用代码) of firms and sole traders: GB 32100-2015.

18 characters: who registered it (9: market regulation), what kind of body, six digits of the place, nine characters
of the body's own code, and a check character after ISO 7064 MOD 31-3 (5.1.5) over the first 17 with weights 3^i.
I, O, S, V and Z are never used.
"""

from __future__ import annotations

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {sign: value for value, sign in enumerate(SIGNS)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))

PERSON, SOLE_TRADER, COMPANY = "person", "sole_trader", "company"
KINDS = (PERSON, SOLE_TRADER, COMPANY)


def check_character(body: str) -> str:
    """The 18th character for the first 17. Raises KeyError for a character that no code has."""
    total = sum(weight * _VALUES[sign] for weight, sign in zip(_WEIGHTS, body, strict=True))
    return SIGNS[(31 - total % 31) % 31]


def fault(code: str) -> str | None:
    """What is wrong with an upper-case code: "length" (or foreign characters), "check_digit", or None."""
    if len(code) != 18 or any(sign not in _VALUES for sign in code):
        return "length"
    return None if check_character(code[:17]) == code[17] else "check_digit"


def kind_of(code: str) -> str:
    """Whom a sound code stands for: 92… is a sole trader (个体工商户), everything else a company or other body."""
    return SOLE_TRADER if code.startswith("92") else COMPANY
