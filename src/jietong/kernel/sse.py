"""A page's live stream as an HTTP answer."""

from __future__ import annotations

from django.http import HttpRequest, StreamingHttpResponse

from jietong.kernel.live import Match, hub


def stream(request: HttpRequest, match: Match) -> StreamingHttpResponse:
    """Server-sent events until the page goes away; resumes from Last-Event-ID. Call from an async view."""
    # A browser that gave up and opened the stream anew can only say it in the address.
    resume = request.headers.get("Last-Event-ID") or request.GET.get("last_event_id")
    frames = hub().listen(match, resume)
    response = StreamingHttpResponse(frames, content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"  # a buffering proxy would hold the news back
    return response
