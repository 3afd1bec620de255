"""A loan enters the book when its money has arrived, and leaves it again when it is cancelled in the cooling-off days.

The postings: what was lent is owed (`loan_principal`) and leaves `disbursement_clearing`, against which the payouts of
the channel are matched, as with loans that came by tape.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import ledger, replay
from jietong.loans.commands.repaying import record_repayment
from jietong.loans.models import Instalment, Loan, LoanHead, ProductVersion
from jietong.loans.rules.allocate import Instalment as Owed
from jietong.loans.rules.prepayment import payoff_quote
from jietong.loans.rules.products import ProductTerms, fee_each_fen, loan_terms
from jietong.loans.rules.schedule import Row, build
from jietong.loans.rules.terms import Terms


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What ends the loan on a day within its cooling-off period; money in fen."""

    on: date
    principal_fen: int
    interest_fen: int

    @property
    def total_fen(self) -> int:
        return self.principal_fen + self.interest_fen


@transaction.atomic
def book_loan(
    *, ref: str, borrower_id: int, version_id: int, creditor: str, principal_fen: int, instalments: int,
    disbursed_on: date, actor: str, now: datetime,
) -> Loan:  # fmt: skip
    """Book a loan under a product version: schedule, head, postings, journal. Once per `ref`.

    Raises InputError for an unknown version and for amounts or terms that the version does not have; CommandRefused
    `ref_reused` when `ref` names a loan with other content, `has_no_rate` for a version of tapes.
    """
    known = Loan.objects.filter(ref=ref).first()
    if known is not None:
        told = (borrower_id, version_id, principal_fen, instalments, disbursed_on)
        if told != (
            known.borrower_id, known.version_id, known.principal_fen, known.instalment_count, known.disbursed_on
        ):  # fmt: skip
            raise CommandRefused("ref_reused", f"loan {ref} is booked with other content")
        return known
    version = ProductVersion.objects.select_related("product").filter(pk=version_id).first()
    if version is None:
        raise InputError("version", "unknown", f"there is no product version {version_id}")
    product = version.terms
    if product is None:
        raise CommandRefused("has_no_rate", f"{version} is for loans that come with their own rate")
    terms = loan_terms(product, principal_fen=principal_fen, instalments=instalments, disbursed_on=disbursed_on)
    rows = build(terms).rows
    loan = Loan.objects.create(
        ref=ref, borrower_id=borrower_id, product=version.product, version=version, creditor=creditor,
        principal_fen=principal_fen, rate=product.rate, rate_unit=product.rate_unit, day_count=product.day_count,
        method=product.method, instalment_count=instalments, disbursed_on=disbursed_on, booked_at=now,
    )  # fmt: skip
    fee = fee_each_fen(product, principal_fen)
    Instalment.objects.bulk_create(
        Instalment(
            loan=loan, n=row.n, due_on=row.due_on, principal_fen=row.principal_fen, interest_fen=row.interest_fen,
            fee_fen=fee,
        )
        for row in rows
    )  # fmt: skip
    steps = [(ledger.RECEIVABLE["principal"], "disbursement_clearing", principal_fen)]
    ledger.post(loan, steps, "disbursement", entry=uuid.uuid4(), on=disbursed_on, now=now)
    LoanHead.objects.create(
        loan=loan, borrower_id=borrower_id, outstanding_principal_fen=0, outstanding_fen=0, aged_on=disbursed_on,
        updated_at=now,
    )  # fmt: skip
    ledger.refresh_head(loan, on=disbursed_on, now=now, cause="disbursement")
    _tell("loans.loan_booked", loan, actor=actor, now=now, amount_fen=principal_fen, version=version.number)
    return loan


def cancellation(ref: str, *, on: date) -> Cancellation:
    """What a cancellation on `on` asks for: the principal, and interest to the day unless the product waives it.

    Raises InputError `unknown` for an unknown loan; CommandRefused `not_ours` (came by tape), `too_late`, `cancelled`,
    `already_repaid` (money was booked: then early settlement is the way), `too_early`.
    """
    loan = Loan.objects.select_related("version").filter(ref=ref).first()
    if loan is None:
        raise InputError("ref", "unknown", f"there is no loan {ref}")
    return _cancellation(loan, on=on)


