"""征信报送: runs, files, answers, and what a person has to decide. The commands decide what may be said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from jietong.bureau import commands as bureau
from jietong.bureau import words
from jietong.console import reporting
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.permissions import may, permit

ANSWER_BYTES_MAX = 20 * 1024 * 1024


@permit("console.see")
@never_cache
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    context = reporting.seen_at(clock.now())
    return render(request, "console/reporting.html", context | {"may_decide": may(request.user, "credit.decide")})


@permit("console.see")
@never_cache
@require_GET
def batch(request: HttpRequest, name: str) -> HttpResponse:
    """?only=adverse, held, disputed."""
    context = reporting.batch_page(name, only=request.GET.get("only", ""), now=clock.now())
    if context is None:
        raise Http404(name)
    return render(request, "console/reporting_batch.html", context | {"may_decide": may(request.user, "credit.decide")})


@permit("credit.decide")
@require_POST
def run_month(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    month = reporting.as_month(request.POST.get("month", ""), today=clock.local_date(now, settings.LENDER_TIME_ZONE))

    def act() -> str:
        made = bureau.prepare(month=month, actor=_actor(request), now=now)
        return _("%(name)s：%(rows)d 行，暂不报送 %(held)d 条。") % {"name": made.name, **made.counts}

    return _done(request, act)


@permit("credit.decide")
@require_POST
def run_corrections(request: HttpRequest) -> HttpResponse:
    def act() -> str:
        made = bureau.prepare_corrections(actor=_actor(request), now=clock.now())
        if made is None:
            return _("现在没有要报的更正。")
        rows = made.counts["rows"]
        return ngettext("%(name)s：%(rows)d 行更正。", "%(name)s：%(rows)d 行更正。", rows) % {
            "name": made.name,
            "rows": rows,
        }

    return _done(request, act)


@permit("credit.decide")
@require_POST
def download(request: HttpRequest, name: str) -> HttpResponse:
    """The batch's file, or its control file with `what=ctl`; written to the data folder too, and on the journal."""
    folder = Path(settings.DATA_DIR) / "bureau"
    try:
        file, control = bureau.export(batch_name=name, folder=folder, actor=_actor(request), now=clock.now())
    except InputError:
        raise Http404(name) from None
    except CommandRefused as refused:
        messages.warning(request, _words_of(refused))
        return redirect("console:credit")
    path = control if request.POST.get("what") == "ctl" else file
    answer = HttpResponse(path.read_bytes(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
    return answer


@permit("credit.decide")
@require_POST
def answer(request: HttpRequest, name: str) -> HttpResponse:
    """The bureau's answer to a batch, as a file."""

    def act() -> str:
        given = request.FILES.get("file")
        if given is None or given.size is None or given.size > ANSWER_BYTES_MAX:
            raise InputError("file", "missing", "choose a file of at most 20 MB")
        taken = bureau.acknowledge(
            batch_name=name, content=given.read(), file_name=str(given.name), actor=_actor(request), now=clock.now()
        )
        return _("回执收下：接受 %(accepted)d 行，退回 %(rejected)d 行。") % {
            "accepted": taken.accepted,
            "rejected": taken.rejected,
        }

    return _done(request, act)


@permit("credit.decide")
@require_POST
def drop_held(request: HttpRequest, held_id: int) -> HttpResponse:
    def act() -> str:
        bureau.drop_held(held_id=held_id, note=request.POST.get("note", ""), actor=_actor(request), now=clock.now())
        return _("这一条不再补报。")

    return _done(request, act)


@permit("credit.decide")
@require_POST
def decide(request: HttpRequest, dispute_id: int) -> HttpResponse:
    def act() -> str:
        bureau.decide_dispute(
            dispute_id=dispute_id, upheld=request.POST.get("upheld") == "yes", answer=request.POST.get("answer", ""),
            actor=_actor(request), now=clock.now(),
        )  # fmt: skip
        return _("答复记下了，借款人在自己的页面上看得到。")

    return _done(request, act)


@permit("credit.decide")
@require_POST
def settle(request: HttpRequest, rejected_id: int) -> HttpResponse:
    def act() -> str:
        bureau.settle_rejected(
            rejected_id=rejected_id, resend=request.POST.get("resend") == "yes", note=request.POST.get("note", ""),
            actor=_actor(request), now=clock.now(),
        )  # fmt: skip
        return _("处理好了。要重报的会进下一批更正。")

    return _done(request, act)


@permit("credit.decide")
@require_POST
def fault(request: HttpRequest, report_id: int) -> HttpResponse:
    """We reported wrongly by our own fault."""

    def act() -> str:
        bureau.own_fault(
            report_id=report_id, note=request.POST.get("note", ""), strike=request.POST.get("strike") == "yes",
            actor=_actor(request), now=clock.now(),
        )  # fmt: skip
        return _("更正已立，有负责人和期限，也告诉了借款人。")

    return _done(request, act)


def _actor(request: HttpRequest) -> str:
    return f"staff:{request.user.pk}"


def _done(request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, act())
    except (InputError, CommandRefused) as error:
        messages.warning(request, _words_of(error))
    return redirect("console:credit")


def _words_of(error: InputError | CommandRefused) -> str:
    keys = [f"{error.field}.{error.code}"] if isinstance(error, InputError) else []
    found = next((key for key in [*keys, error.code] if key in words.REFUSED), None)
    if found is not None:
        return words.named(words.REFUSED, found)
    return f"{error.field}: {error.message}" if isinstance(error, InputError) else error.message
