"""A guarantor asks and is told what a guarantor may know, nothing else: on record with the figures that were said."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from jietong.kernel import journal
from jietong.kernel.errors import InputError
from jietong.loans import replay
from jietong.loans.queries.shares import GuarantorKnows, guarantor_may_know

WAYS = ("call", "counter", "letter")


@transaction.atomic
def tell_guarantor(*, loan_ref: str, party_id: int, how: str, actor: str, now: datetime) -> GuarantorKnows:
    """Note that a guarantor who asked was told of the loan that they answer for (shares.GuarantorKnows).

    Raises InputError `loan_ref` unknown, `how` unknown, `guarantor` not_a_guarantor: to anybody else the loan does not
    exist.
    """
    if how not in WAYS:
        raise InputError("how", "unknown", f"{how!r} is none of {', '.join(WAYS)}")
    loan = replay.lock(loan_ref)
    if loan is None:
        raise InputError("loan_ref", "unknown", f"there is no loan {loan_ref}")
    known = guarantor_may_know(loan.pk, party_id, on=replay.paid_on(now))
    if known is None:
        raise InputError("guarantor", "not_a_guarantor", f"party {party_id} does not answer for {loan_ref} today")
    journal.record(
        "loans.guarantor_told", subject=f"loan:{loan.pk}", borrower_id=loan.borrower_id, actor=actor, at=now,
        data={
            "ref": loan.ref, "party": party_id, "how": how, "days_past_due": known.days_past_due,
            "due_now_fen": known.due_now_fen, "outstanding_fen": known.outstanding_fen,
        },
    )  # fmt: skip
    return known
