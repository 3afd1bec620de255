"""Addresses of the 代扣 page, under console/debits/."""

from __future__ import annotations

from django.urls import path

from jietong.console import views_debits

urlpatterns = [
    path("", views_debits.debits, name="debits"),
    path("file/", views_debits.make_file, name="debit-file"),
    path("download/", views_debits.download, name="debit-download"),
    path("upload/", views_debits.upload, name="debit-upload"),
    path("resolve/", views_debits.resolve, name="debit-resolve"),
    path("seen/", views_debits.seen, name="debit-seen"),
    path("refunded/", views_debits.refunded, name="debit-refunded"),
    path("o/<str:key>/", views_debits.debit, name="debit"),
]
