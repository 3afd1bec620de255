from __future__ import annotations

from django.apps import AppConfig


class DeductionConfig(AppConfig):
    name = "jietong.deduction"
    label = "deduction"
