"""Certificates of settlement (结清证明): issued once per settlement, kept as they were told."""

from __future__ import annotations

import secrets
from datetime import date, datetime

from django.db import transaction

from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused
from jietong.loans import replay
from jietong.loans.models import Certificate
from jietong.loans.queries.certificates import creditors_at, settled_on
from jietong.loans.queries.parties import OWED

#: without 0/O, 1/I/L, U/V: read aloud and typed from paper
ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"
CODE_LENGTH = 16  # 29^16 ≈ 2^77: nobody comes upon another's by trying


@transaction.atomic
def issue_certificate(*, loan_ref: str, borrower_id: int, actor: str, now: datetime) -> Certificate:
    """The certificate of the borrower's own settled loan, naming the creditor of the day on which it was settled.

    Asked for again, it is the same one as long as what it says is true. Raises CommandRefused `unknown` for a loan
    that is not theirs, `not_settled` while something is owed.
    """
    loan = replay.lock(loan_ref)
    if loan is None or loan.borrower_id != borrower_id:
        raise CommandRefused("unknown", f"there is no loan {loan_ref} of this borrower")
    if loan.status in OWED:
        raise CommandRefused("not_settled", "something is still owed on this loan")
    day = settled_on(loan)
    creditor = creditors_at(loan, day)
    found, is_new = Certificate.objects.get_or_create(
        loan=loan, creditor=creditor, settled_on=day,
        defaults={
            "code": _fresh_code(), "name": loan.borrower.name, "principal_fen": loan.principal_fen,
            "disbursed_on": loan.disbursed_on, "issued_on": replay.paid_on(now), "issued_at": now, "actor": actor,
        },
    )  # fmt: skip
    if is_new:
        journal.record(
            "loans.certificate_issued", subject=f"loan:{loan.pk}", borrower_id=borrower_id, actor=actor, at=now,
            data={"ref": loan.ref, "settled_on": _iso(day)},
        )  # fmt: skip
    return found


def _fresh_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def _iso(day: date) -> str:
    return day.isoformat()
