"""A page's live stream as an HTTP answer."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse

from jietong.kernel.live import Match, hub


async def stream(request: HttpRequest, match: Match) -> StreamingHttpResponse:
    """Server-sent events until the page goes away; resumes from Last-Event-ID. An async view's last step."""
    await sync_to_async(give_back_connections)()
    # A browser that gave up and opened the stream anew can only say it in the address.
    resume = request.headers.get("Last-Event-ID") or request.GET.get("last_event_id")
    frames = hub().listen(match, resume)
    response = StreamingHttpResponse(frames, content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"  # a buffering proxy would hold the news back
    return response


def give_back_connections() -> None:
    """A stream stays open for hours; otherwise every open page would keep one of the pool's few connections."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
