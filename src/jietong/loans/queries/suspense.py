"""What waits in suspense, whose a transfer may be, and what a borrower has to his credit. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, QuerySet, Sum

from jietong.borrowers import queries as borrowers
from jietong.kernel.sealing import unseal
from jietong.loans.models import BankFile, CreditOrder, Loan, PlanChange, PrepayOrder, Repayment, SuspenseItem
from jietong.loans.queries import quotes
from jietong.loans.queries.book import LoanView, loans_of
from jietong.loans.rules.matching import TAIL, Candidate, Claimant, Transfer, match, plain_name, tokens

NAMESAKES_MAX = 20
OLD = timedelta(days=3)  # what waits longer is marked
RUNNING = (Loan.Status.ACTIVE, Loan.Status.WRITTEN_OFF)


def is_known(key: str) -> bool:
    return SuspenseItem.objects.filter(key=key[:120]).exists()


def claimants(transfer: Transfer, *, account: str = "", on: date | None = None) -> list[Claimant]:
    """Running loans that anything of the transfer points to. on: a day for their figures; None: without figures."""
    words = tokens(transfer.text)
    keys = set(Loan.objects.filter(ref__in=words).values_list("borrower_id", flat=True))
    keys |= {key for key, _index in borrowers.ids_by_number(words).values()}
    if account.isdigit() and len(account) > TAIL:
        keys |= set(borrowers.by_card(account))
    if transfer.payer:
        keys |= set(borrowers.by_name(plain_name(transfer.payer), limit=NAMESAKES_MAX))
    found: list[Claimant] = []
    for key in sorted(keys):
        found += _claimants_of(key, on)
    return found


def _claimants_of(borrower_id: int, on: date | None) -> list[Claimant]:
    running = Loan.objects.filter(borrower_id=borrower_id, status__in=RUNNING).order_by("pk")
    if not running:
        return []
    who, tails = borrowers.borrower(borrower_id), frozenset(borrowers.tails(borrower_id)["card_tail"])
    views = {view.loan_id: view for view in loans_of(borrower_id, on=on)} if on is not None else {}
    return [
        Claimant(loan.ref, borrower_id, who.number, who.name, tails, *_figures(loan.pk, views.get(loan.pk), on))
        for loan in running
    ]


def _figures(loan_id: int, view: LoanView | None, on: date | None) -> tuple[int, int, int]:
    if view is None or on is None:
        return 0, 0, 0
    coming = view.next_due.left_fen if view.next_due is not None else 0
    return view.due_now_fen, coming, quotes.quote(loan_id, on=on).total_fen


def why_nobody(transfer: Transfer) -> str:
    """`loan_settled` when the text names a loan that is over, else `no_match`."""
    over = Loan.objects.filter(ref__in=tokens(transfer.text)).exclude(status__in=RUNNING)
    return "loan_settled" if over.exists() else "no_match"


@dataclass(frozen=True, slots=True)
class Offered:
    """A loan that a person may choose for a transfer: who and what of it, as of the day the money came."""

    candidate: Candidate
    name: str
    borrower_no: str
    due_fen: int
    next_fen: int
    payoff_fen: int


def offered(item: SuspenseItem, *, on: date) -> list[Offered]:
    """Candidates for an item of money, the strongest first, with figures of a day."""
    raw = item.raw
    transfer = Transfer(item.amount_fen, raw.get("payer", ""), raw.get("account_tail", ""), raw.get("text", ""))
    found = {one.ref: one for one in claimants(transfer, account=account_of(item), on=on)}
    if item.loan is not None:
        for one in _claimants_of(item.loan.borrower_id, on):
            found.setdefault(one.ref, one)
    ranked = list(match(transfer, list(found.values())).candidates)
    ranked += [
        Candidate(one.ref, one.borrower_id, 0, ()) for one in found.values() if one.ref not in {c.ref for c in ranked}
    ]
    return [
        Offered(one, who.name, who.borrower_no, who.due_fen, who.next_fen, who.payoff_fen)
        for one in ranked
        if (who := found[one.ref])
    ]


def account_of(item: SuspenseItem) -> str:
    """The payer's account, unsealed: for finding whose it is, never for showing."""
    return unseal(bytes(item.account_no), "account") if item.account_no else ""


def waiting(*, owner: str = "", reason: str = "") -> QuerySet[SuspenseItem]:
    """Open items, the oldest first."""
    rows = SuspenseItem.objects.filter(state=SuspenseItem.State.OPEN).select_related("loan")
    if owner:
        rows = rows.filter(owner=owner)
    if reason:
        rows = rows.filter(reason=reason)
    return rows.order_by("since", "pk")


