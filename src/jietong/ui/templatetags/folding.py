"""Very long messages are folded, so that what was said before and after stays in sight. Works without a script."""

from __future__ import annotations

from typing import Any

from django.template import Library

LINES_MAX = 10
CHARACTERS_A_LINE = 22  # of Chinese in a bubble on a phone; Latin text is narrower and folds a little early

register = Library()


@register.filter
def is_long(text: object) -> bool:
    """More than about ten lines on a phone, by its line breaks and its length."""
    lines = str(text or "").splitlines()
    return sum(max(1, -(-len(line) // CHARACTERS_A_LINE)) for line in lines) > LINES_MAX


@register.inclusion_tag("ui/_folded.html")
def folded(text: str) -> dict[str, Any]:
    """The first lines, and all of it on a tap."""
    return {"text": text}
