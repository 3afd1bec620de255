"""The staff's door: in, out, and to the first page of one's role."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused
from jietong.kernel.permissions import permit_public
from jietong.staff import commands
from jietong.staff.forms import SignInForm
from jietong.staff.models import Member

#: role → where its work begins
FIRST_PAGES = {"specialist": "/desk/", "supervisor": "/board/", "officer": "/board/", "operator": "/board/"}


@permit_public("the door itself")
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request") and request.method == "GET":
        return _whole_page(request)
    if request.method == "GET":
        if request.user.is_authenticated:
            return redirect(_next(request))
        return _page(request, SignInForm(request, initial={"username": request.GET.get("u", "")}))
    form = SignInForm(request, data=request.POST)
    now = clock.now()
    try:
        try_id = commands.begin_sign_in(username=request.POST.get("username", ""), now=now)
    except CommandRefused:
        again = SignInForm(request, initial={"username": request.POST.get("username", "")})
        return _page(request, again, locked=True, status=429)
    if not form.is_valid():
        return _page(request, form, status=422)
    member = form.get_user()
    login(request, member)
    commands.finish_sign_in(try_id=try_id, member_id=member.pk, now=now)
    return redirect(_next(request))


@permit_public("whoever is in may leave")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("staff:login")


@permit_public("sends everybody on: staff to their first page, others to the door")
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("staff:login")
    return redirect(FIRST_PAGES.get(request.user.role, "/board/"))


def _page(request: HttpRequest, form: SignInForm, *, locked: bool = False, status: int = 200) -> HttpResponse:
    wanted = request.POST.get("next", request.GET.get("next", ""))
    context = {"form": form, "locked": locked, "logins": demo_logins(), "next": wanted}
    return render(request, "staff/login.html", context, status=status)


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next", request.GET.get("next", ""))
    here = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=here, require_https=request.is_secure())
    return wanted if safe else "/staff/"


def _whole_page(request: HttpRequest) -> HttpResponse:
    """A part of a page asked while the session has ended: the door opens as a page, never inside a pane."""
    asked_from = urlsplit(request.headers.get("HX-Current-URL", "")).path
    answer = HttpResponse(status=401)
    answer["HX-Redirect"] = f"{settings.LOGIN_URL}?{urlencode({'next': asked_from or '/staff/'})}"
    return answer


def demo_logins() -> list[dict[str, Any]]:
    """Logins of the demo, as its loader wrote them down; nothing on a real site, whatever files lie about."""
    path = settings.DATA_DIR / "run" / "demo.json"
    if not settings.DEMO or not path.is_file():
        return []
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []  # half written by a loader at this moment: the door opens without the list
    listed = told.get("logins", []) if isinstance(told, dict) else []
    labels = dict(Member.Role.choices)
    return [
        one | {"role": labels.get(str(one.get("role")), one.get("role"))}
        for one in listed
        if isinstance(one, dict) and one.get("username")
    ]
