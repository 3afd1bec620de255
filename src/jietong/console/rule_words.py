"""A rule pack as a compliance officer reads it: each rule in plain words as far as its shape allows, source and proof.

Three kinds have sentences of their own (hours, caps, stops). Every other value is listed field by field; what has no
words here is shown by its own name, so that a new rule is seen at once and nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from jietong.compliance.labels import refusal_label
from jietong.console import words
from jietong.console.tables import FIELDS, KINDS, LEVELS, STRENGTHS, VALUES
from jietong.packs.queries import Pack, Rule


def page(pack: Pack) -> dict[str, Any]:
    """The context of console/rules.html: the pack, its kinds with their rules, and how many are not verified."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for rule in pack.rules.values():
        kinds.setdefault(rule.kind, []).append(_row(rule))
    sections = [{"kind": kind, "title": words.named(KINDS, kind), "rules": rows} for kind, rows in kinds.items()]
    unverified = sum(not rule.verified for rule in pack.rules.values())
    return {"pack": pack, "sections": sections, "total": len(pack.rules), "unverified": unverified}


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule,
        "says": says(rule),
        "strength": words.named(STRENGTHS, rule.strength),
        "level": words.named(LEVELS, rule.verified_level),
    }


def says(rule: Rule) -> list[str]:
    """The rule in sentences, one a line; never empty."""
    if not isinstance(rule.value, Mapping):
        return [", ".join(_value(one) for one in rule.value)]
    value = dict(rule.value)
    first = _sentence(rule.kind, value)
    rest = [f"{words.named(FIELDS, key)}: {_value(one)}" for key, one in value.items()]
    return [line[:1].upper() + line[1:] for line in (*first, *rest)]


def _sentence(kind: str, value: dict[str, Any]) -> list[str]:
    """The telling sentence of a known shape; the fields that it has used are taken out of `value`."""
    if kind == "contact_hours" and "deny" in value:
        return [_("%(spans)s 不联系借款人") % {"spans": _value(value.pop("deny"))}]
    if kind == "contact_hours" and "allow" in value:
        return [_("只在 %(spans)s 联系") % {"spans": _value(value.pop("allow"))}]
    if kind == "frequency_caps" and {"max", "counts", "window"} <= value.keys():
        return [_cap(value)]
    if kind == "stop_reasons" and {"flags", "refusal"} <= value.keys():
        flags, refusal = value.pop("flags"), str(value.pop("refusal"))
        return [
            _("记录有 %(flags)s 时停止联系，记为“%(refusal)s”")
            % {"flags": _value(flags), "refusal": refusal_label(refusal)}
        ]
    return []


def _cap(value: dict[str, Any]) -> str:
    window = value.pop("window")
    span = _("每天")
    if isinstance(window, Mapping) and window.get("type") == "rolling_days":
        span = _("任意连续 %(days)s 天") % {"days": window.get("n", "?")}
    elif isinstance(window, Mapping) and window.get("type") != "calendar_day":
        span = _value(window)
    scope = _("每位借款人")
    if "contact_point" in str(value.pop("scope", "")):
        scope = _("每位借款人的每个号码")
    told = {"scope": scope, "span": span, "what": _value(value.pop("counts")), "max": value.pop("max")}
    return _("%(scope)s，%(span)s，%(what)s最多 %(max)s 次") % told


def _value(value: Any) -> str:
    """Any value of a pack file in words: spans of hours, lists, tables, yes and no."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, Mapping):
        return "; ".join(f"{words.named(FIELDS, str(key))} {_value(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        if len(value) == 2 and all(isinstance(one, str) and ":" in one for one in value):
            return f"{value[0]}–{value[1]}"
        if len(value) == 2 and all(isinstance(one, int) for one in value):
            return f"{value[0]}–{value[1]}"
        return ", ".join(_value(one) for one in value)
    if isinstance(value, str):
        named = words.named(VALUES, value) if value in VALUES else refusal_label(value)
        return named if named != value or "." in value else value.replace("_", " ")
    return "—" if value is None else str(value)
