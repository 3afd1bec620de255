"""The 代扣 page and what an operator may do on it: files out and in, decide what the channel cannot say, pay back."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from jietong.console import debiting
from jietong.deduction import commands as deduction
from jietong.deduction import queries
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.money import parse_yuan
from jietong.kernel.permissions import may, permit

FILE_BYTES_MAX = 64 * 1024 * 1024


@permit("console.see")
@never_cache
@require_GET
def debits(request: HttpRequest) -> HttpResponse:
    context = debiting.seen_at(clock.now()) | {"perms_operate": may(request.user, "console.operate")}
    return render(request, "console/debits.html", context)


@permit("console.see")
@never_cache
@require_GET
def debit(request: HttpRequest, key: str) -> HttpResponse:
    """All that the channel said of one order, as it said it."""
    trail = queries.trail(key)
    if not trail:
        raise Http404(key)
    told = [(one, debiting.WORTH.get(one.worth, one.worth)) for one in trail]
    return render(request, "console/debit.html", {"key": key, "told": told, "now": clock.now()})


@permit("console.operate")
@require_POST
def make_file(request: HttpRequest) -> HttpResponse:
    def act() -> str:
        batch = deduction.make_request_file(actor=_me(request), now=clock.now())
        if batch is None:
            return _("现在没有要按文件扣的。")
        return _("生成了 %(number)s，共 %(count)d 笔。") % {"number": batch.number, "count": batch.count}

    return _done(request, act)


@permit("console.operate")
@require_POST
def download(request: HttpRequest) -> HttpResponse:
    """By POST: it is on record that somebody took it."""
    try:
        name, raw = deduction.hand_out(number=request.POST.get("number", ""), now=clock.now())
    except InputError as wrong:
        raise Http404(wrong.message) from wrong
    answer = HttpResponse(raw, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@permit("console.operate")
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """A result file, taken whole or refused by name."""
    sent = request.FILES.get("file")
    if sent is None or sent.size is None or sent.size > FILE_BYTES_MAX:
        messages.warning(request, debiting.file_refusal("missing" if sent is None else "too_long"))
        return redirect("console:debits")
    try:
        file = deduction.take_result_file(name=sent.name or "", raw=sent.read(), actor=_me(request), now=clock.now())
    except (CommandRefused, InputError) as error:
        told: dict[str, object] = {"name": sent.name, "why": debiting.file_refusal(error.code)}
        messages.warning(request, _("%(name)s 没有收：%(why)s。一笔也没有入账。") % told)
    else:
        told = {"name": file.name, "count": file.count}
        messages.success(request, _("%(name)s 收下了，%(count)d 行。") % told)
    return redirect("console:debits")


@permit("console.operate")
@require_POST
def resolve(request: HttpRequest) -> HttpResponse:
    """A person has looked at the channel's statement."""

    def act() -> str:
        taken = request.POST.get("taken", "").strip()
        deduction.resolve(
            key=request.POST.get("key", ""), taken_fen=parse_yuan(taken) if taken else 0,
            channel_ref=request.POST.get("channel_ref", ""), reason=request.POST.get("reason", ""),
            actor=_me(request), now=clock.now(),
        )  # fmt: skip
        return _("记下了。")

    return _done(request, act)


@permit("console.operate")
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    def act() -> str:
        deduction.mark_seen(
            key=request.POST.get("key", ""), reason=request.POST.get("reason", ""), actor=_me(request), now=clock.now()
        )
        return _("记下了。")

    return _done(request, act)


@permit("console.operate")
@require_POST
def refunded(request: HttpRequest) -> HttpResponse:
    """Paid back another way, by hand."""

    def act() -> str:
        deduction.paid_back_by_hand(
            key=request.POST.get("key", ""), channel_ref=request.POST.get("channel_ref", ""), actor=_me(request),
            now=clock.now(),
        )  # fmt: skip
        return _("记下了，已退。")

    return _done(request, act)


def _me(request: HttpRequest) -> str:
    return f"staff:{request.user.pk}"


def _done(request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, act())
    except (CommandRefused, InputError) as error:
        messages.warning(request, debiting.act_error(error))
    return redirect("console:debits")
