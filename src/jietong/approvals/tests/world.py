"""What the tests of this room ask for, and the people who do."""

from __future__ import annotations

from jietong.approvals import commands
from jietong.approvals.models import Request
from jietong.simulator.tests.cast import NOW
from jietong.staff.models import Member


def ask(kind: str, by: Member, *, why: str = "法院终结执行", key: str = "k", **terms: object) -> Request | None:
    return commands.put_forward(kind=kind, terms=terms, by=by.pk, reason=why, key=key, now=NOW)


def agree(request: Request, by: Member) -> Request:
    _rows, seen, problem = commands.preview(request_id=request.pk, now=NOW)
    assert problem is None
    return commands.confirm(request_id=request.pk, by=by.pk, seen=seen, now=NOW)
