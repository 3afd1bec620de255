from __future__ import annotations

from django.apps import AppConfig


class WorkOrdersConfig(AppConfig):
    name = "jietong.workorders"
    label = "workorders"
