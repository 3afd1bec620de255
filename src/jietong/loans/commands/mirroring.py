"""A loan that a core keeps: what the core says replaces what stood here, version by version (decision 0021)."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import ledger, replay
from jietong.loans.models import (
    BucketMove,
    Instalment,
    Loan,
    LoanHead,
    Mirror,
    MirrorVersion,
    Opening,
    Posting,
    Product,
    Repayment,
)
from jietong.loans.rules import buckets, mirror
from jietong.loans.rules.mirror import Difference, ToldInstalment, ToldLoan, ToldMoney
from jietong.loans.rules.opening import COMPONENTS

FIGURES = [f"{part}_fen" for part in COMPONENTS] + [f"{part}_paid_fen" for part in COMPONENTS]
CAUSE = "core"  # of a bucket move that the core's figures made
VANISHED = "the core does not have it any more"


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What became of one telling: is_new, a version that changed nothing (0 differences), the version in force."""

    loan: Loan
    is_new: bool
    version: int
    differences: tuple[Difference, ...]


@transaction.atomic
def mirror_loan(told: ToldLoan, *, borrower_id: int, source: str, actor: str, now: datetime) -> Mirrored:
    """Make the book show what the core says: schedule, what is paid, each repayment, and a ledger that agrees.

    The same telling twice changes nothing but when we last heard. Money of ours that the core has not told yet stays
    on top. Raises InputError for figures that contradict themselves or a loan of other terms or another borrower,
    CommandRefused `kept_by_another` for a loan that another link keeps.
    """
    mirror.check(told)
    digest = fingerprint(told)
    loan = replay.lock(told.ref)
    is_new = loan is None
    if loan is None:
        loan = _lend(told, borrower_id=borrower_id, now=now)
    else:
        _same_loan(loan, told, borrower_id)
    known = Mirror.objects.filter(loan=loan).first()
    if known is not None and known.source != source:
        raise CommandRefused("kept_by_another", f"loan {told.ref} is kept by the link {known.source}")
    if known is not None and known.sha256 == digest:
        Mirror.objects.filter(pk=known.pk).update(told_at=now)
        return Mirrored(loan, False, known.version, ())
    ours = _ours(loan, told, known)
    order = [COMPONENTS.index(name) for name in loan.product.allocation_order]
    whole = mirror.with_ours(told, ours, order=order)
    rows = list(loan.instalments.select_for_update().order_by("n"))
    found = tuple(mirror.differences(whole, [] if is_new else [_as_told(row) for row in rows]))
    version = _keep_version(loan, told, known, source=source, digest=digest, found=found, now=now)
    _write(loan, whole, rows, is_new=is_new, actor=actor, now=now)
    if known is not None or not is_new:
        _reverse_vanished(loan, told, known, actor=actor, now=now)
    journal.record(
        "loans.mirrored",
        subject=f"loan:{loan.pk}",
        borrower_id=loan.borrower_id,
        actor=actor,
        at=now,
        data={"ref": loan.ref, "source": source, "version": version, "differences": len(found)},
    )
    return Mirrored(loan, is_new, version, found)


def fingerprint(told: ToldLoan) -> str:
    """The same content gives the same digest; the core's date alone changes nothing."""
    rows = [[row.n, row.due_on.isoformat(), row.owed, row.paid] for row in told.instalments]
    moneys = sorted(
        [m.receipt, m.on.isoformat(), m.amount_fen, m.parts, m.over_fen, m.is_reversed] for m in told.moneys
    )
    whole = [told.ref, told.principal_fen, told.overpaid_fen, told.written_off_fen, rows, moneys]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


def _lend(told: ToldLoan, *, borrower_id: int, now: datetime) -> Loan:
    loan = Loan.objects.create(
        ref=told.ref,
        borrower_id=borrower_id,
        product=_product(told),
        creditor=told.creditor,
        principal_fen=told.principal_fen,
        rate=told.rate,
        rate_unit=told.rate_unit,
        method=told.method,
        instalment_count=len(told.instalments),
        disbursed_on=told.disbursed_on,
        booked_at=now,
    )
    LoanHead.objects.create(
        loan=loan,
        borrower_id=borrower_id,
        outstanding_principal_fen=0,
        outstanding_fen=0,
        bucket=buckets.bucket_on(_oldest(told), told.as_of),
        aged_on=told.as_of,
        updated_at=now,
    )
    return loan


def _product(told: ToldLoan) -> Product:
    """The core charges its penalty itself, as part of the schedule: ours is none."""
    fields = {"name": told.product_name[:80], "penalty_multiple": 0}
    return Product.objects.get_or_create(code=told.product_code[:40], defaults=fields)[0]


def _same_loan(loan: Loan, told: ToldLoan, borrower_id: int) -> None:
    if loan.borrower_id != borrower_id:
        raise InputError("borrower", "other_borrower", f"loan {loan.ref} is another borrower's in the book")
    if (loan.principal_fen, loan.disbursed_on) != (told.principal_fen, told.disbursed_on):
        raise InputError("loan_ref", "loan_booked_with_other_terms", f"loan {loan.ref} is in the book with other terms")


