"""Receipts of a file for loans that are in the book: money that came, and money that was taken back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.commands.repaying import record_repayment, reverse_repayment
from jietong.loans.models import Repayment
from jietong.loans.tape import RepaymentRow, RowError, Tape

ACTOR = "operator:tape"
TAKEN_BACK = "文件中标为冲正"


class Known:
    """Books one receipt at a time through the ordinary commands; what they refuse is named with its line."""

    def __init__(self, tape: Tape, counts: dict[str, int], errors: list[RowError], *, now: datetime) -> None:
        self.tape, self.counts, self.errors, self.now = tape, counts, errors, now

    def pay(self, row: RepaymentRow, *, paid_at: datetime) -> None:
        """Each receipt once."""
        try:
            with transaction.atomic():
                is_new = not Repayment.objects.filter(receipt=row.receipt).exists()
                record_repayment(
                    receipt=row.receipt,
                    loan_ref=row.loan_no,
                    amount_fen=row.amount_fen,
                    paid_at=paid_at,
                    actor=ACTOR,
                    now=self.now,
                )
        except (InputError, CommandRefused) as error:
            self._name(row, error)
        else:
            self.counts["repayments" if is_new else "repayments_known"] += 1

    def take_back(self, row: RepaymentRow) -> None:
        """What the file says was reversed; a receipt that never came here needs no reversing."""
        found = Repayment.objects.filter(receipt=row.receipt).values_list("loan__ref", "amount_fen", "reversed_at")
        known = found.first()
        if known is None or known[2] is not None:
            return
        try:
            if (known[0], known[1]) != (row.loan_no, row.amount_fen):
                raise InputError("receipt", "receipt_reused", f"{row.receipt} is another loan's or of another amount")
            with transaction.atomic():
                reverse_repayment(receipt=row.receipt, reason=TAKEN_BACK, actor=ACTOR, now=self.now)
        except (InputError, CommandRefused) as error:
            self._name(row, error)
        else:
            self.counts["repayments_reversed"] += 1

    def _name(self, row: RepaymentRow, error: InputError | CommandRefused) -> None:
        label = self.tape.files["repayments"].source.label
        self.errors.append(RowError(label, row.line, "receipt", error.code, error.message, ""))
