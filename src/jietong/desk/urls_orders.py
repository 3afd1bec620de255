"""Addresses of the work orders, under /orders/."""

from __future__ import annotations

from django.urls import path

from jietong.desk.views import orders

app_name = "orders"
urlpatterns = [
    path("", orders.home, name="home"),
    path("live/", orders.live, name="live"),
    path("ask/<slug:ref>/", orders.ask, name="ask"),
    path("<slug:ref>/", orders.one, name="one"),
    path("<slug:ref>/<slug:act>/", orders.act, name="act"),
]
