"""A product that is lent, a borrower with a limit and a proved phone: for the tests of this room and of the faces."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from jietong.borrowers import queries as borrowers
from jietong.borrowers.commands import remember_device
from jietong.borrowers.models import Borrower
from jietong.contacts.models import Attempt
from jietong.loans.commands import draft_version, put_in_force
from jietong.loans.models import Product, ProductVersion
from jietong.loans.rules.products import ProductTerms
from jietong.origination import commands as origination
from jietong.origination.channels import Answer, ChannelSilence, Order
from jietong.origination.commands import By, Proof, Wish
from jietong.origination.models import Application
from jietong.simulator.tests.cast import NOW, TODAY, make_borrower

TERMS = ProductTerms(Decimal("0.144"), (3, 6, 12), 500_00, 50_000_00)
READ = timedelta(seconds=11)


def offer(terms: ProductTerms = TERMS, *, from_on: date = TODAY, now: datetime = NOW) -> ProductVersion:
    Product.objects.get_or_create(code="JB", defaults={"name": "随借随还"})
    version = draft_version(code="JB", terms=terms, note="首版", actor="staff:1", now=now)
    return put_in_force(version_id=version.pk, from_on=from_on, actor="staff:2", now=now)


def proved(name: str = "王霞", *, limit_fen: int | None = 10_000_00, **values: object) -> tuple[Borrower, str]:
    """A borrower who has proved who they are on a browser, with a limit; and the browser's token."""
    who = make_borrower(name, **values)
    token = remember_device(borrower_id=who.pk, proven_by="id_tail", now=NOW)
    if limit_fen is not None:
        grant(who, limit_fen)
    return who, token


def grant(who: Borrower, fen: int) -> None:
    origination.set_limit(borrower_id=who.pk, kind="grant", to_fen=fen, by=By(actor="staff:1", reason="first"), now=NOW)


def wish(who: Borrower, *, amount_fen: int = 3000_00, instalments: int = 6, product: str = "JB") -> Wish:
    return Wish(product, amount_fen, instalments, "daily", next(iter(borrowers.bound_cards(who.pk))))


def apply(who: Borrower, *, now: datetime = NOW, **values: object) -> Application:
    drafted = origination.draft(borrower_id=who.pk, wish=wish(who, **values), now=now)
    return origination.submit(application=drafted, now=now)


def sign(application: Application, token: str, *, now: datetime = NOW) -> Application:
    shown = origination.show_price(application=application, now=now)
    return origination.sign(
        application=application, disclosure_id=shown.pk, proof=Proof(device_token=token), now=now + READ
    )


def code_sent(who: Borrower) -> str:
    return str(Attempt.objects.filter(borrower=who, template="sign_code").latest("pk").variables["code"])


class ScriptedChannel:
    """Answers from a list, last one for ever; counts what it was told."""

    def __init__(self, *answers: Answer | None) -> None:
        self.answers = list(answers)
        self.sent: list[Order] = []
        self.asked = 0

    def _next(self) -> Answer:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            raise ChannelSilence("no answer")
        return answer

    def send(self, order: Order, *, now: datetime) -> Answer:
        self.sent.append(order)
        return self._next()

    pull = send

    def ask(self, key: str, *, now: datetime) -> Answer:
        self.asked += 1
        return self._next()
