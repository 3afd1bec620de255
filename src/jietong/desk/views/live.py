"""The desk's live stream: news of my offers and state, of what is in my hands, and of the borrower whom I look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.http import Http404
from django.http.response import StreamingHttpResponse

from jietong.desk import access
from jietong.kernel.live import Match, News
from jietong.kernel.permissions import permit
from jietong.kernel.sse import stream

if TYPE_CHECKING:
    from jietong.desk.access import StaffRequest

LINK = ("connectors.link_broken", "connectors.link_mended")


@permit("desk.work")
async def live(request: StaffRequest) -> StreamingHttpResponse:
    """`?c=`: the chosen contact; whose it may not be read is not listened to."""
    borrower_id = await sync_to_async(_borrower_of)(request, request.GET.get("c", ""))
    return await stream(request, match_for(request.user.pk, borrower_id))


def _borrower_of(request: StaffRequest, ref: str) -> int | None:
    try:
        return access.readable(request.user, ref).borrower_id if ref else None
    except Http404:
        return None


def match_for(member_id: int, borrower_id: int | None) -> Match:
    """news → `link-changed` (a lender's core comes or goes), `offer-changed` (mine), `contact-changed` (whom I look
    at), `list-changed` (what else is in my hands)."""

    def match(news: News) -> str | None:
        if news.kind in LINK:
            return "link-changed"
        if member_id in (news.data.get("staff") or ()):
            return "offer-changed"
        if borrower_id is not None and news.borrower_id == borrower_id and news.kind != "desk.borrower_opened":
            return "contact-changed"
        if news.kind.startswith("contacts.") and news.data.get("owner") == member_id:
            return "list-changed"
        return None

    return match