def item(item_id: int) -> SuspenseItem | None:
    return SuspenseItem.objects.select_related("loan").filter(pk=item_id).first()


def resolved(*, limit: int = 50) -> list[SuspenseItem]:
    rows = SuspenseItem.objects.exclude(state=SuspenseItem.State.OPEN).select_related("loan")
    return list(rows.order_by("-resolved_at", "-pk")[:limit])


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits: items and money, how many for longer than OLD, the oldest's time, and items by reason."""

    items: int
    fen: int
    old: int
    oldest_at: datetime | None
    by_reason: tuple[tuple[str, int], ...]


def summary(*, now: datetime) -> Waiting:
    rows = waiting()
    told = rows.order_by().aggregate(n=Count("pk"), fen=Sum("amount_fen"))
    first = rows.values_list("since", flat=True).first()
    by_reason = rows.order_by().values_list("reason").annotate(n=Count("pk")).order_by("-n", "reason")
    return Waiting(told["n"], told["fen"] or 0, rows.filter(since__lt=now - OLD).count(), first, tuple(by_reason))


def bank_files(*, limit: int = 20) -> list[BankFile]:
    return list(BankFile.objects.order_by("-read_at", "-pk")[:limit])


@dataclass(frozen=True, slots=True)
class Credit:
    """What a borrower paid too much on a loan; `order`: what is being done about it. `free_fen`: not ordered yet."""

    loan_id: int
    ref: str
    fen: int
    order: CreditOrder | None

    @property
    def free_fen(self) -> int:
        return 0 if self.order is not None else self.fen


def credit_fen(loan_id: int) -> int:
    """Credit on a loan: paid beyond what it asked for, less what was paid back; below zero after a reversal."""
    rows = Repayment.objects.filter(loan_id=loan_id, reversed_at=None)
    over = rows.aggregate(fen=Sum("credit_fen"))["fen"] or 0
    back = PlanChange.objects.filter(loan_id=loan_id, kind=PlanChange.Kind.PAY_BACK, undone_at=None)
    return over - sum(change.terms["amount_fen"] for change in back)


def credits_of(borrower_id: int) -> list[Credit]:
    """Credit over all loans of a borrower, those with none left out."""
    found = []
    with_money = Repayment.objects.filter(loan__borrower_id=borrower_id, reversed_at=None, credit_fen__gt=0)
    refs = dict(with_money.values_list("loan_id", "loan__ref").order_by("loan_id"))
    for loan_id, ref in refs.items():
        order = CreditOrder.objects.filter(loan_id=loan_id, state=CreditOrder.State.ASKED).first()
        fen = credit_fen(loan_id)
        if fen > 0:
            found.append(Credit(loan_id, ref, fen, order))
    return found


def credit_orders(*, limit: int = 50) -> list[CreditOrder]:
    """Money that has to be paid back, the oldest first."""
    rows = CreditOrder.objects.filter(state=CreditOrder.State.ASKED).select_related("loan")
    return list(rows.order_by("asked_at", "pk")[:limit])


def order_of(loan_id: int, *, on: date) -> PrepayOrder | None:
    """The borrower's order for money of today or later that has not come yet."""
    return PrepayOrder.objects.filter(loan_id=loan_id, state=PrepayOrder.State.OPEN, valid_on__gte=on).first()


def changes_of(loan_id: int) -> list[PlanChange]:
    """All changes of a loan, the newest first, undone ones among them."""
    return list(PlanChange.objects.filter(loan_id=loan_id).order_by("-at", "-pk"))


def is_done(key: str) -> bool:
    """Was a change made under this key?"""
    return PlanChange.objects.filter(key=key[:80]).exists()


def waived_fen(loan_id: int, *, since: datetime) -> int:
    """What was given up of a loan since then, at most: written sums of waivers and of new plans that hold."""
    rows = PlanChange.objects.filter(loan_id=loan_id, state=PlanChange.State.HELD, booked_at__gte=since)
    names = ("penalty_fen", "waive_penalty_fen", "waive_interest_fen")
    return sum(int(change.terms.get(name, 0)) for change in rows for name in names)


def loan_of_ref(ref: str) -> Loan | None:
    return Loan.objects.select_related("borrower", "product", "head").filter(ref__iexact=ref.strip()).first()


def money_of(loan_id: int) -> list[Repayment]:
    """All repayments of a loan, the newest first, reversed ones among them."""
    return list(Repayment.objects.filter(loan_id=loan_id).order_by("-paid_at", "-pk"))
