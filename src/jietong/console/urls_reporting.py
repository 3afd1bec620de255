"""Addresses of the credit bureau's pages, part of the console's."""

from __future__ import annotations

from django.urls import path

from jietong.console import views_reporting

urlpatterns = [
    path("console/credit/", views_reporting.home, name="credit"),
    path("console/credit/month/", views_reporting.run_month, name="credit-month"),
    path("console/credit/corrections/", views_reporting.run_corrections, name="credit-corrections"),
    path("console/credit/held/<int:held_id>/drop/", views_reporting.drop_held, name="credit-drop"),
    path("console/credit/disputes/<int:dispute_id>/", views_reporting.decide, name="credit-decide"),
    path("console/credit/rejected/<int:rejected_id>/", views_reporting.settle, name="credit-settle"),
    path("console/credit/reports/<int:report_id>/fault/", views_reporting.fault, name="credit-fault"),
    path("console/credit/b/<str:name>/", views_reporting.batch, name="credit-batch"),
    path("console/credit/b/<str:name>/file/", views_reporting.download, name="credit-download"),
    path("console/credit/b/<str:name>/answer/", views_reporting.answer, name="credit-answer"),
]
