from __future__ import annotations

from django.apps import AppConfig


class BureauConfig(AppConfig):
    name = "jietong.bureau"
    label = "bureau"
