"""The frame of every JSON-lines command: one case a line in, one answer a line out, same order.

A case that makes no sense is answered with its error; the others go on and the exit status is 1.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import IO, Any

from jietong.kernel.errors import InputError

Case = dict[str, Any]


def serve(answer: Callable[[Case], Case], *, source: IO[bytes] | None = None, sink: IO[str] | None = None) -> int:
    """Answer each line of `source` on `sink`; return the exit status (1 if any case was refused).

    `answer` gets the case as parsed (floats kept as given) and returns the fields of the answer
    without `id`; it raises InputError for a case that makes no sense.
    """
    lines = source if source is not None else sys.stdin.buffer
    out = sink if sink is not None else sys.stdout
    status = 0
    for raw in lines:
        if not raw.strip():
            continue
        reply, refused = _reply(raw, answer)
        status = 1 if refused else status
        out.write(json.dumps(reply, ensure_ascii=False, allow_nan=False) + "\n")
    out.flush()
    return status


def _reply(raw: bytes, answer: Callable[[Case], Case]) -> tuple[Case, bool]:
    case_id: object = None
    try:
        text = raw.decode("utf-8-sig")
        case = _parse(text)
        if not isinstance(case, dict):
            raise InputError("", "not_an_object", "each line must be one JSON object")
        case_id = case.get("id")
        if _has_lone_surrogate(text, case):
            case_id = None
            raise InputError("", "not_unicode", "half of a character pair cannot be read or written")
        return {"id": case_id, **answer(case)}, False
    except InputError as error:
        return {"id": case_id, "error": error.as_dict()}, True
    except UnicodeDecodeError as error:
        return {"id": case_id, "error": {"field": "", "code": "not_json", "message": str(error)}}, True


def _parse(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except InputError:
        raise
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits, or nesting without end
        raise InputError("", "not_json", str(error)) from error


def _refuse_constant(name: str) -> float:
    """NaN and Infinity are not JSON; letting one in would break the answer's own JSON."""
    raise InputError("", "not_json", f"{name} is not a number in JSON")


def _has_lone_surrogate(text: str, case: Case) -> bool:
    """An escape like \\ud800 alone parses, but nobody can write it out again."""
    if "\\u" not in text:
        return False
    try:
        json.dumps(case, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
