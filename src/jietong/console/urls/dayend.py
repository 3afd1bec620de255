"""Addresses of the page of day-end."""

from __future__ import annotations

from django.urls import path

from jietong.console.views import dayend

app_name = "night"
urlpatterns = [
    path("", dayend.page, name="page"),
    path("live/", dayend.live, name="live"),
    path("catch-up/", dayend.catch_up, name="catch-up"),
    path("set-aside/<int:pk>/try-again/", dayend.try_again, name="try-again"),
]
