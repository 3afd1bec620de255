"""Which loans are debited on a day, and trying again when the borrower says so."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from jietong.borrowers import queries as borrowers
from jietong.deduction import gathering
from jietong.deduction.models import Debit, Mandate
from jietong.deduction.policies import policy, policy_or_none
from jietong.deduction.rules.choosing import usable
from jietong.deduction.rules.decision import Facts, may_debit, next_try, opening
from jietong.deduction.rules.refusals import Refusal
from jietong.deduction.rules.states import OPEN, State
from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans.queries import due


def new_key(day: date) -> str:
    """A key that no order had before: the day, for whoever reads it, and 64 random bits."""
    return f"D{day:%Y%m%d}{secrets.token_hex(8)}"


@transaction.atomic
def plan_debits(*, business_date: date, now: datetime) -> dict[str, int]:
    """Plan one debit for each loan with something due and a borrower who gave leave; day-end's step, safe to repeat.

    A day-end at night plans for the morning: the day of debiting is that of the first opening from now on. The amount
    is not fixed here; it is what the book says at the moment of sending. Nothing is planned without a policy.
    """
    rules, _why = policy_or_none()
    if rules is None:
        return {"planned": 0, "no_policy": 1}
    zone = gathering.zone()
    start = opening(max(now, datetime.combine(business_date, rules.opens, zone)), rules, zone)
    day = start.astimezone(zone).date()
    found = due.due_within(day - timedelta(days=rules.days_after_due), day)
    willing = set(Mandate.objects.filter(ended_at=None, out_since=None).values_list("borrower_id", flat=True))
    busy = set(Debit.objects.filter(state__in=OPEN).values_list("loan_id", flat=True))
    busy |= set(Debit.objects.filter(business_date=day, cause="due").values_list("loan_id", flat=True))
    ends = datetime.combine(day, rules.closes, zone)
    rows = [
        Debit(
            key=new_key(day),
            borrower_id=one.borrower_id,
            loan_id=one.loan_id,
            business_date=day,
            cause="due",
            planned_at=now,
            not_before=max(datetime.combine(day, rules.first_at, zone), now),
            expires_at=ends,
        )
        for one in found
        if one.borrower_id in willing and one.loan_id not in busy
    ]
    Debit.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return {"planned": len(rows)}


@transaction.atomic
def try_again(*, borrower_id: int, ref: str, consent: str, actor: str, now: datetime) -> Debit:
    """Debit once more today because the borrower says so; their word is kept with the order.

    Raises InputError for a missing consent or a loan that is not theirs, CommandRefused with the refusal's code when a
    debit is under way already (`in_flight`) or may not be made.
    """
    consent = consent.strip()
    if not consent:
        raise InputError("consent", "missing", "write down what the borrower said")
    loan_id = due.own_loan(borrower_id, ref)
    if loan_id is None:
        raise InputError("ref", "unknown", "this borrower has no such loan")
    borrowers.lock(borrower_id)
    rules = policy()
    zone, today = gathering.zone(), now.astimezone(gathering.zone()).date()
    waiting = Debit.objects.select_for_update().filter(loan_id=loan_id, state__in=OPEN).first()
    if waiting is not None and waiting.state != State.PLANNED:
        raise CommandRefused("in_flight", f"{waiting.key} is under way")
    due_fen = due.lock_and_due(ref, on=today)
    facts = Facts(
        now=now, zone=zone, expires_at=datetime.combine(today, rules.closes, zone), due_fen=due_fen,
        flags=gathering.flags(borrower_id, now=now), attempts=gathering.attempts(loan_id, now=now),
        usable=len(usable(gathering.purses(borrower_id, loan_id, now=now), due_fen, rules)),
    )  # fmt: skip
    verdict = may_debit(facts, rules)
    if verdict.refusal is not None:
        code = Refusal.OUTSIDE_HOURS if verdict.refusal is Refusal.EXPIRED else verdict.refusal
        raise CommandRefused(code, f"not debited: {code} {verdict.because}".strip())
    if waiting is not None:
        waiting.cause, waiting.consent, waiting.not_before = "asked", consent[:200], now
        waiting.expires_at = facts.expires_at
        waiting.save(update_fields=["cause", "consent", "not_before", "expires_at"])
        debit = waiting
    else:
        debit = _add(
            borrower_id=borrower_id, loan_id=loan_id, cause="asked", consent=consent[:200], day=today, now=now,
            not_before=now, expires_at=facts.expires_at,
        )  # fmt: skip
    journal.record(
        "deduction.asked_again",
        subject=f"debit:{debit.pk}",
        borrower_id=borrower_id,
        actor=actor,
        at=now,
        data={"key": debit.key, "consent": consent[:200]},
    )
    return debit


def _add(
    *, borrower_id: int, loan_id: int, cause: str, day: date, now: datetime, not_before: datetime,
    expires_at: datetime, consent: str = "",
) -> Debit:  # fmt: skip
    try:
        with transaction.atomic():
            return Debit.objects.create(
                key=new_key(day), borrower_id=borrower_id, loan_id=loan_id, business_date=day, cause=cause,
                consent=consent, planned_at=now, not_before=not_before, expires_at=expires_at,
            )  # fmt: skip
    except IntegrityError as error:
        raise CommandRefused("in_flight", "another debit of this loan is under way") from error


def plan_retry(debit: Debit, *, same_card: bool, now: datetime) -> Debit | None:
    """After a failure, or a part: another try today if hours and attempts allow. The caller holds the borrower."""
    rules, _why = policy_or_none()
    if rules is None or debit.cause == "asked":
        return None  # what the borrower asked for once is tried once
    at = next_try(now, same_card=same_card, policy=rules, zone=gathering.zone())
    if at is None or at >= debit.expires_at or gathering.attempts(debit.loan_id, now=now) >= rules.attempts_a_day:
        return None
    if Debit.objects.filter(loan_id=debit.loan_id, state__in=OPEN).exists():
        return None
    return _add(
        borrower_id=debit.borrower_id, loan_id=debit.loan_id, cause="retry", day=debit.business_date, now=now,
        not_before=at, expires_at=debit.expires_at,
    )  # fmt: skip
