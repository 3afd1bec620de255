"""A borrower disputes what was reported: marked, answered by a person by a time, corrected when it is upheld."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from jietong.bureau.commands.correcting import note_of, open_correction
from jietong.bureau.commands.reporting import check_reported, in_force
from jietong.bureau.models import Correction, Dispute
from jietong.bureau.policy import policy
from jietong.contacts import commands as contacts
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused

STOP = "open_dispute"  # a flag of the rule pack: nobody is reminded of what is being checked


@transaction.atomic
def open_dispute(
    *, report_id: int, borrower_id: int, text: str, actor: str, now: datetime, contact_id: int | None = None
) -> Dispute:
    """Open the one dispute of a loan; until it is decided, later reports carry its mark and reminders stop.

    contact_id: the contact in which a person has it. Raises InputError for a missing text; CommandRefused `not_yours`,
    `corrected_already`, `open_already`, `no_policy`.
    """
    rules_now = policy()
    report = check_reported(report_id)
    if report.borrower_id != borrower_id:
        raise CommandRefused("not_yours", "this is not about a loan of yours")
    words = note_of(text, "text")
    try:
        with transaction.atomic():
            dispute = Dispute.objects.create(
                report=report, loan_id=report.loan_id, borrower_id=borrower_id, contact_id=contact_id, text=words,
                opened_at=now, due_at=now + rules_now.correct_within,
            )  # fmt: skip
    except IntegrityError as error:
        raise CommandRefused("open_already", "this is being checked already") from error
    contacts.place_stop(borrower_id=borrower_id, reason=STOP, source=_source(dispute), actor=actor, now=now)
    _news("bureau.dispute_opened", dispute, actor=actor, now=now)
    return dispute


@transaction.atomic
def decide_dispute(*, dispute_id: int, upheld: bool, answer: str, actor: str, now: datetime) -> Dispute:
    """Decide a dispute, with an answer that the borrower reads. Upheld, the adverse item goes by a correction.

    Raises InputError for a missing answer, CommandRefused `decided` when somebody was faster.
    """
    words = note_of(answer, "answer")
    dispute = Dispute.objects.select_for_update(of=("self",)).filter(pk=dispute_id, state=Dispute.State.OPEN).first()
    if dispute is None:
        raise CommandRefused("decided", "this one has been decided meanwhile")
    dispute.state = Dispute.State.UPHELD if upheld else Dispute.State.REJECTED
    dispute.decided_at, dispute.decided_by, dispute.answer = now, actor, words
    dispute.save(update_fields=["state", "decided_at", "decided_by", "answer"])
    contacts.lift_stops(source=_source(dispute), actor=actor, now=now)
    if upheld:
        open_correction(
            in_force(dispute.report), cause=Correction.Cause.DISPUTE, note=words, strike=True, actor=actor, now=now,
            rules_now=policy(),
        )  # fmt: skip
    _news("bureau.dispute_decided", dispute, actor=actor, now=now)
    return dispute


def _source(dispute: Dispute) -> str:
    return f"bureau_dispute:{dispute.pk}"


def _news(kind: str, dispute: Dispute, *, actor: str, now: datetime) -> None:
    journal.record(
        kind, subject=f"dispute:{dispute.pk}", borrower_id=dispute.borrower_id, actor=actor, at=now,
        data={"report": dispute.report_id, "state": dispute.state},
    )  # fmt: skip
