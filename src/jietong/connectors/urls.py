"""The address at which a core's events come in."""

from __future__ import annotations

from django.urls import path

from jietong.connectors import views

app_name = "connectors"
urlpatterns = [path("<slug:code>/", views.hook, name="hook")]