def _oldest(told: ToldLoan) -> date | None:
    return next((row.due_on for row in told.instalments if row.left_fen > 0), None)


def _as_told(row: Instalment) -> ToldInstalment:
    owed = (row.principal_fen, row.interest_fen, row.fee_fen, row.penalty_fen)
    paid = (row.principal_paid_fen, row.interest_paid_fen, row.fee_paid_fen, row.penalty_paid_fen)
    return ToldInstalment(row.n, row.due_on, owed, paid)


def _told_before(loan: Loan, known: Mirror | None) -> set[str]:
    """Receipts that the version in force holds."""
    if known is None:
        return set()
    return set(MirrorVersion.objects.get(loan=loan, version=known.version).receipts)


def _ours(loan: Loan, told: ToldLoan, known: Mirror | None) -> list[mirror.Ours]:
    """Repayments in force that the core has never told. A loan that only now becomes a mirror brings none: what the
    core counts as paid stands, and a receipt that it lacks is a difference for a person."""
    if known is None:
        return []
    theirs = {money.receipt for money in told.moneys} | _told_before(loan, known)
    rows = Repayment.objects.filter(loan=loan, reversed_at=None, booked_at__gt=_mirrored_since(loan))
    return [
        mirror.Ours(row.receipt, replay.paid_on(row.paid_at), row.amount_fen)
        for row in rows
        if row.receipt not in theirs
    ]


def _mirrored_since(loan: Loan) -> datetime:
    first = MirrorVersion.objects.filter(loan=loan).order_by("version").values_list("told_at", flat=True).first()
    assert first is not None  # a mirror has its first version
    return first


def _keep_version(
    loan: Loan, told: ToldLoan, known: Mirror | None, *, source: str, digest: str, found: tuple[Difference, ...],
    now: datetime,
) -> int:  # fmt: skip
    version = known.version + 1 if known is not None else 1
    MirrorVersion.objects.create(
        loan=loan,
        version=version,
        as_of=told.as_of,
        told_at=now,
        sha256=digest,
        instalments=[[row.n, row.due_on.isoformat(), row.owed, row.paid] for row in told.instalments],
        receipts=sorted(money.receipt for money in told.moneys if not money.is_reversed),
        differences=[one.as_list() for one in found],
    )
    fields = {"source": source, "version": version, "told_at": now, "sha256": digest}
    Mirror.objects.update_or_create(loan=loan, defaults=fields)
    return version


def _write(loan: Loan, told: ToldLoan, rows: list[Instalment], *, is_new: bool, actor: str, now: datetime) -> None:
    """Ledger, instalments, repayments, floor and head follow what was told."""
    head = LoanHead.objects.select_for_update().get(loan=loan)
    on = max(told.as_of, head.aged_on)
    booked = [row.due_on <= on or sum(row.paid) > 0 for row in told.instalments]
    steps = mirror.ledger_steps(told, _balances(loan), booked=booked)
    rows = _write_instalments(loan, told, rows, booked, on=on)
    _write_repayments(loan, told, is_new=is_new, actor=actor, now=now)
    ledger.post(loan, steps, "core", entry=uuid.uuid4(), on=on, now=now)
    _write_floor(loan, rows, on=on)
    if not is_new:
        _move(loan, head.bucket, buckets.bucket_on(ledger.oldest_unpaid(rows), on), on=on, now=now)
    product = _product(told)
    if (loan.product_id, loan.version_id, loan.instalment_count) != (product.pk, None, len(told.instalments)):
        loan.product, loan.version, loan.instalment_count = product, None, len(told.instalments)
        loan.save(update_fields=["product", "version", "instalment_count"])
    ledger.write_head(loan, head, rows, on=on, now=now)


def _balances(loan: Loan) -> dict[str, int]:
    """account → debits less credits."""
    found: dict[str, int] = {}
    for side, sign in (("debit", 1), ("credit", -1)):
        sums = Posting.objects.filter(loan=loan).values_list(side).annotate(fen=Sum("amount_fen")).order_by()
        for account, fen in sums:
            found[account] = found.get(account, 0) + sign * fen
    return found


def _write_instalments(
    loan: Loan, told: ToldLoan, rows: list[Instalment], booked: list[bool], *, on: date
) -> list[Instalment]:
    """An instalment that the core has no more asks for nothing from now on; the versions remember what it was."""
    known = {row.n: row for row in rows}
    whole: list[Instalment] = []
    for one, is_booked in zip(told.instalments, booked, strict=True):
        row = known.pop(one.n, None) or Instalment(loan=loan, n=one.n)
        row.due_on, row.interest_booked = one.due_on, is_booked
        row.penalty_through_on = on if one.due_on < on else None
        for place, part in enumerate(COMPONENTS):
            setattr(row, f"{part}_fen", one.owed[place])
            setattr(row, f"{part}_paid_fen", one.paid[place])
        whole.append(row)
    for row in known.values():
        row.interest_booked = True
        for name in FIGURES:
            setattr(row, name, 0)
        whole.append(row)
    Instalment.objects.bulk_create([row for row in whole if row.pk is None])
    fields = ["due_on", "interest_booked", "penalty_through_on", *FIGURES]
    Instalment.objects.bulk_update([row for row in whole if row.pk is not None], fields)
    return sorted(whole, key=lambda row: row.n)


