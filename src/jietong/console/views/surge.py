"""The surge floor: what comes in against what can be done, and a supervisor's hand on the switch."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.permissions import permit
from jietong.routing import commands as routing
from jietong.routing import queries
from jietong.routing.rules.discipline import SURGE_ENTER_ABOVE, SURGE_LEAVE_BELOW
from jietong.staff import queries as staff

if TYPE_CHECKING:
    from jietong.staff.models import Member

MODES = (("auto", lazy("按负荷自动")), ("on", lazy("一直开着")), ("off", lazy("一直关着")))


@permit("board.see")
@never_cache
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    reader = cast("Member", request.user)
    mine = reader.team_id if reader.role == "supervisor" else None
    rows = [{"team": team, "surge": queries.surge_of(team.pk), "may_set": team.pk == mine} for team in staff.teams()]
    limits = {"enter": SURGE_ENTER_ABOVE, "leave": SURGE_LEAVE_BELOW}
    return render(request, "console/surge.html", {"rows": rows, "modes": MODES, "now": clock.now(), **limits})


@permit("board.see")
@require_POST
def hold(request: HttpRequest) -> HttpResponse:
    """Of the reader's own team; the command says who may."""
    try:
        routing.set_surge(mode=request.POST.get("mode", ""), by=cast("Member", request.user), now=clock.now())
    except CommandRefused:
        messages.error(request, _("只有本组主管能改。"))
    except InputError:
        messages.error(request, _("请选一种。"))
    else:
        messages.success(request, _("已改，马上生效。"))
    return redirect("console:surge")
