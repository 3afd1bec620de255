"""News for the borrower's open pages: only their own, and only that there is some. The page asks again by itself."""

from __future__ import annotations

from django.http import HttpResponseBase

from jietong.kernel.live import Match, News
from jietong.kernel.sse import stream
from jietong.portal.access import BorrowerRequest, borrower_only

#: room of the journal event → what the page hears
HEARD = {
    "contacts": "contact",
    "routing": "contact",
    "workorders": "contact",
    "recovery": "loan",
    "loans": "loan",
    "origination": "credit",
    "deduction": "loan",
}
#: nobody's own affair: every open page asks whether its figures are concerned
LINK = ("connectors.link_broken", "connectors.link_mended")


def heard_by(borrower_id: int) -> Match:
    """What this borrower's pages are told: never that something happened to somebody else."""

    def match(news: News) -> str | None:
        if news.kind in LINK:
            return "link"
        return HEARD.get(news.kind.partition(".")[0]) if news.borrower_id == borrower_id else None

    return match


@borrower_only
async def live(request: BorrowerRequest) -> HttpResponseBase:
    return await stream(request, heard_by(request.borrower_id))
