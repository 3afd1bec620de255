"""The standing cast of the tests: Lin is Wang's specialist, Qin supervises Lin, Zhou sits on another team.

Factories write through the rooms' own commands where there is one; what they invent is invented (numbers that nobody
has, from the ranges of the demo).
"""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from jietong.borrowers.models import Borrower, BoundCard, ContactPoint
from jietong.loans.commands import refresh_head
from jietong.loans.models import Instalment, Loan, LoanHead, Product
from jietong.loans.rules.schedule import build
from jietong.loans.rules.terms import Terms
from jietong.staff.models import Member, Team

#: a Tuesday, ten in the morning in Shanghai: everybody is at work
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
_count = itertools.count(1)


def make_team(code: str = "desk", name: str = "贷后二组", **values: object) -> Team:
    fields = {"name": name, "opens_at": time(8), "closes_at": time(22), "supervisor_name": "秦岚", **values}
    return Team.objects.get_or_create(code=code, defaults=fields)[0]


def make_member(username: str, name: str, team: Team, role: str = "specialist") -> Member:
    member = Member(
        username=username, name=name, staff_number=f"{next(_count):04d}", role=role, team=team, password="!"
    )
    member.save()
    return member


def make_borrower(name: str = "王霞", phone: str | None = None, **values: object) -> Borrower:
    number = next(_count)
    fields = {"id_no": f"11010119900101{number:04d}"[:18], "created_at": NOW, **values}
    who = Borrower.objects.create(number=f"C{number:06d}", name=name, **fields)
    phone = phone or f"1990000{number:04d}"
    ContactPoint.objects.create(
        borrower=who, kind="phone", value=phone, display=f"{phone[:3]}****{phone[-4:]}", source="tape"
    )
    ContactPoint.objects.create(
        borrower=who, kind="email", value=f"b{number}@mail.example", display="b***@mail.example", source="tape"
    )
    BoundCard.objects.create(borrower=who, number=f"622202000000{number:04d}", bank="")
    return who


def make_loan(
    borrower: Borrower,
    *,
    disbursed_on: date = date(2026, 6, 15),
    principal_fen: int = 12_000_00,
    instalments: int = 12,
    paid: int = 0,
    as_of: date = TODAY,
) -> Loan:
    """An equal-instalment loan at 14.4 % a year with the first `paid` instalments paid on their day."""
    product, _ = Product.objects.get_or_create(code="JB", defaults={"name": "消费贷"})
    terms = Terms(principal_fen, Decimal("0.144"), instalments, disbursed_on)
    loan = Loan.objects.create(
        ref=f"JT-{next(_count):06d}",
        borrower=borrower,
        product=product,
        creditor="青禾消费金融有限公司",
        principal_fen=principal_fen,
        rate=terms.rate,
        method=terms.method,
        instalment_count=instalments,
        disbursed_on=disbursed_on,
        booked_at=NOW,
    )
    for row in build(terms).rows:
        done = row.n <= paid
        Instalment.objects.create(
            loan=loan,
            n=row.n,
            due_on=row.due_on,
            principal_fen=row.principal_fen,
            interest_fen=row.interest_fen,
            principal_paid_fen=row.principal_fen if done else 0,
            interest_paid_fen=row.interest_fen if done else 0,
            interest_booked=done,
        )
    LoanHead.objects.create(
        loan=loan, borrower=borrower, outstanding_principal_fen=0, outstanding_fen=0, aged_on=as_of, updated_at=NOW
    )
    refresh_head(loan, on=as_of, now=NOW, cause="import")
    return loan


@pytest.fixture
def desk(db: None) -> Team:
    make_team("rights", "客户权益组", opens_at=time(8), closes_at=time(22))
    return make_team()


@pytest.fixture
def lin(desk: Team) -> Member:
    return make_member("lin", "林芳", desk)


@pytest.fixture
def zhou(desk: Team) -> Member:
    return make_member("zhou", "周凯", Team.objects.get(code="rights"))


@pytest.fixture
def qin(desk: Team) -> Member:
    return make_member("qin", "秦岚", desk, role="supervisor")


@pytest.fixture
def wang(desk: Team) -> Borrower:
    """Borrowed 12,000 in June, paid four of twelve instalments, and is nine days late with the fifth."""
    who = make_borrower()
    make_loan(who, paid=4)
    return who
