"""Who is looking: a phone, then a person, then their own pages and nothing else.

A one-time code proves who holds the phone. Numbers get recycled, so a second fact (or a browser on which it was given
before) proves the person; until then no page may name anybody, any debt or any loan.

In the session: `portal_phone` (sealed, never in the clear), `portal_candidates` (who has that number, once the code was
right), `portal_borrower` (the proved person), `portal_seen_at` (for the idle limit). Staff signed in on the same
browser keep their own session data.
"""

from __future__ import annotations

import inspect
import ipaddress
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from jietong.borrowers import queries as borrowers
from jietong.kernel import clock
from jietong.kernel.sealing import seal, unseal

View = Callable[..., Any]
DEVICE_COOKIE = "jt_device"
DEVICE_LIFE = timedelta(days=180)
IDLE_MAX = timedelta(minutes=30)
SEEN_EVERY_SECONDS = 60  # the idle clock need not be written more often
PHONE_PURPOSE = "portal_phone"
KEYS = ("portal_phone", "portal_candidates", "portal_borrower", "portal_seen_at", "portal_next")


class BorrowerRequest(HttpRequest):
    """A request behind `borrower_only`: `borrower_id` is the proved person."""

    borrower_id: int


def begin(request: HttpRequest, phone: str) -> None:
    """A number was typed; nothing about it is known yet. A person proved before on this browser is signed out."""
    onward = request.session.get("portal_next", "")
    forget(request)
    request.session["portal_phone"] = seal(phone, PHONE_PURPOSE).hex()
    request.session["portal_next"] = onward
    _seen(request)


def phone_of(request: HttpRequest) -> str | None:
    """The number that was typed, while this login is still going on."""
    _drop_if_idle(request)
    sealed = request.session.get("portal_phone")
    return unseal(bytes.fromhex(sealed), PHONE_PURPOSE) if sealed else None


def phone_proved(request: HttpRequest, candidates: list[int]) -> None:
    """The code was right: these borrowers have the number. The session gets a new key, as at every gain of rights."""
    request.session.cycle_key()
    request.session["portal_candidates"] = candidates
    _seen(request)


def candidates_of(request: HttpRequest) -> list[int]:
    _drop_if_idle(request)
    return list(request.session.get("portal_candidates") or [])


def person_of_device(request: HttpRequest, candidates: list[int]) -> int | None:
    token = request.COOKIES.get(DEVICE_COOKIE, "")
    return borrowers.borrower_of_device(token, candidates) if token else None


def let_in(request: HttpRequest, borrower_id: int) -> HttpResponse:
    """The person is proved: on to the page that was asked for, or home."""
    onward = request.session.get("portal_next", "")
    forget(request)
    request.session["portal_borrower"] = borrower_id
    _seen(request)
    rotate_token(request)
    return redirect(onward if _is_ours(request, onward) else reverse("portal:home"))


def remember(response: HttpResponse, token: str) -> None:
    """Give the browser the token by which it is known again. The table holds only the token's hash."""
    response.set_cookie(
        DEVICE_COOKIE, token, max_age=DEVICE_LIFE, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def forget(request: HttpRequest) -> None:
    """Sign out: nothing of the borrower's stays in the session, and its key is a new one."""
    for key in KEYS:
        request.session.pop(key, None)
    request.session.cycle_key()


def keep_next(request: HttpRequest, address: str) -> None:
    if address and _is_ours(request, address):
        request.session["portal_next"] = address


def network_address(request: HttpRequest) -> str:
    """Where the request comes from, for the limit on codes; an IPv6 home counts as its /64, not as 2^64 askers."""
    raw = request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(raw)
    except ValueError:
        return ""  # a socket without an address: the limits per phone still stand
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def is_signed_in(request: HttpRequest) -> bool:
    """Whether a proved borrower looks at a page that anybody may see; looking does not put off the idle limit."""
    _drop_if_idle(request)
    return request.session.get("portal_borrower") is not None


def borrower_only(view: View) -> View:
    """The proved borrower, as `request.borrower_id`; others are sent to sign in and come back to where they were."""
    if inspect.iscoroutinefunction(view):

        @wraps(view)
        async def checked_async(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            borrower_id = await sync_to_async(_who)(request)
            if borrower_id is None:
                return HttpResponse(status=204)  # tells an EventSource to stop asking
            request.borrower_id = borrower_id
            return await view(request, *args, **kwargs)

        chosen: View = checked_async
    else:

        @wraps(view)
        def checked(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            borrower_id = _who(request)
            response = _to_login(request) if borrower_id is None else None
            if response is None:
                request.borrower_id = borrower_id
                response = view(request, *args, **kwargs)
            # Nobody who later sits at this phone may leaf back to it.
            response.headers["Cache-Control"] = "private, no-store"
            patch_vary_headers(response, ("HX-Request",))
            return response

        chosen = checked
    chosen.permission = "borrower"  # type: ignore[attr-defined]
    return chosen


def _who(request: HttpRequest) -> int | None:
    _drop_if_idle(request)
    borrower_id = request.session.get("portal_borrower")
    # What a page fetches by itself is no sign that somebody is still there.
    by_itself = request.method == "GET" and ("HX-Request" in request.headers or request.path == reverse("portal:live"))
    if borrower_id is not None and not by_itself:
        _seen(request)
    return borrower_id


def _seen(request: HttpRequest) -> None:
    at = int(clock.now().timestamp())
    if at - int(request.session.get("portal_seen_at", 0)) >= SEEN_EVERY_SECONDS:
        request.session["portal_seen_at"] = at


def _drop_if_idle(request: HttpRequest) -> None:
    seen = request.session.get("portal_seen_at")
    if seen is not None and clock.now().timestamp() - int(seen) > IDLE_MAX.total_seconds():
        forget(request)


def _to_login(request: HttpRequest) -> HttpResponse:
    login = reverse("portal:login")
    if "HX-Request" in request.headers:
        back = urlsplit(request.headers.get("HX-Current-URL", "")).path or reverse("portal:home")
        answer = HttpResponse(status=204)
        answer.headers["HX-Redirect"] = f"{login}?{urlencode({'next': back})}"
        return answer
    if request.method != "GET":
        return redirect(login)
    if request.path == reverse("portal:home"):
        return redirect(login)
    return redirect(f"{login}?{urlencode({'next': request.get_full_path()})}")


def _is_ours(request: HttpRequest, address: str) -> bool:
    return bool(address) and url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
