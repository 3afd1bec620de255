"""The five classes: what time alone does to them at day-end, and what a person says against the days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from jietong.kernel import journal
from jietong.kernel.errors import CommandRefused, InputError
from jietong.loans import classing, ledger, replay
from jietong.loans.models import ClassOverride, Loan
from jietong.loans.rules import classes as rules
from jietong.packs.queries import pack

#: why a person says that a loan is worse than its days (art. 6 of the 2023 rules lists such evidence; reference 41)
REASONS = ("income_lost", "fraud_suspected", "other_debts", "insolvent", "died", "collateral_lost", "other_evidence")
#: under which named conditions such a word is taken back, which makes the class better
REGULAR_AGAIN, BY_MISTAKE = "regular_again", "set_by_mistake"
CONDITIONS = (REGULAR_AGAIN, BY_MISTAKE)
NOTE_CHARACTERS_MAX = 400


@transaction.atomic
def classify(*, business_date: date, now: datetime) -> dict[str, int]:
    """Tell the class of every loan whose class date has come, up to and including the date.

    Set-based over those heads. Moves are dated on the day on which they happened, so a run after missed days writes
    the same history as runs on each of them.
    """
    known = classing.profiles()
    rows = [(name, rank, least) for name, days in known.items() for rank, least in enumerate(days, start=1)]
    names, ranks, leasts = zip(*rows, strict=True) if rows else ((), (), ())
    told: dict[str, Any] = {
        "day": business_date, "now": now, "profiles": list(names), "ranks": list(ranks), "leasts": list(leasts),
        "classes": list(rules.CLASSES),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_CLASSIFY, told)
        heads, moved = cursor.fetchone()
    return {"heads": heads, "moved": moved}


#: Repeats rules/classes.py in SQL; a property test holds the two equal. Rank 0 is the first of the classes.
_CLASSIFY = """
WITH band AS MATERIALIZED (
  SELECT * FROM unnest(%(profiles)s::text[], %(ranks)s::int[], %(leasts)s::int[]) AS b(profile, rank, least)
), come AS MATERIALIZED (
  SELECT h.loan_id, h.oldest_unpaid_due_on AS oldest, p.class_profile AS profile, h.classed_on,
    array_position(%(classes)s::text[], h.asset_class::text) - 1 AS old,
    COALESCE(h.classed_on + 1, o."on", r.as_of, l.disbursed_on) AS first
  FROM loans_loanhead h JOIN loans_loan l ON l.id = h.loan_id JOIN loans_product p ON p.id = l.product_id
    LEFT JOIN loans_opening o ON o.loan_id = h.loan_id LEFT JOIN loans_importrun r ON r.id = l.source_id
  WHERE h.next_class_on <= %(day)s AND EXISTS (SELECT 1 FROM band b WHERE b.profile = p.class_profile)
    AND NOT EXISTS (SELECT 1 FROM loans_setaside s WHERE s.loan_id = h.loan_id AND s.ended_at IS NULL)
  FOR UPDATE OF h
), looks AS (
  SELECT c.*, d.look FROM come c, LATERAL (
    SELECT c.first AS look
    UNION SELECT c.oldest + b.least FROM band b WHERE b.profile = c.profile AND c.oldest + b.least > c.first
    UNION SELECT edge FROM loans_classoverride v, unnest(ARRAY[v.since, v.ended_on]) AS edge
      WHERE v.loan_id = c.loan_id AND edge > c.first
  ) d WHERE d.look <= %(day)s
), ranked AS (
  SELECT l.*, GREATEST(
    (SELECT count(*) FROM band b WHERE b.profile = l.profile AND l.look - l.oldest >= b.least),
    (SELECT max(array_position(%(classes)s::text[], v.asset_class::text) - 1) FROM loans_classoverride v
      WHERE v.loan_id = l.loan_id AND v.since <= l.look AND (v.ended_on IS NULL OR l.look < v.ended_on))
  )::int AS fresh FROM looks l
), stepped AS (
  SELECT r.*, lag(fresh, 1, old) OVER w AS before, row_number() OVER (PARTITION BY loan_id ORDER BY look DESC) AS place
  FROM ranked r WINDOW w AS (PARTITION BY loan_id ORDER BY look)
), moves AS (
  INSERT INTO loans_assetclassmove (loan_id, "on", from_class, to_class, cause)
  SELECT loan_id, look, (%(classes)s::text[])[before + 1], (%(classes)s::text[])[fresh + 1],
    CASE WHEN classed_on IS NULL AND look = first THEN 'import' WHEN fresh > before THEN 'dayend'
      ELSE 'repayment' END
  FROM stepped WHERE fresh <> before RETURNING 1
), written AS (
  UPDATE loans_loanhead h SET asset_class = (%(classes)s::text[])[s.fresh + 1], classed_on = %(day)s,
    next_class_on = (SELECT min(s.oldest + b.least) FROM band b
      WHERE b.profile = s.profile AND s.oldest + b.least > %(day)s)
  FROM stepped s WHERE s.place = 1 AND s.loan_id = h.loan_id RETURNING 1
)
SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM moves)
"""


@transaction.atomic
def override_class(
    *, loan_ref: str, asset_class: str, reason: str, note: str, since: date, actor: str, now: datetime
) -> ClassOverride:
    """A person says that the loan is at least this bad from a day on, with the evidence. It never makes a class better.

    Raises InputError for an unknown loan, class or reason, a missing note, a day before the book knew the loan or after
    today; CommandRefused `override_in_force` while another is open, `not_worse` when its days say as much already.
    """
    account, today = _account(loan_ref, now=now)
    note = _note(note)
    if asset_class not in rules.CLASSES[1:]:
        raise InputError("asset_class", "unknown", f"one of {', '.join(rules.CLASSES[1:])}")
    if reason not in REASONS:
        raise InputError("reason", "unknown", f"one of {', '.join(REASONS)}")
    if not account.entered_on <= since <= today:
        raise InputError("since", "out_of_range", f"from {account.entered_on.isoformat()} until today")
    loan = account.loan
    if ClassOverride.objects.filter(loan=loan, ended_on=None).exists():
        raise CommandRefused("override_in_force", "end the one that is in force first")
    if rules.RANK[asset_class] <= rules.RANK[account.head.asset_class]:
        raise CommandRefused("not_worse", f"the loan is {account.head.asset_class} already")
    fields = {"asset_class": asset_class, "reason": reason, "note": note, "since": since}
    try:
        with transaction.atomic():
            said = ClassOverride.objects.create(loan=loan, placed_by=actor, placed_at=now, **fields)
    except IntegrityError as error:
        raise CommandRefused("override_in_force", "end the one that is in force first") from error
    _tell_again(account, since=since, on=today, now=now)
    _journal("loans.class_overridden", loan, actor=actor, now=now, asset_class=asset_class, reason=reason)
    return said


@transaction.atomic
def end_override(*, loan_ref: str, condition: str, note: str, actor: str, now: datetime) -> ClassOverride:
    """Take a person's word back from today on: the loan's class is that of its days again.

    Only under a named condition: `regular_again`, which the book itself checks (nothing late, and paid regularly for
    the time that the rule pack asks for), or `set_by_mistake`, said by somebody else than who set it. Raises
    InputError, or CommandRefused `no_override`, `still_late`, `not_regular_long_enough`, `same_person`.
    """
    account, today = _account(loan_ref, now=now)
    note = _note(note)
    if condition not in CONDITIONS:
        raise InputError("condition", "unknown", f"one of {', '.join(CONDITIONS)}")
    said = ClassOverride.objects.filter(loan=account.loan, ended_on=None).first()
    if said is None:
        raise CommandRefused("no_override", "nothing is in force that could be ended")
    if condition == BY_MISTAKE and actor == said.placed_by:
        raise CommandRefused("same_person", "a mistake is confirmed by somebody else")
    if condition == REGULAR_AGAIN:
        _check_regular(account, said, today=today)
    said.ended_on, said.ended_by, said.ended_at = max(today, said.since), actor, now
    said.condition, said.end_note = condition, note
    said.save(update_fields=["ended_on", "ended_by", "ended_at", "condition", "end_note"])
    _tell_again(account, since=said.ended_on, on=today, now=now)
    _journal("loans.class_override_ended", account.loan, actor=actor, now=now, condition=condition)
    return said


def _check_regular(account: replay.Account, said: ClassOverride, *, today: date) -> None:
    """Nothing late, and since the last day late (or the word) as many due dates and months as the pack asks for."""
    oldest = ledger.oldest_unpaid(account.rows)
    if oldest is not None and oldest < today:
        raise CommandRefused("still_late", "something is still past due")
    rule = pack(settings.RULE_PACK).rules.get(f"{settings.RULE_PACK}.class.upgrade")
    asked = rule.value if rule is not None else {"regular_months": 6, "regular_due_dates": 2}
    cured = max((move.on for move in account.moves if move.to_bucket == "M0"), default=said.since)
    since = max(cured, said.since)
    dues = sum(1 for row in account.rows if since < row.due_on <= today)
    enough_days = today - since >= timedelta(days=30 * int(asked["regular_months"]))
    is_over = all(ledger.left_fen(row) == 0 for row in account.rows)
    if not is_over and not (enough_days and dues >= int(asked["regular_due_dates"])):
        raise CommandRefused("not_regular_long_enough", f"regular only since {since.isoformat()}")


def _account(loan_ref: str, *, now: datetime) -> tuple[replay.Account, date]:
    loan = replay.lock(loan_ref)
    if loan is None:
        raise InputError("loan_ref", "unknown", f"there is no loan {loan_ref}")
    account = replay.load(loan)
    return account, max(replay.paid_on(now), account.head.classed_on or date.min)


def _note(note: str) -> str:
    note = note.strip()
    if not note:
        raise InputError("note", "missing", "say on what evidence")
    if len(note) > NOTE_CHARACTERS_MAX:
        raise InputError("note", "too_long", f"at most {NOTE_CHARACTERS_MAX} characters")
    return note


def _tell_again(account: replay.Account, *, since: date, on: date, now: datetime) -> None:
    """The class of the days since then, with the loan's money as the book knows it."""
    points, from_on = replay.points(account)
    head = account.head
    begins = from_on if head.classed_on is None else max(since, from_on)
    classing.follow(account.loan, head, points, since=begins, on=on, cause="", now=now, said_anew=True)
    head.save(update_fields=["asset_class", "classed_on", "next_class_on"])


def _journal(kind: str, loan: Loan, *, actor: str, now: datetime, **data: str) -> None:
    journal.record(
        kind,
        subject=f"loan:{loan.pk}",
        borrower_id=loan.borrower_id,
        actor=actor,
        at=now,
        data={"ref": loan.ref, **data},
    )
