"""What we write, as data: one TOML file per language of templates by code."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    body: str


@lru_cache(maxsize=4)
def catalogue(language: str) -> dict[str, Mapping[str, str]]:
    """Templates of one language, each with `body` and perhaps `subject`."""
    name = "en.toml" if language.startswith("en") else "zh.toml"
    with resources.files(__package__).joinpath(name).open("rb") as file:
        return tomllib.load(file)


def is_secret(code: str) -> bool:
    """Does this text carry something that only the borrower may read?"""
    return bool(catalogue("zh").get(code, {}).get("secret", False))


def names_creditor(code: str) -> bool:
    """Does this text say whom it is sent for? Then the creditor of the day on which it leaves has to be known."""
    template = catalogue("zh").get(code, {})
    return "$creditor" in template.get("body", "") or "$creditor" in template.get("subject", "")


def render(code: str, variables: Mapping[str, Any], *, language: str) -> Rendered:
    """Fill the template. Raises KeyError for an unknown template or a missing variable: nothing half-filled leaves."""
    template = catalogue(language)[code]
    values = {"lender": settings.LENDER_NAME, **variables}
    return Rendered(_fill(template.get("subject", ""), values), _fill(template["body"], values))


def _fill(text: str, values: Mapping[str, Any]) -> str:
    return string.Template(text).substitute(values).strip()