def _write_repayments(loan: Loan, told: ToldLoan, *, is_new: bool, actor: str, now: datetime) -> None:
    splits = mirror.spread(told)
    receipts = [money.receipt for money in told.moneys]
    known = {row.receipt: row for row in Repayment.objects.filter(receipt__in=receipts)}
    for money in told.moneys:
        row = known.get(money.receipt)
        if row is not None and row.loan_id != loan.pk:
            raise InputError("repayments.receipt", "receipt_booked", f"{money.receipt} is booked on another loan")
        if row is not None and row.amount_fen != money.amount_fen:
            raise InputError("repayments.amount", "receipt_reused", f"{money.receipt} was told with another amount")
        if money.is_reversed:
            if row is not None and row.reversed_at is None:
                _reverse(row, loan, "reversed in the core", actor=actor, now=now)
        elif row is None:
            row = _receive(loan, money, splits[money.receipt], now=now)
            if not is_new:
                _tell("loans.repayment_booked", row, loan, actor=actor, now=now)
        else:
            is_back = row.reversed_at is not None
            row.split, row.credit_fen, row.reversed_at, row.reverse_reason = (
                splits[money.receipt], money.over_fen, None, "",
            )  # fmt: skip
            row.save(update_fields=["split", "credit_fen", "reversed_at", "reverse_reason"])
            if is_back:
                _tell("loans.repayment_booked", row, loan, actor=actor, now=now)


def _receive(loan: Loan, money: ToldMoney, split: mirror.Split, *, now: datetime) -> Repayment:
    """The core tells the day only: noon in the lender's zone, as with a tape, but never later than now."""
    noon = datetime.combine(money.on, time(12), ZoneInfo(settings.LENDER_TIME_ZONE))
    return Repayment.objects.create(
        receipt=money.receipt,
        loan=loan,
        amount_fen=money.amount_fen,
        paid_at=min(noon, now),
        booked_at=now,
        credit_fen=money.over_fen,
        split=split,
    )


def _reverse_vanished(loan: Loan, told: ToldLoan, known: Mirror | None, *, actor: str, now: datetime) -> None:
    """What the core told before and tells no more was taken back there."""
    if known is None:
        return
    still = {money.receipt for money in told.moneys}
    before = MirrorVersion.objects.get(loan=loan, version=known.version)
    for row in Repayment.objects.filter(loan=loan, receipt__in=set(before.receipts) - still, reversed_at=None):
        _reverse(row, loan, VANISHED, actor=actor, now=now)


def _reverse(row: Repayment, loan: Loan, reason: str, *, actor: str, now: datetime) -> None:
    row.reversed_at, row.reverse_reason, row.split, row.credit_fen = now, reason, [], 0
    row.save(update_fields=["reversed_at", "reverse_reason", "split", "credit_fen"])
    _tell("loans.repayment_reversed", row, loan, actor=actor, now=now)


def _tell(kind: str, row: Repayment, loan: Loan, *, actor: str, now: datetime) -> None:
    data = {
        "receipt": row.receipt,
        "amount_fen": row.amount_fen,
        "ref": loan.ref,
        "paid_on": replay.paid_on(row.paid_at).isoformat(),
    }
    journal.record(kind, subject=f"loan:{loan.pk}", borrower_id=loan.borrower_id, actor=actor, at=now, data=data)


def _write_floor(loan: Loan, rows: list[Instalment], *, on: date) -> None:
    """A replay of money of ours begins from the core's figures, never from our own idea of the schedule."""
    through = Repayment.objects.filter(loan=loan).order_by("-pk").values_list("pk", flat=True).first()
    written = []
    for row in rows:
        told, since = _as_told(row), row.penalty_through_on
        written.append([row.n, row.due_on.isoformat(), told.owed, told.paid, since and since.isoformat()])
    bucket = buckets.bucket_on(ledger.oldest_unpaid(rows), on)
    fields = {"on": on, "start_bucket": bucket, "through_repayment_id": through or 0, "instalments": written}
    Opening.objects.update_or_create(loan=loan, defaults=fields)


def _move(loan: Loan, old: str, new: str, *, on: date, now: datetime) -> None:
    """A day has at most one move: a move of this very day is told anew, from where the day began."""
    same_day = BucketMove.objects.filter(loan=loan, on=on, superseded_at=None).exclude(cause=replay.TOLD_BY_TAPE)
    first = same_day.order_by("pk").first()
    if old == new:
        return
    began = first.from_bucket if first is not None else old
    same_day.update(superseded_at=now)
    if began != new:
        BucketMove.objects.create(loan=loan, on=on, from_bucket=began, to_bucket=new, cause=CAUSE)
