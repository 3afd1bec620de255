"""Noise as borrowers make it: typos, lost particles, a greeting in front, an impatient word behind."""

from __future__ import annotations

import random

_BEFORE = (
    "你好 ",
    "请问",
    "您好，",
    "那个",
    "我想问下",
    "在吗 ",
    "亲 ",
    "帮我看下",
    "急",
    "那",
    "可是",
    "咨询下",
    "对了",
)
_BEHIND = ("啊", "呢", "？", "谢谢", "急", "了", "的", "呀", "快点", "吗", "麻烦了", "??", "，急用", "怎么回事")
_DROPPED = ("的", "了", "我", "吗", "是", "请问", "怎么", "可以", "，", "就", "在")


def noisy(text: str, chance: random.Random) -> str:
    """One noisy copy of `text`: one or two of the slips below, never empty."""
    out = text
    for _ in range(chance.choice((1, 1, 2))):
        slip = chance.choice((_drop_word, _drop_char, _swap, _before, _behind, _before, _behind, _drop_word))
        out = slip(out, chance)
    return out or text


def _drop_word(text: str, chance: random.Random) -> str:
    present = [word for word in _DROPPED if word in text and len(text) > len(word) + 3]
    return text.replace(chance.choice(present), "", 1) if present else text


def _drop_char(text: str, chance: random.Random) -> str:
    if len(text) < 8:
        return text
    at = chance.randrange(len(text))
    return text[:at] + text[at + 1 :]


def _swap(text: str, chance: random.Random) -> str:
    if len(text) < 6:
        return text
    at = chance.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _before(text: str, chance: random.Random) -> str:
    return chance.choice(_BEFORE) + text


def _behind(text: str, chance: random.Random) -> str:
    return text + chance.choice(_BEHIND)
