"""Every address of the product."""

from __future__ import annotations

from django.urls import include, path

from jietong.config.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
]
