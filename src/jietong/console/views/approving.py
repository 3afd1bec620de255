"""The second look: what waits, one request, and the answers to it. The commands decide who may give them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from jietong.approvals import commands as approvals
from jietong.approvals import labels
from jietong.console import approving
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.permissions import permit

if TYPE_CHECKING:
    from jietong.approvals.models import Request
    from jietong.staff.models import Member


@permit("console.see")
@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "console/approvals.html", approving.page(clock.now(), reader=request.user))


@permit("console.see")
@never_cache
@require_GET
def one(request: HttpRequest, request_id: int) -> HttpResponse:
    now = clock.now()
    today = clock.local_date(now, settings.LENDER_TIME_ZONE)
    context = approving.one_request(request_id, now, reader=request.user, today=today)
    if context is None:
        raise Http404(request_id)
    return render(request, "console/approval.html", context)


@permit("console.see")
@require_POST
def answer(request: HttpRequest, request_id: int, act: str) -> HttpResponse:
    """confirm (with `seen`), refuse (with `reason`), withdraw or take."""
    data = request.POST
    told: dict[str, Any] = {"request_id": request_id, "by": _member(request), "now": clock.now()}
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "confirm": (
            lambda: approvals.confirm(seen=data.get("seen", ""), **told),
            _("已同意，办好了：%(what)s。") % {"what": approving.what(request_id)},
        ),
        "refuse": (
            lambda: approvals.refuse(reason=data.get("reason", ""), **told),
            _("没同意，原因写在这一件上，提出人看得到。什么都没改。"),
        ),
        "withdraw": (lambda: approvals.withdraw(**told), _("已收回，什么都没改。")),
        "take": (lambda: approvals.take(**told), _("这一件由你负责了。")),
    }  # fmt: skip
    if act not in acts:
        raise Http404(act)
    done, sentence = acts[act]
    try:
        done()
    except (InputError, CommandRefused) as refused:
        if getattr(refused, "field", "") == "request":
            raise Http404(request_id) from None
        messages.warning(request, labels.refused(refused))
        return redirect("approvals:one", request_id)
    messages.success(request, sentence)
    return redirect("approvals:one", request_id) if act == "take" else redirect("approvals:page")


def put_forward(
    request: HttpRequest, kind: str, terms: dict[str, Any], *, done: str, reason: str = "", key: str = ""
) -> Request | None:
    """Ask for an act, and say what became of it: done, or waiting for whom. Raises what the command raises."""
    found = approvals.put_forward(
        kind=kind, terms=terms, by=_member(request), key=key or uuid.uuid4().hex, reason=reason, now=clock.now()
    )
    if found is None:
        messages.success(request, done)
    else:
        told = _("已提出，等%(name)s复核；同意之前什么都没改。")
        messages.success(request, told % {"name": found.owner.surname_title})
    return found


def _member(request: HttpRequest) -> int:
    return cast("Member", request.user).pk
