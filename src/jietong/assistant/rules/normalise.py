"""One way to write what borrowers write in many: pure text in, pure text out.

Order: NFKC, lower case, traditional to simplified, English words, homophones and typos, products to one
letter (`H` shopping credit, `J` cash loan), numbers and masks to `#`, everything that is no word dropped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from jietong.assistant.rules.tables import CASH_LOAN, ENGLISH, SHOPPING_CREDIT, SIMPLIFIED, TYPOS

#: what lies beyond this many characters is not read: a question fits, a pasted file does not
MAX_CHARS = 400


def _alternation(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


_TYPO_OF = {typo: word for word, typos in TYPOS.items() for typo in typos.split()}
_TYPO_RE = re.compile(_alternation(_TYPO_OF))
_ENGLISH_RE = re.compile(rf"(?<![a-z])(?:{_alternation(ENGLISH)})(?![a-z])")
_SHOPPING_RE = re.compile(_alternation(SHOPPING_CREDIT))
_CASH_RE = re.compile(_alternation(CASH_LOAN))
_NUMBER_RE = re.compile(r"[\d*x×]*[\d*][\d*.,x×%]*")
_CHINESE_NUMBER_RE = re.compile(
    r"[一二两三四五六七八九十]+(?=期|天|个月|号|块|元|年|个点|日|周)|[一二两三四五六七八九十]+[百千万][一二三四五六七八九十百千万]*"
)
_NOT_A_WORD_RE = re.compile(r"[^\w#]+|_+")
_REPEATED_RE = re.compile(r"(.)\1{2,}")


def normalise(text: str, most: int = MAX_CHARS) -> str:
    """`text` as the features see it; at most `most` characters of it are read."""
    out = unicodedata.normalize("NFKC", text[:most]).lower().translate(SIMPLIFIED)
    out = _ENGLISH_RE.sub(lambda found: ENGLISH[found.group()], out)
    out = _TYPO_RE.sub(lambda found: _TYPO_OF[found.group()], out)
    out = _SHOPPING_RE.sub("H", out)
    out = _CASH_RE.sub("J", out)
    out = _NUMBER_RE.sub("#", out)
    out = _CHINESE_NUMBER_RE.sub("#", out)
    out = _NOT_A_WORD_RE.sub("", out)
    return _REPEATED_RE.sub(r"\1\1", out)[:most]
