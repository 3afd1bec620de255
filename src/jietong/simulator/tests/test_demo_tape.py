"""The demo's tape without a database: the same bytes from the same seed, a lifelike ladder, numbers that pass and that
nobody has. Check digits are verified against published examples, not against the writer's own arithmetic."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from django.contrib.auth.password_validation import validate_password

from jietong.loans.tape import RowError, read
from jietong.simulator.demo import PASSWORD
from jietong.simulator.demo_tape import TapeFiles, write_tape
from jietong.simulator.people import card, resident_id
from jietong.simulator.portfolio import loans_of_one

TODAY = date(2026, 11, 24)


def written(folder: Path, *, seed: int = 7, today: date = TODAY, borrowers: int = 400) -> TapeFiles:
    return write_tape(folder, borrowers=borrowers, seed=seed, today=today, told=lambda *_: None)


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="gb18030", newline="") as file:
        return list(csv.DictReader(file))


def test_the_reader_takes_every_row_and_the_control_file_agrees(tmp_path: Path) -> None:
    files = written(tmp_path, borrowers=1500)
    tape = read(files.loans, repayments=files.repayments, control=files.control)
    assert tape.encoding == "gb18030"
    assert tape.control is not None
    assert [row for row in tape.loan_rows() if isinstance(row, RowError)] == []
    assert [row for row in tape.repayment_rows() if isinstance(row, RowError)] == []
    assert tape.rows == {"loans": files.loan_count, "repayments": files.repayment_count}


def test_the_control_file_says_what_the_files_hold(tmp_path: Path) -> None:
    files = written(tmp_path)
    told = dict(line.split("=") for line in files.control.read_text(encoding="utf-8").splitlines())
    loans, receipts = lines(files.loans), lines(files.repayments)
    assert told["借据.总笔数"] == str(len(loans))
    assert Decimal(told["借据.本金合计"]) == sum(Decimal(row["本金(元)"]) for row in loans)
    assert told["还款.总笔数"] == str(len(receipts))
    assert Decimal(told["还款.还款金额合计"]) == sum(Decimal(row["还款金额(元)"]) for row in receipts)


def test_one_seed_writes_one_tape(tmp_path: Path) -> None:
    first, again, other = written(tmp_path / "1"), written(tmp_path / "2"), written(tmp_path / "3", seed=8)
    assert first.loans.read_bytes() == again.loans.read_bytes()
    assert first.repayments.read_bytes() == again.repayments.read_bytes()
    assert first.loans.read_bytes() != other.loans.read_bytes()


@pytest.mark.parametrize("today", [date(2027, 1, 31), date(2027, 3, 1), date(2028, 2, 29), date(2027, 12, 30)])
def test_no_day_of_the_year_breaks_a_tape(tmp_path: Path, today: date) -> None:
    files = written(tmp_path, today=today, borrowers=120)
    tape = read(files.loans, repayments=files.repayments, control=files.control)
    assert [row for row in tape.loan_rows() if isinstance(row, RowError)] == []
    assert all(row["还款时间"][:10] < today.isoformat() for row in lines(files.repayments))
    assert all(row["放款日期"] < today.isoformat() for row in lines(files.loans))


def test_the_ladder_is_lifelike() -> None:
    rng, people = Random(3), 20_000
    late = [max(loan.days_late for loan in loans_of_one(rng, today=TODAY)) for _ in range(people)]
    share = Counter("0" if d == 0 else "1" if d <= 30 else "2" if d <= 60 else "3" if d <= 90 else "4" for d in late)
    wanted = {"0": 0.93, "1": 0.03, "2": 0.01, "3": 0.006, "4": 0.024}
    for step, expected in wanted.items():
        # four standard deviations of a share, and a little for months too short for the wanted day
        assert abs(share[step] / people - expected) < 4 * (expected * (1 - expected) / people) ** 0.5 + 0.0005, step
    assert sum(1 <= d <= 10 for d in late) > sum(11 <= d <= 30 for d in late)


def test_numbers_are_wellformed_and_nobodys(tmp_path: Path) -> None:
    for row in lines(written(tmp_path, borrowers=1500).loans):
        assert re.fullmatch(r"154(\d{8}|\*{4}\d{4})", row["手机号"])
        assert row["银行卡号"].startswith("620000")
        assert row["邮箱"] == "" or row["邮箱"].endswith("@mail.example")
        assert re.fullmatch(r"\d{2}0000(19|20)\d{9}[0-9X]|92\d{2}0000MADEM\d{4}[0-9A-Z]", row["证件号码"])


def luhn_holds(number: str) -> bool:
    """ISO/IEC 7812-1: from the right every second digit doubled, digits of the doubles added up."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def id_holds(number: str) -> bool:
    """ISO 7064 MOD 11-2 as GB 11643 writes it: the weighted sum with the check character leaves 1."""
    values = [10 if sign == "X" else int(sign) for sign in number]
    return sum(value * pow(2, 17 - place, 11) for place, value in enumerate(values)) % 11 == 1


def test_check_digits_hold_as_in_published_examples() -> None:
    assert luhn_holds("6200000000000005")  # a card of UnionPay's test range
    assert luhn_holds("6205500000000000004")
    assert not luhn_holds("6200000000000006")
    assert id_holds("11010519491231002X")  # the example of GB 11643-1999
    assert not id_holds("110105194912310021")
    rng = Random(5)
    for number in range(500):
        assert luhn_holds(card(number * 7919))
        assert id_holds(resident_id("11", date(1990, 1, 1 + number % 28), rng.randint(0, 999)))


def test_the_demo_password_passes_the_sites_own_rules() -> None:
    validate_password(PASSWORD)
    assert len(PASSWORD) >= 10
