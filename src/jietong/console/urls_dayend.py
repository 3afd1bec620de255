"""Addresses of the page of day-end."""

from __future__ import annotations

from django.urls import path

from jietong.console import views_dayend

app_name = "night"
urlpatterns = [
    path("", views_dayend.page, name="page"),
    path("live/", views_dayend.live, name="live"),
    path("catch-up/", views_dayend.catch_up, name="catch-up"),
    path("set-aside/<int:pk>/try-again/", views_dayend.try_again, name="try-again"),
]
