"""Addresses of the credit bureau's pages, part of the console's."""

from __future__ import annotations

from django.urls import path

from jietong.console.views import reporting

urlpatterns = [
    path("console/credit/", reporting.home, name="credit"),
    path("console/credit/month/", reporting.run_month, name="credit-month"),
    path("console/credit/corrections/", reporting.run_corrections, name="credit-corrections"),
    path("console/credit/held/<int:held_id>/drop/", reporting.drop_held, name="credit-drop"),
    path("console/credit/disputes/<int:dispute_id>/", reporting.decide, name="credit-decide"),
    path("console/credit/rejected/<int:rejected_id>/", reporting.settle, name="credit-settle"),
    path("console/credit/reports/<int:report_id>/fault/", reporting.fault, name="credit-fault"),
    path("console/credit/b/<str:name>/", reporting.batch, name="credit-batch"),
    path("console/credit/b/<str:name>/file/", reporting.download, name="credit-download"),
    path("console/credit/b/<str:name>/answer/", reporting.answer, name="credit-answer"),
]
