"""`jietong manage load_demo`: an invented lender for a look around, once."""

from __future__ import annotations

import gc
from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from jietong.simulator import demo

WORDS = {
    "borrowers": "borrowers",
    "companions": "repayments read, file",
    "loans": "loans booked",
    "contacts": "contacts",
    "day-end": "day-end, date",
}


class Command(BaseCommand):
    help = "Load the demo lender: invented borrowers, loans and contacts. Does nothing when it is loaded already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--borrowers", type=int, default=20_000, help="how many borrowers (20000)")
        parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same people (7)")

    def handle(self, *args: Any, **options: Any) -> None:
        started = monotonic()
        gc.disable()  # hundreds of thousands of rows live until they are booked: walking them again and again is idle
        try:
            self._load(options["borrowers"], options["seed"], started)
        finally:
            gc.enable()

    def _load(self, borrowers: int, seed: int, started: float) -> None:
        if not settings.DEMO:
            raise CommandError("this site is no demo (JIETONG_DEMO is off)")
        try:
            folder = Path(settings.DATA_DIR) / "demo"
            loaded = demo.load(number=borrowers, seed=seed, folder=folder, told=self._tell)
        except (demo.DemoRefused, ValueError) as refused:
            raise CommandError(str(refused)) from None
        path = demo.write_logins()
        if not loaded.is_new:
            self.stdout.write("demo: loaded already")
            return
        self.stdout.write(f"demo: ready in {monotonic() - started:.0f} s; password of every login: {demo.PASSWORD}")
        self.stdout.write(f"demo: whom you may be stands in {path.name}")

    def _tell(self, what: str, done: int, of: int) -> None:
        self.stdout.write(f"demo: {WORDS[what]} {done:,} of {of:,}")
        self.stdout.flush()
