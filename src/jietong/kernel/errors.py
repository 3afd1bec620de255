"""Errors a person or a program can act on: each names the field, a stable code and a sentence."""

from __future__ import annotations


class InputError(ValueError):
    """What was handed in makes no sense, and this says where and why.

    field: dotted path of the offending field, e.g. ``instalments.0.due_on``.
    code: stable, lower_snake, for programs (``negative``, ``missing``, ``not_a_date`` …).
    message: one sentence for a person.
    """

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(f"{field}: {message} ({code})")
        self.field = field
        self.code = code
        self.message = message

    def as_dict(self) -> dict[str, str]:
        return {"field": self.field, "code": self.code, "message": self.message}


class CommandRefused(Exception):  # noqa: N818  an answer, not a fault
    """An expected "no" of a command: the code is stored and counted, the message is shown."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
