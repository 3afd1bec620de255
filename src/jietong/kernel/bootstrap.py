"""Makes Django ready for a command-line program that needs the database."""

from __future__ import annotations

import os

import django


def prepare_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jietong.config.settings")
    django.setup()
