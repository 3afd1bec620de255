"""Limits, applications and money on its way, as the faces show them. Reads only; money in fen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Sum

from jietong.loans.queries import lending as queries_lending
from jietong.origination.models import Application, CreditLimit, Disclosure, LimitChange, Transfer
from jietong.origination.rules import limits as rules
from jietong.origination.rules.application import HOLDS, OPEN


@dataclass(frozen=True, slots=True)
class LimitView:
    """A limit as it stands. loans_fen: principal in the book; held_fen: signed and on its way."""

    limit_id: int
    granted_fen: int
    loans_fen: int
    held_fen: int
    freezes: tuple[LimitChange, ...]

    @property
    def used_fen(self) -> int:
        return self.loans_fen + self.held_fen

    @property
    def is_frozen(self) -> bool:
        return bool(self.freezes)

    @property
    def room_fen(self) -> int:
        return 0 if self.is_frozen else self.free_fen

    @property
    def free_fen(self) -> int:
        """What would be free if nothing were frozen."""
        return rules.room_fen(rules.Standing(self.granted_fen), self.used_fen)

    @property
    def is_over(self) -> bool:
        return self.used_fen > self.granted_fen

    @property
    def used_percent(self) -> int:
        """0 to 100, whole."""
        return min(100, round(100 * self.used_fen / self.granted_fen)) if self.granted_fen else 100


def limit(borrower_id: int) -> LimitView | None:
    """The borrower's limit; None when none was ever granted."""
    row = CreditLimit.objects.filter(borrower_id=borrower_id).first()
    if row is None:
        return None
    # What is on its way is read first: a payout that arrives in between is then counted twice, never not at all.
    held_fen = _held([borrower_id]).get(borrower_id, 0)
    loans_fen = _of_loans([borrower_id]).get(borrower_id, 0)
    freezes = LimitChange.objects.filter(limit=row, kind="freeze", undone_by=None).order_by("pk")
    return LimitView(row.pk, row.granted_fen, loans_fen, held_fen, tuple(freezes))


def used_of(borrower_ids: Collection[int]) -> dict[int, int]:
    """borrower → principal in the book and on its way; every borrower asked for is named."""
    held = _held(borrower_ids)  # first, as in `limit`
    of_loans = _of_loans(borrower_ids)
    return {who: of_loans.get(who, 0) + held.get(who, 0) for who in borrower_ids}


def changes(borrower_id: int, *, limit: int = 50) -> list[LimitChange]:
    """The limit's history, the newest first."""
    rows = LimitChange.objects.filter(limit__borrower_id=borrower_id).select_related("undoes", "undone_by")
    return list(rows.order_by("-pk")[:limit])


def limits_page(*, only_frozen: bool = False, limit: int = 30) -> list[CreditLimit]:
    """Limits by what moved last, with the borrower."""
    rows = CreditLimit.objects.select_related("borrower")
    if only_frozen:
        rows = rows.filter(is_frozen=True)
    return list(rows.order_by("-updated_at", "-pk")[:limit])


def limit_counts() -> dict[str, int]:
    """How many limits there are, how many are frozen, and what is granted in all (fen)."""
    rows = CreditLimit.objects
    total = rows.aggregate(s=Sum("granted_fen"))["s"] or 0
    return {"limits": rows.count(), "frozen": rows.filter(is_frozen=True).count(), "granted_fen": total}


def application(ref: str, *, borrower_id: int | None = None) -> Application | None:
    """By its number; only the borrower's own when one is named."""
    rows = Application.objects.select_related("version__product", "borrower", "card").filter(ref=ref)
    if borrower_id is not None:
        rows = rows.filter(borrower_id=borrower_id)
    return rows.first()


def applications_of(borrower_id: int, *, limit: int = 20) -> list[Application]:
    """The newest first."""
    rows = Application.objects.filter(borrower_id=borrower_id).select_related("version__product")
    return list(rows.order_by("-pk")[:limit])


def open_application(borrower_id: int) -> Application | None:
    """The newest one in which the borrower has something to do or to wait for."""
    rows = Application.objects.filter(borrower_id=borrower_id, state__in=OPEN).select_related("version__product")
    return rows.order_by("-pk").first()


def application_of_loan(loan_ref: str) -> Application | None:
    """A loan booked here bears the number of its application."""
    return Application.objects.filter(ref=loan_ref).first()


def in_review(*, limit: int = 100) -> list[Application]:
    """Applications that wait for a person, the longest waiting first."""
    rows = Application.objects.filter(state="in_review").select_related("borrower", "version__product")
    return list(rows.order_by("moved_at", "pk")[:limit])


def lately(*, limit: int = 50) -> list[Application]:
    """What moved last, drafts left out."""
    rows = Application.objects.exclude(state="draft").select_related("borrower", "version__product")
    return list(rows.order_by("-moved_at", "-pk")[:limit])


def transfer(application_id: int, kind: str = "out") -> Transfer | None:
    """The newest order of a kind."""
    return Transfer.objects.filter(application_id=application_id, kind=kind).order_by("-pk").first()


def transfers_on_their_way(*, limit: int = 50) -> list[Transfer]:
    """Orders without a final answer, the oldest first."""
    rows = Transfer.objects.filter(state__in=["planned", "sending", "asking"]).select_related("application__borrower")
    return list(rows.order_by("planned_at", "pk")[:limit])


def disclosure(disclosure_id: int, *, application_id: int) -> Disclosure | None:
    return Disclosure.objects.filter(pk=disclosure_id, application_id=application_id).first()


def confirmed_disclosure(application_id: int) -> Disclosure | None:
    """What was signed under; the last one confirmed."""
    rows = Disclosure.objects.filter(application_id=application_id, confirmed_at__isnull=False)
    return rows.order_by("-pk").first()


def _of_loans(borrower_ids: Collection[int]) -> dict[int, int]:
    return {who: sum(one.used_fen for one in rows) for who, rows in queries_lending.drawn(borrower_ids).items()}


def _held(borrower_ids: Collection[int]) -> dict[int, int]:
    rows = Application.objects.filter(borrower_id__in=borrower_ids, state__in=HOLDS)
    return dict(rows.values_list("borrower_id").annotate(s=Sum("amount_fen")).values_list("borrower_id", "s"))
