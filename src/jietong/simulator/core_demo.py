"""The demo's core: a stand-in of Apache Fineract in the worker, which knows some of the demo's loans and has a life.

It feeds the book (the demo's loans are computed by our rules). One loan of it disagrees with the book on purpose, and
one is unknown there, so that a reconciliation has something to name. A switch on the demo's page takes the link down.
"""

from __future__ import annotations

import json
import secrets
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from jietong.connectors import commands as connectors
from jietong.connectors import queries
from jietong.connectors.rules.values import dump
from jietong.kernel import clock
from jietong.loans.models import Loan
from jietong.simulator.fineract import LOGIN, Client, CoreLoan, Period, StandIn
from jietong.simulator.models import DemoLoad
from jietong.simulator.tour import guests

CODE, CHANNEL = "core", "channel"
CROWD = 48  # loans beside those of the tour's guests
PULL_SECONDS, PAY_SECONDS = 20, 90
PRODUCT_IDS = {"消费贷": 7, "随借随还": 8, "联合贷": 9}


class Life:
    """What this process keeps of the stand-in: the server, and when money comes next."""

    core: StandIn | None = None
    pays_at: datetime | None = None


def switch_file() -> Path:
    return Path(settings.DATA_DIR) / "run" / "core-down"


def is_down() -> bool:
    return switch_file().exists()


def switch(*, down: bool) -> None:
    """Take the demo's link down, or up again."""
    if down:
        switch_file().parent.mkdir(parents=True, exist_ok=True)
        switch_file().touch()
    else:
        switch_file().unlink(missing_ok=True)


def tick(*, now: datetime) -> None:
    """Starts the stand-in once the demo is loaded; from time to time somebody pays there."""
    if Life.core is None:
        if not DemoLoad.objects.exists():
            return
        Life.core = build(now=now).start()
        Life.pays_at = now + timedelta(seconds=PAY_SECONDS)
        open_links(Life.core, now=now)
    elif Life.pays_at is not None and now >= Life.pays_at and not is_down():
        Life.pays_at = now + timedelta(seconds=PAY_SECONDS)
        somebody_pays(Life.core, now=now)


def build(*, now: datetime) -> StandIn:
    """A core that knows the guests' loans and some of the crowd's, as the book has them at this moment."""
    core = StandIn(is_down=is_down)
    today = clock.local_date(now, settings.LENDER_TIME_ZONE)
    numbers = [guest.person.number for guest in guests(today)]
    rows = Loan.objects.select_related("borrower", "product").prefetch_related("instalments", "repayments")
    theirs = rows.filter(borrower__number__in=numbers)
    active = rows.filter(status=Loan.Status.ACTIVE, head__bucket="M0").exclude(borrower__number__in=numbers)
    for loan in [*theirs.order_by("pk"), *active.order_by("pk")[:CROWD]]:
        told = _told(loan)
        core.loans[loan.pk] = told
        who = loan.borrower
        core.clients[who.pk] = Client(who.pk, who.number, who.name, id_no=who.id_no or "")
    _disagree(core)
    return core


def _told(loan: Loan) -> CoreLoan:
    periods = [
        Period(
            row.due_on,
            {
                "principal": row.principal_fen, "interest": row.interest_fen, "feeCharges": row.fee_fen,
                "penaltyCharges": row.penalty_fen,
            },
        )
        for row in sorted(loan.instalments.all(), key=lambda one: one.n)
    ]  # fmt: skip
    annual = loan.rate * 365 if loan.rate_unit == "day" else loan.rate
    product = (PRODUCT_IDS.get(loan.product.name, 1), loan.product.name)
    told = CoreLoan(
        loan.pk,
        loan.ref,
        loan.borrower_id,
        loan.principal_fen,
        f"{annual * 100:f}",
        loan.disbursed_on,
        periods,
        product,
    )
    for one in sorted(loan.repayments.all(), key=lambda r: (r.paid_at, r.receipt)):
        if one.reversed_at is None:
            told.pay(clock.local_date(one.paid_at, settings.LENDER_TIME_ZONE), one.amount_fen, external_id=one.receipt)
    return told


def _disagree(core: StandIn) -> None:
    """The last loan asks for 30 yuan of interest more than the book, and one more loan is not in the book at all."""
    last = core.loans[max(core.loans)]
    last.periods[-1].due["interest"] += 30_00
    lent = last.disbursed_on
    stray = [Period(date(lent.year + 1, month, 15), {"principal": 1000_00, "interest": 12_00}) for month in (1, 2)]
    number = max(core.loans) + 1
    core.loans[number] = CoreLoan(number, "QH-NEW-0001", last.client_id, 2000_00, "14.4", lent, stray)


def somebody_pays(core: StandIn, *, now: datetime) -> str | None:
    """The next instalment of a loan that is not late is paid at the core; answers its number."""
    today = clock.local_date(now, settings.LENDER_TIME_ZONE)
    with core.lock:
        for loan in core.loans.values():
            open_periods = [period for period in loan.periods if any(period.left(part) for part in period.due)]
            first = open_periods[0] if open_periods else None
            if first is None or first.due_on < today or loan.ref.startswith("QH-") or loan.disbursed_on > today:
                continue
            if loan.transactions and loan.transactions[-1].on == today:
                continue  # each pays once a day, so that the money goes round
            fen = sum(first.left(part) for part in first.due)
            loan.pay(today, fen, external_id=f"QH{now:%Y%m%d%H%M%S}")
            return loan.ref
    return None


@transaction.atomic
def open_links(core: StandIn, *, now: datetime) -> None:
    """The link to the stand-in; and one by which a payment channel sends events, with a few that cannot be booked."""
    told = {"base_url": core.base_url, "tenant": "default", "page_size": 25, "every_seconds": PULL_SECONDS}
    connectors.open_source(
        code=CODE, name="青禾核心系统", kind="fineract", mode="feed", secret=LOGIN, creditor=settings.LENDER_NAME,
        settings=told, actor="system:demo", now=now,
    )  # fmt: skip
    if queries.source(CHANNEL) is not None:
        return
    channel = connectors.open_source(
        code=CHANNEL, name="支付渠道推送", kind="webhook", mode="feed", secret=secrets.token_urlsafe(32),
        settings={"stale_seconds": 7 * 86400}, actor="system:demo", now=now,
    )  # fmt: skip
    at = (now - timedelta(hours=1)).isoformat()
    settled = Loan.objects.filter(status=Loan.Status.SETTLED).order_by("pk").values_list("ref", flat=True).first()
    open_ref = Loan.objects.filter(status=Loan.Status.ACTIVE).order_by("-pk").values_list("ref", flat=True).first()
    events = [
        {"id": "QD-1001", "data": {"receipt": "QD2001", "loan_no": "JT99999999", "amount": "530.00", "paid_at": at}},
        {"id": "QD-1002", "data": {"receipt": "QD2002", "loan_no": settled, "amount": "860.00", "paid_at": at}},
        {"id": "QD-1003", "data": {"receipt": "QD2003", "loan_no": open_ref, "amount": "88.805", "paid_at": at}},
        {"id": "QD-1004", "data": {"receipt": "QD2004", "loan_no": settled, "amount": "120.00", "paid_at": at}},
    ]
    wanted = [{**event, "kind": "repayment"} for event in events if event["data"]["loan_no"]]  # type: ignore[index]
    connectors.hear(source=channel, body=dump({"events": json.loads(dump(wanted))}).encode(), now=now)
