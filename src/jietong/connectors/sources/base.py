"""The one small interface behind which every core that is asked stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol


class LinkError(Exception):
    """The link is broken, or what came over it is not whole. code: stable; detail: for the operator, no secrets."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail[:200]


@dataclass(frozen=True, slots=True)
class Listed:
    """One loan of the core's list. fingerprint: changes when anything about the loan did."""

    external_id: str
    ref: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Page:
    """Part of the list, and where to go on should the link break behind it."""

    loans: tuple[Listed, ...]
    cursor: Mapping[str, int]


class Core(Protocol):
    """A core that is asked. Every method raises LinkError, and nothing else, when the core does not answer well."""

    #: kind of the inbox events that `whole` makes
    kind: str

    def pages(self, cursor: Mapping[str, int]) -> Iterator[Page]:
        """The list of loans from a cursor on ({}: from the start), each at least once however the list moves."""
        ...

    def whole(self, external_id: str) -> str:
        """All that the core says of one loan, as JSON: what the inbox keeps."""
        ...

    def close(self) -> None: ...
