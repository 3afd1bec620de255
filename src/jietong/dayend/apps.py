from __future__ import annotations

from django.apps import AppConfig


class DayendConfig(AppConfig):
    name = "jietong.dayend"
    label = "dayend"
