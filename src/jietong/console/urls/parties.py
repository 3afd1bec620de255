"""Addresses of the operator's page of creditors and guarantors."""

from __future__ import annotations

from django.urls import path

from jietong.console.views import parties, speakers

app_name = "parties"
urlpatterns = [
    path("", parties.page, name="page"),
    path("enter/", parties.enter, name="enter"),
    path("find/", speakers.find, name="find"),
    path("b/<str:number>/", speakers.page, name="speakers"),
    path("b/<str:number>/enter/<slug:what>/", speakers.enter, name="speaker-enter"),
    path("b/<str:number>/end/<int:authority_id>/", speakers.end, name="speaker-end"),
    path("b/<str:number>/told/<str:ref>/<int:party_id>/", speakers.guarantor_told, name="guarantor-told"),
    path("<int:change_id>/undo/", parties.undo, name="undo"),
    path("<int:change_id>/letter/", parties.by_letter, name="letter"),
]
