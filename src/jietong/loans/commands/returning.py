"""Money that a channel took too much and that goes back: it is nobody's repayment, and it stands in the ledger.

Two entries of kind "refund": when it is known, the channel's clearing account owes it and we owe it to the borrower;
when it has gone back, both are even again. Neither touches what the loan is owed.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import transaction

from jietong.kernel import clock
from jietong.loans import ledger
from jietong.loans.models import Loan, Posting

KIND, CHANNEL, OWED = "refund", "channel_clearing", "refund_payable"
NAMES = uuid.UUID("6f1d2a0e-6f0a-5d0c-9a57-0d2c0f6a7b11")


def owe_refund(*, loan_id: int, key: str, amount_fen: int, now: datetime) -> bool:
    """We have money under this key that is the borrower's. Twice is once; answers whether it is new."""
    return _post(loan_id, f"{key}:owed", (CHANNEL, OWED, amount_fen), now=now)


def refund_paid(*, loan_id: int, key: str, amount_fen: int, now: datetime) -> bool:
    """It went back, the same way or by hand. Twice is once; answers whether it is new."""
    return _post(loan_id, f"{key}:paid", (OWED, CHANNEL, amount_fen), now=now)


@transaction.atomic
def _post(loan_id: int, name: str, step: ledger.Step, *, now: datetime) -> bool:
    loan = Loan.objects.select_for_update(of=("self",)).get(pk=loan_id)
    entry = uuid.uuid5(NAMES, name)
    if Posting.objects.filter(loan=loan, entry=entry).exists():
        return False
    on = clock.local_date(now, settings.LENDER_TIME_ZONE)
    ledger.post(loan, [step], KIND, entry=entry, on=on, now=now)
    return True
