"""Every view names who may open it; a view that names nobody is refused.

`@permit("desk.work")` for staff with that permission, `@permit_public("why")` for pages anyone may see. The
borrower's pages have their own guard in portal/access.py, which sets the same attribute.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import urlencode

View = Callable[..., Any]

#: role → what it may do. Least privilege: a role has what its work needs and no more.
ROLES: dict[str, frozenset[str]] = {
    "specialist": frozenset({"desk.work"}),
    "supervisor": frozenset(
        {"desk.work", "board.see", "console.see", "credit.change", "credit.decide"}
        | {"money.see", "money.book", "money.plan", "approve.money", "approve.terms"}
    ),
    "officer": frozenset({"board.see", "console.see", "credit.decide", "money.see", "approve.money", "approve.terms"}),
    "operator": frozenset(
        {"board.see", "console.see", "console.operate", "credit.change", "money.see", "money.book", "approve.terms"}
    ),
}


def may(user: Any, permission: str) -> bool:
    return bool(user.is_authenticated and user.is_active and permission in ROLES.get(user.role, frozenset()))


def permit(permission: str) -> Callable[[View], View]:
    """Staff who have the permission; others are sent to sign in, or told that it is not theirs (403)."""

    def guard(view: View) -> View:
        if inspect.iscoroutinefunction(view):

            @wraps(view)
            async def checked_async(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                request.user = await request.auser()
                answer = _refusal(request, permission)
                return answer if answer is not None else await view(request, *args, **kwargs)

            chosen: View = checked_async
        else:

            @wraps(view)
            def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
                answer = _refusal(request, permission)
                return answer if answer is not None else view(request, *args, **kwargs)

            chosen = checked
        chosen.permission = permission  # type: ignore[attr-defined]
        return chosen

    return guard


def permit_public(reason: str) -> Callable[[View], View]:
    """Anyone; the reason stands in the matrix of views and permissions."""

    def mark(view: View) -> View:
        view.permission = f"public: {reason}"  # type: ignore[attr-defined]
        return view

    return mark


def _refusal(request: HttpRequest, permission: str) -> HttpResponseBase | None:
    if not request.user.is_authenticated:
        return redirect(f"/staff/login/?{urlencode({'next': request.get_full_path()})}")
    if not may(request.user, permission):
        raise PermissionDenied(permission)
    return None


class RefuseUndeclaredViews:
    """A view without a named permission is a hole: refuse it rather than serve it."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if inspect.iscoroutinefunction(get_response):
            from asgiref.sync import markcoroutinefunction

            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> None:
        if declared_permission(view) is None:
            raise PermissionDenied(f"{view.__module__}.{view.__qualname__} names no permission")


def declared_permission(view: View) -> str | None:
    owner = getattr(view, "view_class", None)
    found = getattr(view, "permission", None) or getattr(owner, "permission", None)
    return str(found) if found else None
