"""Addresses of the operator's page of creditors and guarantors."""

from __future__ import annotations

from django.urls import path

from jietong.console.views import parties

app_name = "parties"
urlpatterns = [
    path("", parties.page, name="page"),
    path("enter/", parties.enter, name="enter"),
    path("<int:change_id>/undo/", parties.undo, name="undo"),
    path("<int:change_id>/letter/", parties.by_letter, name="letter"),
]
