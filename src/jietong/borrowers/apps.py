from __future__ import annotations

from django.apps import AppConfig


class BorrowersConfig(AppConfig):
    name = "jietong.borrowers"
    label = "borrowers"
