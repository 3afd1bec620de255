"""A borrower as a core tells of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Empty text: the core does not say. id_no whole and plain: it is sealed where it is kept."""

    number: str
    name: str
    id_type: str = ""
    id_no: str = ""
    phone: str = ""
    email: str = ""
