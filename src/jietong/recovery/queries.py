"""The borrower's case and promises, for screens and for urgency."""

from __future__ import annotations

from datetime import date

from jietong.recovery.models import Case, Promise


def open_case(borrower_id: int) -> Case | None:
    return Case.objects.filter(borrower_id=borrower_id, closed_on=None).select_related("owner").first()


def active_promise(borrower_id: int) -> Promise | None:
    return Promise.objects.filter(borrower_id=borrower_id, state=Promise.State.ACTIVE).first()


def promises_of(borrower_id: int, *, limit: int = 10) -> list[Promise]:
    return list(Promise.objects.filter(borrower_id=borrower_id).order_by("-made_at")[:limit])


def promises_made_by(member_id: int, *, limit: int = 30) -> list[Promise]:
    """Running promises that this specialist recorded and will look after, the nearest day first."""
    rows = Promise.objects.filter(made_by_id=member_id, state=Promise.State.ACTIVE)
    return list(rows.select_related("borrower", "contact").order_by("due_on", "pk")[:limit])


def promise_due_on(borrower_id: int, day: date) -> bool:
    return Promise.objects.filter(borrower_id=borrower_id, state=Promise.State.ACTIVE, due_on=day).exists()
