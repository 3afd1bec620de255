"""Who a loan's creditor, platform, funders and guarantors are on a day, and what the borrower was told of a change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from jietong.loans.models import (
    ArrangementMember,
    ChangeNotice,
    ClaimChange,
    Loan,
    LoanArrangement,
    Party,
)
from jietong.loans.rules import parties as rules
from jietong.loans.rules.parties import Claim

UNREAD_SHOWN = timedelta(days=90)  # how long a change that was not read stands on the front page
OWED = (Loan.Status.ACTIVE, Loan.Status.WRITTEN_OFF)  # a loan that was written off is still somebody's claim
DUE_SOON = timedelta(days=3)  # the first reminder goes out three days before a due date


@dataclass(frozen=True, slots=True)
class Funder:
    name: str
    share: int  # parts per million

    @property
    def shown(self) -> str:
        return rules.show_share(self.share)


@dataclass(frozen=True, slots=True)
class Guarantor:
    """Who answers for the loan beside the borrower; `ways`: masked ways to reach them that work."""

    party_id: int
    name: str
    is_person: bool
    ways: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One entry of a loan's history as it was told. `told`: how and when the borrower was, the first way first."""

    change_id: int
    loan_id: int
    ref: str
    borrower_id: int
    kind: str
    on: date
    giver: str
    taker: str
    whole: bool
    amount_fen: int
    hotline: str
    pay_to: str
    reference: str
    at: datetime
    actor: str
    division: str = ""  # of a part: who is repaid first (rules/dividing.py)
    undone_because: str = ""
    told: tuple[tuple[str, datetime], ...] = ()

    @property
    def is_read(self) -> bool:
        """The borrower has said so themselves."""
        return any(how == "read" for how, _at in self.told)

    @property
    def is_undone(self) -> bool:
        return bool(self.undone_because)


@dataclass(frozen=True, slots=True)
class Parties:
    """Everybody around a loan on a day.

    creditor: who is owed the rest. claims: all holders, the creditor first; those with an amount paid it for the
    borrower. funders: of the creditor that lent together; none once the whole claim has gone to somebody else, until a
    new arrangement says so. changes: in force up to that day, the newest first. coming: announced for a later day.
    undone: entered once and taken back.
    """

    creditor: str
    claims: tuple[rules.Claim, ...]
    platforms: tuple[str, ...]
    funders: tuple[Funder, ...]
    guarantors: tuple[Guarantor, ...]
    changes: tuple[ChangeView, ...]
    coming: tuple[ChangeView, ...]
    undone: tuple[ChangeView, ...] = ()

    @property
    def creditors(self) -> tuple[str, ...]:
        return tuple(claim.holder for claim in self.claims)


def history(rows: Iterable[ClaimChange]) -> list[rules.Change]:
    """Rows as the rule wants them."""
    return [
        rules.Change(
            row.pk, row.kind, row.on, row.giver, row.taker, row.whole, row.amount_fen, undoes=row.undoes_id
        )
        for row in rows
    ]  # fmt: skip


def creditor_of(loan: Loan, day: date) -> str:
    """The creditor of a loan that is in hand; give `claim_changes` prefetched where many loans are asked."""
    changes = history(loan.claim_changes.all())
    return rules.claims(loan.creditor, changes, day)[0].holder if changes else loan.creditor


def creditor_on(loan_id: int, day: date) -> str:
    """Who is owed the loan at the close of a day. Raises Loan.DoesNotExist."""
    return creditor_of(Loan.objects.get(pk=loan_id), day)


def holders_on(refs: Iterable[str], day: date) -> dict[str, tuple[Claim, ...]]:
    """loan number → who is owed it at the close of a day, the creditor first; unknown numbers are left out."""
    rows = Loan.objects.filter(ref__in=list(refs)).prefetch_related("claim_changes")
    return {one.ref: rules.claims(one.creditor, history(one.claim_changes.all()), day) for one in rows}


def creditors_named(borrower_id: int, day: date) -> list[str]:
    """Whom a message of that day is sent for: creditors of what is late or falls due within three days, else of all
    that is open; holders of a part included, each once, in the order of the loans. Empty when nothing is open."""
    rows = Loan.objects.filter(borrower_id=borrower_id, status__in=OWED).select_related("head")
    open_loans = list(rows.prefetch_related("claim_changes").order_by("disbursed_on", "pk"))
    due = [
        one for one in open_loans if one.head.oldest_unpaid_due_on and one.head.oldest_unpaid_due_on <= day + DUE_SOON
    ]
    found: dict[str, None] = {}
    for one in due or open_loans:
        for claim in rules.claims(one.creditor, history(one.claim_changes.all()), day):
            found[claim.holder] = None
    return list(found)


