"""Addresses of the borrower's pages, mounted at the root."""

from __future__ import annotations

from django.urls import include, path

from jietong.portal.views import ask, chat, credit, early, home, live, login, matters, reporting, signing, site

app_name = "portal"
urlpatterns = [
    path("link/", home.link, name="link"),
    path("", home.home, name="home"),
    path("ways/", home.ways, name="ways"),
    path("loans/<str:ref>/", home.loan, name="loan"),
    path("loans/<str:ref>/early/", early.early, name="early"),
    path("loans/<str:ref>/early/order/", early.order, name="early-order"),
    path("loans/<str:ref>/early/cancel/", early.cancel, name="early-cancel"),
    path("credit/", early.credit, name="credit"),
    path("credit/<str:ref>/", early.credit_act, name="credit-act"),
    path("auto/", include("jietong.portal.urls_auto")),
    path("login/", login.phone, name="login"),
    path("login/code/", login.code, name="code"),
    path("login/again/", login.again, name="again"),
    path("login/who/", login.who, name="who"),
    path("login/not-me/", login.not_me, name="not_me"),
    path("logout/", login.logout, name="logout"),
    path("chat/", chat.chat, name="chat"),
    path("person/", ask.person, name="person"),
    path("callback/", ask.callback, name="callback"),
    path("form/", ask.form, name="form"),
    path("matters/", matters.matters, name="matters"),
    path("matters/<str:ref>/", matters.matter, name="matter"),
    path("matters/<str:ref>/confirm/", matters.confirm, name="confirm"),
    path("matters/<str:ref>/reopen/", matters.reopen, name="reopen"),
    path("limit/", credit.limit, name="limit"),
    path("borrow/", credit.choose, name="borrow"),
    path("borrow/quote/", credit.quote, name="quote"),
    path("borrow/<str:ref>/", credit.application, name="application"),
    path("borrow/<str:ref>/submit/", signing.submit, name="submit"),
    path("borrow/<str:ref>/again/", signing.ask_again, name="ask_again"),
    path("borrow/<str:ref>/withdraw/", signing.withdraw, name="withdraw"),
    path("borrow/<str:ref>/price/", signing.price, name="price"),
    path("borrow/<str:ref>/sign/<int:disclosure_id>/", signing.sign, name="sign"),
    path("borrow/<str:ref>/sign/<int:disclosure_id>/code/", signing.code, name="sign_code"),
    path("borrow/<str:ref>/cancel/", signing.cancel, name="cancel"),
    path("reporting/", reporting.mine, name="reporting"),
    path("reporting/<int:report_id>/dispute/", reporting.dispute, name="reporting-dispute"),
    path("live/", live.live, name="live"),
    path("help/", site.help_page, name="help"),
]
