"""The 18 intents of the contract, and which of them may hurt when answered wrongly."""

from __future__ import annotations

from jietong.routing.rules.urgency import INTENTS

__all__ = ["INTENTS", "SENSITIVE"]

#: answered only when clearly meant; a good chance of one of these beside another intent means a person
SENSITIVE: frozenset[str] = frozenset({"overdue_consequence", "extend_hardship", "security_fraud", "complaint_human"})
