"""Addresses of a loan's papers: notices of a new creditor, certificates, and the public page that verifies one."""

from __future__ import annotations

from django.urls import path

from jietong.portal.views import papers

app_name = "papers"
urlpatterns = [
    path("loans/<str:ref>/changes/<int:change_id>/read/", papers.read_change, name="read-change"),
    path("loans/<str:ref>/certificate/", papers.certificate, name="certificate"),
    path("verify/", papers.verify, name="verify"),
]
