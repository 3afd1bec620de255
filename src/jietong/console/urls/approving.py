"""Addresses of the second look."""

from __future__ import annotations

from django.urls import path

from jietong.console.views import approving

app_name = "approvals"
urlpatterns = [
    path("", approving.page, name="page"),
    path("<int:request_id>/", approving.one, name="one"),
    path("<int:request_id>/<slug:act>/", approving.answer, name="answer"),
]
