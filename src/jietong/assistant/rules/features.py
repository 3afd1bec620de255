"""Text to a sparse vector of fixed size: four views in one hashed space, each of its own fixed length.

View 1: character 1- to 4-grams of the normalised text. View 2: the same of its bare form (fillers and products
dropped, ways to ask put as one sign), with its ends marked. View 3: cues and pairs of cues. View 4: pairs of signs
of the bare form in their order, however far apart. Hashing is CRC-32, which
is the same on every machine; the n-gram inventory need not be stored.
"""

from __future__ import annotations

import re
import zlib
from itertools import combinations

from jietong.assistant.rules.cues import present
from jietong.assistant.rules.normalise import normalise

#: columns of the hashed space (a power of two)
DIMENSION = 1 << 16
#: weight of the views relative to each other, chosen by cross-validation by pattern
VIEW_WEIGHTS = (1.0, 1.5, 0.7, 0.7)
#: pairs reach over at most this many signs, so that a long text costs no more than its length
REACH = 24

_SAME: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(body), sign)
    for body, sign in (
        (
            r"请问一下|请问|想问一下|想问下|我想问|问一下|问下|想咨询下|咨询|你好|您好|麻烦|那个|亲|帮我看看|帮我看下|帮我查下?|帮我",
            "",
        ),
        (r"为什么|为啥|为何|怎么(?=不|没|还没|会|又|突然|就)|咋(?=不|没|还)|什么原因|怎么回事|什么情况|凭什么", "W"),
        (r"怎么样才|怎么样|怎样|怎么|如何|咋样|咋|该怎么|要怎么", "Y"),
        (r"能不能|可不可以|能否|可否|是否可以|可以|能够|能", "C"),
        (r"什么时候|啥时候|何时|几号|哪一天|哪天|几时|多会儿?", "T"),
        (r"在哪里|在哪儿?|哪里|哪儿|什么地方|哪点", "L"),
        (r"还款|还钱|归还|偿还|还账", "还"),
        (r"没有|木有|未", "没"),
        (r"提早", "提前"),
        (r"贷款|借款|借钱|贷钱", "借"),
        (r"多少钱|多少", "M"),
        (r"更改|修改|变更|更换|调整|改变", "改"),
        (r"推迟|延迟|延后|延期|缓期", "延"),
        (r"有没有|是不是|会不会|要不要|是否", "Q"),
        (r"手机号码|手机号|电话号码", "手机"),
        (r"银行卡|储蓄卡|工资卡", "卡"),
        (r"我们|我的|我|你们的?|你|咱|本人|自己|俺", ""),
        (r"[吗么嘛呢啊呀吧啦哦哈了的就也都是在这个那]|一下", ""),
        (r"[HJ]|支付宝|微信|蚂蚁", ""),
    )
)


def bare(normalised: str) -> str:
    """Normalised text without fillers, persons and products, synonyms of asking put as one sign."""
    out = normalised
    for pattern, sign in _SAME:
        out = pattern.sub(sign, out)
    return out


def names(text: str) -> tuple[list[str], ...]:
    """The names of the features of each view, without repeats, in a fixed order."""
    normalised = normalise(text)
    words = present(normalised)
    cues = [f"c:{word}" for word in words] + [f"p:{a}+{b}" for a, b in combinations(words, 2)]
    stripped = bare(normalised)
    return _grams("a", normalised, 4), _grams("b", f"^{stripped}$", 4), cues or ["c:none"], _pairs(stripped)


def _pairs(text: str) -> list[str]:
    signs = list(dict.fromkeys(text))
    return [f"s:{a}{b}" for i, a in enumerate(signs) for b in signs[i + 1 : i + 1 + REACH]] or ["s:none"]


def _grams(view: str, text: str, longest: int) -> list[str]:
    found = dict.fromkeys(text[i : i + n] for n in range(1, longest + 1) for i in range(len(text) - n + 1))
    return [f"{view}:{gram}" for gram in found]


def vector(text: str) -> dict[int, float]:
    """Column → value. Each view has length VIEW_WEIGHTS[view]; colliding columns add up."""
    out: dict[int, float] = {}
    for weight, view in zip(VIEW_WEIGHTS, names(text), strict=True):
        value = weight / max(1, len(view)) ** 0.5
        for name in view:
            column = zlib.crc32(name.encode()) % DIMENSION
            out[column] = out.get(column, 0.0) + value
    return out
