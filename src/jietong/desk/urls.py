"""Addresses of the specialist's screen, under /desk/."""

from __future__ import annotations

from django.urls import path

from jietong.desk.views import acts, debits, live, pages

app_name = "desk"
urlpatterns = [
    path("", pages.home, name="home"),
    path("live/", live.live, name="live"),
    path("parts/rail/", pages.rail_part, name="rail"),
    path("parts/link/", pages.link_part, name="link"),
    path("presence/", acts.presence, name="presence"),
    path("heartbeat/", acts.heartbeat, name="heartbeat"),
    path("offers/<int:offer_id>/accept/", acts.accept, name="accept"),
    path("offers/<int:offer_id>/decline/", acts.decline, name="decline"),
    path("c/<slug:ref>/", pages.contact, name="contact"),
    path("c/<slug:ref>/parts/", pages.contact_parts, name="parts"),
    path("c/<slug:ref>/say/", acts.say, name="say"),
    path("c/<slug:ref>/note/", acts.note, name="note"),
    path("c/<slug:ref>/promise/", acts.promise, name="promise"),
    path("c/<slug:ref>/owed/", pages.owed, name="owed"),
    path("c/<slug:ref>/settle/", acts.settle, name="settle"),
    path("loans/<str:ref>/quote/", pages.loan_quote, name="loan_quote"),
    path("c/<slug:ref>/debits/again/", debits.again, name="debit_again"),
    path("c/<slug:ref>/debits/stop/", debits.stop, name="debit_stop"),
    path("c/<slug:ref>/debits/go-on/", debits.go_on, name="debit_go_on"),
    path("search/", pages.search, name="search"),
    path("b/<str:number>/", pages.borrower, name="borrower"),
    path("b/<str:number>/open/", acts.open_borrower, name="open_borrower"),
]