@transaction.atomic
def cancel_loan(
    *, ref: str, asked_on: date, receipt: str, paid_at: datetime, reason: str, actor: str, now: datetime
) -> Loan:
    """The money came back within the cooling-off period: the loan ends, at principal and interest to the day asked.

    asked_on: the day on which the borrower asked, whose figure `cancellation` gave. receipt: of the money that came
    back, booked as a repayment of exactly that figure, once. What the plan would have asked for later is taken out of
    it (the instalments stay, at nothing). Raises as `cancellation` does, and as record_repayment.
    """
    loan = replay.lock(ref)
    if loan is None:
        raise InputError("ref", "unknown", f"there is no loan {ref}")
    if loan.cancelled_on is not None and loan.repayments.filter(receipt=receipt).exists():
        return loan
    due = _cancellation(loan, on=asked_on)
    rows = replay.load(loan).rows
    for row in rows:
        row.principal_fen = row.interest_fen = row.fee_fen = 0
    first = rows[0]
    first.principal_fen, first.interest_fen = due.principal_fen, due.interest_fen
    Instalment.objects.bulk_update(rows, ["principal_fen", "interest_fen", "fee_fen"])
    loan.cancelled_on = asked_on
    loan.save(update_fields=["cancelled_on"])
    record_repayment(receipt=receipt, loan_ref=ref, amount_fen=due.total_fen, paid_at=paid_at, actor=actor, now=now)
    _tell("loans.loan_cancelled", loan, actor=actor, now=now, amount_fen=due.total_fen, reason=reason[:200])
    return loan


def _cancellation(loan: Loan, *, on: date) -> Cancellation:
    version = loan.version
    if version is None or version.terms is None:
        raise CommandRefused("not_ours", f"loan {loan.ref} was not lent here: its lender's contract says how it ends")
    if loan.cancelled_on is not None:
        raise CommandRefused("cancelled", f"loan {loan.ref} was cancelled on {loan.cancelled_on.isoformat()}")
    if on < loan.disbursed_on:
        raise CommandRefused("too_early", "the money has not arrived yet")
    first_due_on = loan.instalments.order_by("n").values_list("due_on", flat=True)[0]
    if on > last_day(loan.disbursed_on, version.cooling_off_days) or on >= first_due_on:
        raise CommandRefused("too_late", "the cooling-off period is over")
    if loan.repayments.filter(reversed_at=None).exists():
        raise CommandRefused("already_repaid", "money was booked already: settle the rest early instead")
    interest = 0
    if version.cancel_interest == "to_the_day":
        terms = _terms_of(loan, version.terms)
        plan = [
            Owed(due_on=r.due_on, principal_fen=r.principal_fen, interest_fen=r.interest_fen) for r in build(terms).rows
        ]
        interest = payoff_quote(terms, plan, on=on).interest_fen
    return Cancellation(on, loan.principal_fen, interest)


def _terms_of(loan: Loan, product: ProductTerms) -> Terms:
    return loan_terms(
        product, principal_fen=loan.principal_fen, instalments=loan.instalment_count, disbursed_on=loan.disbursed_on
    )


@transaction.atomic
def uncancel_loan(*, ref: str, reason: str, actor: str, now: datetime) -> Loan:
    """The money of a cancellation did not stay: the loan and its plan are again as they were lent.

    The repayment has been reversed before. Raises InputError `unknown`; CommandRefused `not_cancelled`, `still_paid`.
    """
    loan = replay.lock(ref)
    if loan is None:
        raise InputError("ref", "unknown", f"there is no loan {ref}")
    if loan.cancelled_on is None or loan.version is None or loan.version.terms is None:
        raise CommandRefused("not_cancelled", f"loan {ref} is not cancelled")
    if loan.repayments.filter(reversed_at=None).exists():
        raise CommandRefused("still_paid", "the money of the cancellation is booked: reverse it first")
    account = replay.load(loan)
    product = loan.version.terms
    planned: tuple[Row, ...] = build(_terms_of(loan, product)).rows
    fee = fee_each_fen(product, loan.principal_fen)
    for row, told in zip(account.rows, planned, strict=True):
        row.principal_fen, row.interest_fen, row.fee_fen = told.principal_fen, told.interest_fen, fee
    Instalment.objects.bulk_update(account.rows, ["principal_fen", "interest_fen", "fee_fen"])
    loan.cancelled_on = None
    loan.save(update_fields=["cancelled_on"])
    ledger.write_head(loan, account.head, account.rows, on=max(replay.paid_on(now), account.head.aged_on), now=now)
    _tell("loans.loan_uncancelled", loan, actor=actor, now=now, reason=reason[:200])
    return loan


def last_day(disbursed_on: date, cooling_off_days: int) -> date:
    """The last day on which a loan may be cancelled; the day of the payout is day nought."""
    return disbursed_on + timedelta(days=cooling_off_days)


def _tell(kind: str, loan: Loan, *, actor: str, now: datetime, **data: object) -> None:
    journal.record(
        kind, subject=f"loan:{loan.pk}", borrower_id=loan.borrower_id, actor=actor, at=now,
        data={"ref": loan.ref, **data},
    )  # fmt: skip