def parties_on(loan_id: int, day: date) -> Parties:
    """Everybody around the loan at the close of a day. Raises Loan.DoesNotExist."""
    loan = Loan.objects.select_related("borrower").get(pk=loan_id)
    rows = list(_rows().filter(loan_id=loan_id))
    changes = history(rows)
    claims = rules.claims(loan.creditor, changes, day)
    kept = {change.number for change in rules.in_force(changes)}
    views = [view_of(row) for row in rows if row.pk in kept]
    newest = sorted(views, key=lambda one: (one.on, one.change_id), reverse=True)
    funders, platforms, guarantors = _members(loan_id, day, since=rules.whole_since(changes, day))
    return Parties(
        creditor=claims[0].holder,
        claims=claims,
        platforms=platforms,
        funders=funders,
        guarantors=guarantors,
        changes=tuple(one for one in newest if one.on <= day),
        coming=tuple(one for one in reversed(newest) if one.on > day),
        undone=tuple(view for row in rows if row.kind != rules.CORRECTION and (view := view_of(row)).is_undone),
    )


def arrangement_on(loan_id: int, day: date) -> LoanArrangement | None:
    """Which arrangement holds for the loan on a day."""
    rows = LoanArrangement.objects.filter(loan_id=loan_id, since_on__lte=day)
    return rows.order_by("-since_on", "-pk").first()


def _members(
    loan_id: int, day: date, *, since: date | None
) -> tuple[tuple[Funder, ...], tuple[str, ...], tuple[Guarantor, ...]]:
    held = arrangement_on(loan_id, day)
    if held is None:
        return (), (), ()
    members = ArrangementMember.objects.filter(arrangement_id=held.arrangement_id).select_related("party")
    of: dict[str, list[ArrangementMember]] = {"funder": [], "platform": [], "guarantor": []}
    for member in members.prefetch_related("party__points").order_by("-share", "pk"):
        of[member.role].append(member)
    shares_ended = since is not None and held.since_on < since
    funders = () if shares_ended else tuple(Funder(m.party.name, m.share or 0) for m in of["funder"])
    return funders, tuple(m.party.name for m in of["platform"]), tuple(_guarantor(m.party) for m in of["guarantor"])


def _guarantor(party: Party) -> Guarantor:
    ways = tuple(point.display for point in party.points.all() if point.stopped_at is None)
    return Guarantor(party.pk, party.name, party.kind == Party.Kind.PERSON, ways)


def _rows() -> QuerySet[ClaimChange]:
    return ClaimChange.objects.select_related("loan", "undone_by").prefetch_related("notices")


def view_of(row: ClaimChange) -> ChangeView:
    """A row, read with `loan`, `undone_by` and `notices`."""
    undone = getattr(row, "undone_by", None)
    told = sorted(((notice.how, notice.at) for notice in row.notices.all()), key=lambda one: one[1])
    return ChangeView(
        change_id=row.pk, loan_id=row.loan_id, ref=row.loan.ref, borrower_id=row.borrower_id, kind=row.kind, on=row.on,
        giver=row.giver, taker=row.taker, whole=row.whole, amount_fen=row.amount_fen, hotline=row.hotline,
        pay_to=row.pay_to, reference=row.reference, at=row.at, actor=row.actor,
        division=row.division, undone_because=undone.reason if undone is not None else "", told=tuple(told),
    )  # fmt: skip


def change(change_id: int) -> ChangeView:
    """Raises ClaimChange.DoesNotExist."""
    return view_of(_rows().get(pk=change_id))


def newest_changes(*, limit: int = 100, text: str = "") -> list[ChangeView]:
    """Transfers and compensations of all loans, the last entered first. `text`: a loan's or an agreement's number, or
    the beginning of a new creditor's name."""
    rows = _rows().exclude(kind=rules.CORRECTION)
    if text:
        rows = rows.filter(Q(loan__ref__iexact=text) | Q(reference__iexact=text) | Q(taker__startswith=text))
    return [view_of(row) for row in rows.order_by("-at", "-pk")[:limit]]


def counted_changes() -> tuple[int, int]:
    """How many changes there are, and of how many that nobody has undone the borrower does not know yet."""
    rows = ClaimChange.objects.exclude(kind=rules.CORRECTION)
    return rows.count(), rows.filter(undone_by=None, notices=None).count()


def untold_change(borrower_id: int, day: date) -> bool:
    """Has the creditor of an open loan of theirs changed by that day without their having been told?"""
    rows = ClaimChange.objects.filter(borrower_id=borrower_id, loan__status__in=OWED, on__lte=day)
    return rows.exclude(kind=rules.CORRECTION).filter(undone_by=None, notices=None).exists()


def unread_changes(borrower_id: int, *, since: datetime) -> list[ChangeView]:
    """Changes entered since then, in force, that the borrower has not said to have read, the oldest first."""
    rows = _rows().filter(borrower_id=borrower_id, at__gte=since, undone_by=None).exclude(kind=rules.CORRECTION)
    return [one for one in map(view_of, rows.order_by("on", "pk")) if not one.is_read]


def is_told(change_id: int) -> bool:
    return ChangeNotice.objects.filter(change_id=change_id).exists()


def firms() -> list[Party]:
    """Firms that have been named in some role, by name."""
    return list(Party.objects.filter(kind=Party.Kind.FIRM).order_by("name"))
