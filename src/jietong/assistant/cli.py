"""`jietong assistant understand`: one text a line in, what it means out. NumPy is loaded with the first case."""

from __future__ import annotations

import sys
from typing import Any

from jietong.kernel.jsonlines import serve


def understand(argv: list[str]) -> int:
    """Serve JSON lines on standard input; returns the exit status (1 if a case was refused, 2 for arguments)."""
    if argv:
        print("usage: jietong assistant understand  (JSON lines on standard input)", file=sys.stderr)
        return 0 if argv[0] in {"-h", "--help"} else 2
    return serve(_answer)


def _answer(case: dict[str, Any]) -> dict[str, Any]:
    from jietong.assistant.rules.understand import understand as understand_text

    return understand_text(case.get("text")).as_dict()
