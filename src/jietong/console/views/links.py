"""Links to cores: what they brought, what waits for a person, core against book. The commands do and decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from jietong.connectors import commands, queries
from jietong.connectors.labels import ERRORS, LINK_ERRORS, named
from jietong.console import links as page
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.permissions import may, permit


@permit("console.see")
@never_cache
@require_GET
def links(request: HttpRequest) -> HttpResponse:
    context = page.seen_at(clock.now())
    return render(request, "console/links.html", context | {"may_operate": may(request.user, "console.operate")})


@permit("console.see")
@never_cache
@require_GET
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    context = page.run_page(run_id, clock.now())
    if context is None:
        raise Http404(str(run_id))
    return render(request, "console/link_run.html", context)


def _actor(request: HttpRequest) -> str:
    return f"staff:{request.user.pk}"


@permit("console.operate")
@require_POST
def replay(request: HttpRequest, event_id: int) -> HttpResponse:
    def ask() -> int:
        return commands.replay(event_id=event_id, actor=_actor(request), now=clock.now()).pk

    return _replayed(request, ask)


@permit("console.operate")
@require_POST
def replay_all(request: HttpRequest) -> HttpResponse:
    """All of one link and kind, or only those of one reason."""
    told = {name: request.POST.get(name, "") for name in ("kind", "error_code")}

    def ask() -> int:
        code = request.POST.get("source", "")
        return commands.replay_all(code=code, actor=_actor(request), now=clock.now(), **told).pk

    return _replayed(request, ask)


def _replayed(request: HttpRequest, ask: Callable[[], int]) -> HttpResponse:
    """Ask, try what was asked for at once, and say what it did."""
    try:
        key = ask()
    except (InputError, CommandRefused) as error:
        known = error.code in ERRORS and isinstance(error, CommandRefused)
        messages.warning(request, named(ERRORS, error.code) if known else _("这一条已经不在等人处理了。"))
        return redirect("console:links")
    commands.process_replay(replay_id=key, now=clock.now())
    done = page.replayed(queries.replayed(replay_id=key)[0])
    messages.info(request, done["words"]) if done["open"] else messages.success(request, done["words"])
    return redirect("console:links")


@permit("console.operate")
@require_POST
def take(request: HttpRequest, event_id: int) -> HttpResponse:
    assert request.user.pk is not None  # the permission asks for somebody who signed in
    try:
        commands.take(event_id=event_id, member_id=request.user.pk, actor=_actor(request), now=clock.now())
    except (InputError, CommandRefused):
        messages.warning(request, _("这一条已经不在等人处理了。"))
    return redirect("console:links")


@permit("console.operate")
@require_POST
def dismiss(request: HttpRequest, event_id: int) -> HttpResponse:
    try:
        commands.dismiss(
            event_id=event_id, note=request.POST.get("note", ""), actor=_actor(request), now=clock.now()
        )  # fmt: skip
    except InputError as error:
        said = _("请写明是怎么处理的。") if error.field == "note" else _("这一条已经不在等人处理了。")
        messages.warning(request, said)
    except CommandRefused:
        messages.warning(request, _("这一条已经不在等人处理了。"))
    else:
        messages.success(request, _("已关闭，原因记下了。"))
    return redirect("console:links")


@permit("console.see")
@never_cache
@require_GET
def differences(request: HttpRequest) -> HttpResponse:
    context = page.differences_at(clock.now())
    return render(
        request, "console/link_differences.html", context | {"may_operate": may(request.user, "console.operate")}
    )


@permit("console.operate")
@require_POST
def difference(request: HttpRequest, discrepancy_id: int) -> HttpResponse:
    """act: take (mine from now on), explain (closed, with its reason), reopen."""
    me, actor, now = request.user.pk, _actor(request), clock.now()
    assert me is not None  # the permission asks for somebody who signed in
    reason = request.POST.get("reason", "")
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "take": (
            lambda: commands.take_difference(discrepancy_id=discrepancy_id, member_id=me, actor=actor, now=now),
            _("归您了。"),
        ),
        "explain": (
            lambda: commands.explain_difference(discrepancy_id=discrepancy_id, reason=reason, actor=actor, now=now),
            _("记下了。两边数字不变，就一直算已说明；一变会再来找人。"),
        ),
        "reopen": (
            lambda: commands.reopen_difference(discrepancy_id=discrepancy_id, actor=actor, now=now), _("重新待查。"),
        ),
    }  # fmt: skip
    if (name := request.POST.get("act", "")) not in acts:
        raise Http404("act")
    act, said = acts[name]
    try:
        act()
    except InputError as error:
        if error.field == "difference":
            raise Http404(str(discrepancy_id)) from None
        messages.warning(request, _("请写明为什么不同，200 字以内。"))
    except CommandRefused:
        messages.info(request, _("两边已经一致了，不用再说明。"))
    else:
        messages.success(request, said)
    return redirect("console:link-differences")


@permit("console.operate")
@require_POST
def pull(request: HttpRequest, code: str) -> HttpResponse:
    """Ask the core now, and book what came: the same as the worker does by itself."""
    _known(code)
    now = clock.now()
    pulled = commands.pull(code=code, now=now)
    if pulled is None:
        messages.info(request, _("正在取数，稍等一会儿。"))
    elif pulled.error:
        messages.warning(request, named(LINK_ERRORS, pulled.error))
    else:
        commands.process_due(now=clock.now())
        told = {"n": pulled.listed, "m": pulled.fetched}
        messages.success(request, _("核心有 %(n)d 笔借据，变了 %(m)d 笔。") % told)
    return redirect("console:links")


@permit("console.operate")
@require_POST
def pause(request: HttpRequest, code: str) -> HttpResponse:
    """?on=1 stops asking and booking, on=0 goes on."""
    _known(code)
    paused = request.POST.get("on") == "1"
    commands.set_paused(code=code, paused=paused, actor=_actor(request), now=clock.now())
    messages.success(request, _("已暂停，送来的先收着。") if paused else _("已恢复。"))
    return redirect("console:links")


@permit("console.operate")
@require_POST
def reconcile(request: HttpRequest, code: str) -> HttpResponse:
    """Compare now; `on` is the day whose repayments are compared."""
    _known(code)
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        messages.warning(request, _("请选一个日期。"))
        return redirect("console:links")
    try:
        found = commands.reconcile(code=code, on=on, actor=_actor(request), now=clock.now())
    except InputError:
        messages.warning(request, _("这个连接还没有送来过数据，没有可对的。"))
        return redirect("console:links")
    return redirect("console:link-run", run_id=found.pk)


def _known(code: str) -> None:
    if queries.source(code) is None:
        raise Http404(code)
