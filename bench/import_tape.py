"""Booking a loan tape: `jietong loans import` against a loop that books loan by loan through the ORM, in one run.

    python -m bench.import_tape [--loans 100000] [--naive 400]

Prints seconds and loans per second of both and their ratio. The tape has one row per loan with 12 instalments to be
generated, in GB18030, as a lender would send it.
"""

from __future__ import annotations

import argparse
import csv
import random
import time
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.site import fresh_site, jietong

HEADER = [
    "客户号",
    "姓名",
    "证件类型",
    "证件号码",
    "手机号",
    "银行卡号",
    "借据号",
    "产品",
    "债权人",
    "本金(元)",
    "年利率",
    "还款方式",
    "期数",
    "放款日期",
]
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]


def write_tape(path: Path, loans: int, seed: int = 7) -> None:
    dice = random.Random(seed)
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for n in range(loans):
            born = f"19{dice.randrange(60, 99)}{dice.randrange(1, 13):02d}{dice.randrange(1, 29):02d}"
            body = f"110101{born}{n % 1000:03d}"
            check = "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]
            writer.writerow(
                [
                    f"C{n:07d}",
                    "张伟",
                    "身份证",
                    body + check,
                    f"199{n:08d}",
                    luhn(f"622202{n:012d}"),
                    f"JT{n:08d}",
                    "JB",
                    "青禾消费金融有限公司",
                    f"{dice.randrange(1000, 50000)}.00",
                    f"{dice.randrange(720, 2400) / 100}%",
                    "等额本息",
                    "12",
                    f"2026-{dice.randrange(1, 11):02d}-{dice.randrange(1, 29):02d}",
                ]
            )


def luhn(body: str) -> str:
    digits = [int(d) * (2 if k % 2 == 0 else 1) for k, d in enumerate(reversed(body))]
    return body + str(-sum(d - 9 if d > 9 else d for d in digits) % 10)


def naive(tape_path: Path, count: int) -> float:
    """Each loan read by the same reader, then booked object by object, each in its own transaction."""
    from jietong.kernel.bootstrap import prepare_django

    prepare_django()
    from django.db import transaction

    from jietong.kernel import clock
    from jietong.loans.models import Product
    from jietong.loans.tape import LoanRow, read

    now = clock.now()
    product, _ = Product.objects.get_or_create(code="JB", defaults={"name": "JB"})
    rows = [row for row in read(tape_path).loan_rows() if isinstance(row, LoanRow)][:count]
    start = time.perf_counter()
    for row in rows:
        with transaction.atomic():
            book_one(row, product, now)
    return time.perf_counter() - start


def book_one(row: Any, product: Any, now: datetime) -> None:
    from jietong.borrowers.models import Borrower, ContactPoint
    from jietong.loans.models import Instalment, Loan, LoanHead, Posting
    from jietong.loans.rules.schedule import build
    from jietong.loans.rules.terms import Terms

    who = Borrower.objects.create(number="N" + row.borrower_no, name=row.name, id_no=row.id_no, created_at=now)
    ContactPoint.objects.create(borrower=who, kind="phone", value=row.phone.number, display="", source="tape")
    loan = Loan.objects.create(
        ref="N" + row.loan_no,
        borrower=who,
        product=product,
        creditor=row.creditor,
        principal_fen=row.principal_fen,
        rate=row.rate,
        method=row.method,
        instalment_count=row.instalments,
        disbursed_on=row.disbursed_on,
        booked_at=now,
    )
    for line in build(Terms(row.principal_fen, row.rate, row.instalments, row.disbursed_on)).rows:
        Instalment.objects.create(
            loan=loan, n=line.n, due_on=line.due_on, principal_fen=line.principal_fen, interest_fen=line.interest_fen
        )
    LoanHead.objects.create(
        loan=loan,
        borrower=who,
        outstanding_principal_fen=row.principal_fen,
        outstanding_fen=row.principal_fen,
        aged_on=row.disbursed_on,
        updated_at=now,
    )
    Posting.objects.create(
        entry=uuid.uuid4(),
        loan=loan,
        kind="disbursement",
        booked_on=row.disbursed_on,
        at=now,
        debit="loan_principal",
        credit="disbursement_clearing",
        amount_fen=row.principal_fen,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--loans", type=int, default=100_000)
    parser.add_argument("--naive", type=int, default=400)
    wanted = parser.parse_args()
    with fresh_site() as folder:
        tape = folder / "tape.csv"
        write_tape(tape, wanted.loans)
        start = time.perf_counter()
        done = jietong("loans", "import", str(tape), "--as-of", "2026-11-23")
        ours = time.perf_counter() - start
        print(done.stderr.strip())
        slow = naive(tape, wanted.naive)
    ours_rate, slow_rate = wanted.loans / ours, wanted.naive / slow
    print(f"jietong loans import   {wanted.loans:>8,} loans  {ours:7.1f} s  {ours_rate:8.0f} loans/s")
    print(f"ORM loop               {wanted.naive:>8,} loans  {slow:7.1f} s  {slow_rate:8.0f} loans/s")
    print(f"ratio {ours_rate / slow_rate:.0f}")


if __name__ == "__main__":
    main()
