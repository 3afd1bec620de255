"""The app that holds the look: templates, components, css, htmx and the page's small script."""

from __future__ import annotations

from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "jietong.ui"
    label = "ui"
