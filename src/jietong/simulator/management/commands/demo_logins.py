"""`jietong manage demo_logins`: whom a visitor of the demo may be."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jietong.simulator import demo
from jietong.simulator.models import DemoLoad


class Command(BaseCommand):
    help = "Print the logins and borrowers of the demo, as JSON."

    def handle(self, *args: Any, **options: Any) -> None:
        if not DemoLoad.objects.exists():
            raise CommandError("the demo is not loaded; `jietong run` loads it on the first start")
        told = json.loads(demo.write_logins().read_text(encoding="utf-8"))
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1))
