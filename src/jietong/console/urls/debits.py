"""Addresses of the 代扣 page, under console/debits/."""

from __future__ import annotations

from django.urls import path

from jietong.console.views import debits

urlpatterns = [
    path("", debits.debits, name="debits"),
    path("file/", debits.make_file, name="debit-file"),
    path("download/", debits.download, name="debit-download"),
    path("upload/", debits.upload, name="debit-upload"),
    path("resolve/", debits.resolve, name="debit-resolve"),
    path("seen/", debits.seen, name="debit-seen"),
    path("refunded/", debits.refunded, name="debit-refunded"),
    path("o/<str:key>/", debits.debit, name="debit"),
]
