"""What a borrower means, how sure we are, and whether a person must take over.

Pure apart from reading its weights once. The policy, gravest first: words of self-harm, fraud, a person asked for,
a complaint, and being unsure. Intents that hurt when answered wrongly need more certainty (`SENSITIVE`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from jietong.assistant.rules.features import vector
from jietong.assistant.rules.intents import INTENTS, SENSITIVE
from jietong.assistant.rules.normalise import normalise
from jietong.assistant.weights import load
from jietong.kernel.errors import InputError

#: words of self-harm and wishes for a person are looked for in this much of a text, the intent in less
MAX_SCANNED = 20_000
#: how much surer a sensitive intent must be before it is answered without a person
SENSITIVE_MARGIN = 0.08
#: a sensitive intent at least this likely beside another one means that we are unsure
SENSITIVE_BESIDE = 0.35
#: fraud is the top urgency class even when we are far from certain
FRAUD_FLOOR = 0.35
#: confidence stated when a rule, not the model, decides
BY_RULE = 0.97

_SELF_HARM = re.compile(
    r"不想活|想死(?!你|机)|自杀|跳楼|轻生|活不下去|活着没意思|活着没意义|活着还有什么|寻死|了结自己|结束生命|结束自己|割腕|喝农药|喝药|"
    r"安眠药|上吊|不活了|死了算了|死了得了|一死了之|以死|生无可恋|跳河|跳江|跳海|烧炭|遗书|逼死|没法活|不如死|自残|自尽|"
    r"killmyself|suicid|wanttodie|endmylife|killself|hurtmyself"
)
_PERSON = re.compile(
    r"(?:转|找|接|要|联系|换|叫|打|有没有|有|请|给我|呼叫|切换)(?:个|一下|一个|到|成|你们|H|J|的|在线){0,2}(?:人工(?!审核|智能|费)|真人|活人)"
    r"|^(?:H|J)?(?:的)?(?:人工|真人)(?:客服|服务|坐席|在线)?(?:在吗|呢|啊|吗|电话)?$|人工客服|人工服务|真人客服"
    r"|(?:不要|不想|别)(?:和|跟|用|再用)?(?:你这个)?(?:机器人|智能客服)|投诉|找你们(?:领导|经理|主管|负责人|老板)|(?:^|转)客服$"
)


@dataclass(frozen=True)
class Understanding:
    """confidence in [0, 1], calibrated; alternatives: the next three intents, likeliest first; reason: why a person."""

    intent: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...]
    handover: bool
    reason: str | None

    def as_dict(self) -> dict[str, Any]:
        """The form of contracts.md."""
        return {
            "intent": self.intent,
            "confidence": round(self.confidence, 4),
            "alternatives": [
                {"intent": intent, "confidence": round(confidence, 4)} for intent, confidence in self.alternatives
            ],
            "handover": self.handover,
            "reason": self.reason,
        }


def understand(text: object) -> Understanding:
    """What `text` means. InputError when it is absent or no string; a text without a word is `other`.

    Reasons of a handover: `self_harm`, `fraud`, `asked_for_person`, `complaint`, `unsure`; `no_words` comes without
    a handover, so that the borrower is asked to say it in words.
    """
    if text is None:
        raise InputError("text", "missing", "text is required")
    if not isinstance(text, str):
        raise InputError("text", "not_text", "text must be a string")
    scanned = normalise(text, MAX_SCANNED)
    model = load()
    shares = dict(zip(INTENTS, model.probabilities(vector(text)), strict=True))
    if not scanned:
        return _answer(shares, "other", False, "no_words", BY_RULE)
    best = max(INTENTS, key=lambda intent: shares[intent])
    if _SELF_HARM.search(scanned):
        return _answer(shares, best, True, "self_harm")
    if best == "security_fraud" and shares[best] >= FRAUD_FLOOR:
        return _answer(shares, best, True, "fraud")
    if _PERSON.search(scanned):
        return _answer(shares, "complaint_human", True, "asked_for_person", BY_RULE)
    if _unsure(shares, best, model.threshold):
        return _answer(shares, best, True, "unsure")
    if best == "complaint_human":
        return _answer(shares, best, True, "complaint")
    return _answer(shares, best, False, None)


def _unsure(shares: dict[str, float], best: str, threshold: float) -> bool:
    if best in SENSITIVE:
        return shares[best] < threshold + SENSITIVE_MARGIN
    beside = max(shares[intent] for intent in SENSITIVE)
    return shares[best] < threshold or beside >= SENSITIVE_BESIDE


def _answer(
    shares: dict[str, float], intent: str, handover: bool, reason: str | None, at_least: float = 0.0
) -> Understanding:
    """Where a rule decided, its confidence is taken out of the others' in proportion."""
    confidence = max(shares[intent], at_least)
    others_before = 1.0 - shares[intent]
    shrink = (1.0 - confidence) / others_before if others_before > 0 else 0.0
    others = sorted(((name, share * shrink) for name, share in shares.items() if name != intent), key=lambda x: -x[1])
    return Understanding(intent, confidence, tuple(others[:3]), handover, reason)
