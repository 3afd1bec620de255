from __future__ import annotations

from django.apps import AppConfig


class OriginationConfig(AppConfig):
    name = "jietong.origination"
    label = "origination"
