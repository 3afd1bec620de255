"""What people do with an item in suspense: take it, give it to a team, book it, send the money back, or dismiss it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import suspense
from jietong.loans.commands.repaying import record_repayment
from jietong.loans.models import Loan, SuspenseItem
from jietong.staff import queries as staff


@transaction.atomic
def take_item(*, item_id: int, member_id: int, actor: str, now: datetime) -> SuspenseItem:
    """Somebody looks into it: others see who. Taking it from a colleague is allowed, and seen."""
    item = _open(item_id)
    item.person_id = member_id
    item.save(update_fields=["person_id"])
    return item


@transaction.atomic
def assign_item(*, item_id: int, team: str, actor: str, now: datetime) -> SuspenseItem:
    """Give it to another team. Raises InputError for one that does not exist."""
    if team not in {one.code for one in staff.teams()}:
        raise InputError("team", "unknown", f"there is no team {team}")
    item = _open(item_id)
    item.owner, item.person_id = team, None
    item.save(update_fields=["owner", "person_id"])
    return item


@transaction.atomic
def book_item(
    *, item_id: int, loan_ref: str, actor: str, now: datetime, plan: str = "", again: bool = False
) -> SuspenseItem:
    """It is this loan's money. Raises what record_repayment raises, `not_money` for an item that is none, and
    `loan_settled` for a loan that takes no money any more."""
    item = _open(item_id)
    receipt = str(item.raw.get("receipt", ""))
    if item.source == "plan_change" or not receipt or item.amount_fen <= 0:
        raise CommandRefused("not_money", "there is no money in this item that could be booked")
    loan = Loan.objects.filter(ref=loan_ref.strip()).first()
    if loan is not None and loan.status in {Loan.Status.SETTLED, Loan.Status.RECOVERED}:
        raise CommandRefused("loan_settled", f"loan {loan.ref} owes nothing any more")
    record_repayment(
        receipt=receipt, loan_ref=loan_ref.strip(), amount_fen=item.amount_fen, paid_at=item.happened_at, actor=actor,
        now=now, plan=plan, again=again,
    )  # fmt: skip
    item.loan = loan
    item.save(update_fields=["loan"])
    suspense.close(item, SuspenseItem.State.BOOKED, f"booked {loan_ref}", actor=actor, now=now, receipt=receipt)
    return item


@transaction.atomic
def return_item(*, item_id: int, payout: str, reason: str, actor: str, now: datetime) -> SuspenseItem:
    """The money went back to who sent it, under the bank's number of the payout."""
    if not payout.strip():
        raise InputError("payout", "missing", "which payment sent it back?")
    item = _open(item_id)
    if item.amount_fen <= 0:
        raise CommandRefused("not_money", "there is no money in this item")
    said = f"{payout.strip()} {_reason(reason)}"
    suspense.close(item, SuspenseItem.State.RETURNED, said, actor=actor, now=now)
    return item


@transaction.atomic
def dismiss_item(*, item_id: int, reason: str, actor: str, now: datetime) -> SuspenseItem:
    """Nothing has to be booked, for a written reason."""
    item = _open(item_id)
    suspense.close(item, SuspenseItem.State.DISMISSED, _reason(reason), actor=actor, now=now)
    return item


def _reason(text: str) -> str:
    if not text.strip():
        raise InputError("reason", "missing", "say why")
    return text.strip()


def _open(item_id: int) -> SuspenseItem:
    item = SuspenseItem.objects.select_for_update(of=("self",)).select_related("loan").filter(pk=item_id).first()
    if item is None:
        raise InputError("item", "unknown", f"there is no item {item_id}")
    if item.state != SuspenseItem.State.OPEN:
        raise CommandRefused("already_resolved", f"somebody resolved it: {item.resolution}")
    return item
