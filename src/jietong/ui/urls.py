"""Addresses of the gallery, mounted under /ui/ by config."""

from __future__ import annotations

from django.urls import path

from jietong.ui import views

app_name = "ui"
urlpatterns = [
    path("gallery/", views.gallery, name="gallery"),
    path("gallery/<slug:name>/", views.layout, name="layout"),
]
