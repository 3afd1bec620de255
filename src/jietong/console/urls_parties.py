"""Addresses of the operator's page of creditors and guarantors."""

from __future__ import annotations

from django.urls import path

from jietong.console import views_parties

app_name = "parties"
urlpatterns = [
    path("", views_parties.page, name="page"),
    path("enter/", views_parties.enter, name="enter"),
    path("<int:change_id>/undo/", views_parties.undo, name="undo"),
    path("<int:change_id>/letter/", views_parties.by_letter, name="letter"),
]
