"""News for the borrower's open pages: only their own, and only that there is some. The page asks again by itself."""

from __future__ import annotations

from django.http import HttpResponseBase

from jietong.kernel.live import News
from jietong.kernel.sse import stream
from jietong.portal.access import BorrowerRequest, borrower_only

#: room of the journal event → what the page hears
HEARD = {"contacts": "contact", "routing": "contact", "recovery": "loan", "loans": "loan"}


@borrower_only
async def live(request: BorrowerRequest) -> HttpResponseBase:
    borrower_id = request.borrower_id

    def match(news: News) -> str | None:
        return HEARD.get(news.kind.partition(".")[0]) if news.borrower_id == borrower_id else None

    return stream(request, match)
