"""The demo lender's loan tape: loans, repayments and a control file, as a lender's core writes them (GB18030)."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from jietong.simulator import tables
from jietong.simulator.people import Person, people
from jietong.simulator.portfolio import LoanPlan, loans_of_one
from jietong.simulator.tour import TOUR_LAST, guests

BORROWERS_LEAST = 50
TOLD_EVERY = 4000
LOANS_HEADER = (
    "客户号",
    "姓名",
    "证件类型",
    "证件号码",
    "手机号",
    "邮箱",
    "银行卡号",
    "省份",
    "城市",
    "语言",
    "经营者",
    "经营者身份证号",
    "借据号",
    "产品",
    "债权人",
    "本金(元)",
    "利率",
    "利率单位",
    "还款方式",
    "计息基础",
    "期数",
    "放款日期",
    "平台",
    "出资份额",
    "担保方",
)
REPAYMENTS_HEADER = ("流水号", "借据号", "还款时间", "还款金额(元)")
METHODS = {
    "equal_instalment": "等额本息",
    "equal_principal": "等额本金",
    "interest_only": "先息后本",
    "bullet": "一次性还本付息",
}
UNITS = {"year": "年", "day": "日"}

Told = Callable[[str, int, int], None]


@dataclass(slots=True)
class TapeFiles:
    """Where the files are, and what the lender says they add up to."""

    loans: Path
    repayments: Path
    control: Path
    loan_count: int = 0
    repayment_count: int = 0
    principal_fen: int = 0
    repaid_fen: int = 0


def write_tape(folder: Path, *, borrowers: int, seed: int, today: date, told: Told) -> TapeFiles:
    """Write the tape as of `today`. The same seed, number and date write the same bytes."""
    if borrowers < BORROWERS_LEAST:
        raise ValueError(f"a demo has at least {BORROWERS_LEAST} borrowers")
    folder.mkdir(parents=True, exist_ok=True)
    files = TapeFiles(folder / "loans.csv", folder / "repayments.csv", folder / "control.txt")
    with ExitStack() as stack:
        sheets = [
            csv.writer(stack.enter_context(path.open("w", encoding="gb18030", newline="")))
            for path in (files.loans, files.repayments)
        ]
        sheets[0].writerow(LOANS_HEADER)
        sheets[1].writerow(REPAYMENTS_HEADER)
        for done, (person, plans) in enumerate(_everybody(borrowers, seed, today), start=1):
            for loan in plans:
                loan_no = _write_loan(sheets[0], files, person, loan)
                _write_receipts(sheets[1], files, loan_no, loan)
            if done % TOLD_EVERY == 0 or done == borrowers:
                told("borrowers", done, borrowers)
    files.control.write_text(
        f"借据.总笔数={files.loan_count}\n借据.本金合计={_yuan(files.principal_fen)}\n"
        f"还款.总笔数={files.repayment_count}\n还款.还款金额合计={_yuan(files.repaid_fen)}\n",
        encoding="utf-8",
    )
    return files


def _everybody(borrowers: int, seed: int, today: date) -> Iterator[tuple[Person, list[LoanPlan]]]:
    for guest in guests(today):
        yield guest.person, list(guest.loans)
    rng = Random(f"loans {seed}")  # noqa: S311  # invented people need no secrecy, but the same ones each time
    drawn = people(TOUR_LAST + 1, borrowers, today=today, rng=Random(f"people {seed}"))  # noqa: S311
    for person in drawn:
        yield person, loans_of_one(rng, today=today)


def _write_loan(sheet: Any, files: TapeFiles, person: Person, loan: LoanPlan) -> str:
    files.loan_count += 1
    files.principal_fen += loan.terms.principal_fen
    loan_no = f"JT{files.loan_count:08d}"
    terms = loan.terms
    sheet.writerow(
        (
            person.number,
            person.name,
            person.id_type,
            person.id_no,
            person.phone,
            person.email,
            person.card_no,
            person.province,
            person.city,
            person.language,
            person.representative,
            person.representative_id,
            loan_no,
            loan.product,
            loan.creditor,
            _yuan(terms.principal_fen),
            f"{(Decimal(str(terms.rate)) * 100).normalize():f}%",
            UNITS[terms.rate_unit],
            METHODS[terms.method],
            "按期" if terms.day_count == "period" else "实际/365",
            terms.instalments,
            terms.disbursed_on.isoformat(),
            *tables.AROUND[loan.product],
        )
    )
    return loan_no


def _write_receipts(sheet: Any, files: TapeFiles, loan_no: str, loan: LoanPlan) -> None:
    for receipt in loan.receipts:
        files.repayment_count += 1
        files.repaid_fen += receipt.amount_fen
        number, at = f"R{files.repayment_count:010d}", receipt.paid_at.isoformat(" ")
        sheet.writerow((number, loan_no, at, _yuan(receipt.amount_fen)))


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
