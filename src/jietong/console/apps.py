from __future__ import annotations

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "jietong.console"
    label = "console"
