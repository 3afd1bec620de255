"""A list of loans: every line by itself, the bad ones named, a dry run leaves nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jietong.kernel.errors import InputError
from jietong.kernel.models import Event
from jietong.loans.commands import Around, Named
from jietong.loans.importing.parties_list import ARRANGEMENT, LINES_MAX, Order, carry_out, decode, read_list
from jietong.loans.models import ClaimChange, LoanArrangement
from jietong.loans.queries.parties import creditor_on, parties_on
from jietong.loans.tests.replay_world import LENT_ON, lend, noon

DAY = LENT_ON + timedelta(days=30)
BY = {"actor": "staff:1", "now": noon(DAY)}
SALE = Order("transfer", DAY, taker="远山资产管理有限公司", reference="ZR-2026-1", hotline="400-1", pay_to="")


@pytest.mark.django_db
def test_good_lines_are_entered_and_bad_ones_are_named_with_their_number() -> None:
    one, two = lend(), lend()
    text = f"借据号,价款\n{one.ref}\nnobody\n\n{two.ref},500.00\n{one.ref}\n"
    tried = carry_out(SALE, text, dry_run=True, **BY)
    assert (tried.good, ClaimChange.objects.count(), Event.objects.count()) == (2, 0, 0)
    done = carry_out(SALE, text, dry_run=False, **BY)
    assert [(line.number, line.ref, line.code) for line in done.bad] == [
        (3, "nobody", "unknown"),
        (6, one.ref, "repeated"),
    ]
    assert tried.lines == done.lines
    assert [creditor_on(loan.pk, DAY) for loan in (one, two)] == [SALE.taker] * 2
    assert sorted(ClaimChange.objects.values_list("amount_fen", flat=True)) == [0, 500_00]
    again = carry_out(SALE, f"{one.ref}\n{two.ref} ; 500", dry_run=False, **BY)
    assert (again.good, ClaimChange.objects.count()) == (2, 2)


@pytest.mark.django_db
def test_guarantors_are_arranged_and_then_pay() -> None:
    loan, other = lend(), lend()
    around = Around(guarantors=(Named("恒信融资担保有限公司"),))
    arranged = carry_out(Order(ARRANGEMENT, LENT_ON, around=around), loan.ref, dry_run=False, **BY)
    assert (arranged.good, LoanArrangement.objects.count()) == (1, 1)
    paid = Order("compensation", DAY, taker="恒信融资担保有限公司", reference="DC-1", hotline="400-2")
    done = carry_out(paid, f"{loan.ref}，1,234.50\n{other.ref},10\n{loan.ref}", dry_run=False, **BY)
    assert [(line.field, line.code) for line in done.bad] == [
        ("guarantor", "not_a_guarantor"),
        ("loan_ref", "repeated"),
    ]
    assert parties_on(loan.pk, DAY).claims[1].amount_fen == 1_234_50
    for amount in ("12,34", "1,2345", "500,备注", "abc", "1.234"):
        (line,) = carry_out(paid, f"{other.ref},{amount}", dry_run=True, **BY).bad
        assert line.field == "amount"
    no_amount = carry_out(paid, other.ref, dry_run=True, **BY)
    assert [(line.field, line.code) for line in no_amount.bad] == [("amount", "missing")]


def test_a_list_that_says_nothing_or_too_much_is_refused() -> None:
    for text, code in (("\n \n借据号\n", "missing"), ("x\n" * (LINES_MAX + 1), "too_long")):
        with pytest.raises(InputError) as refused:
            read_list(text)
        assert refused.value.code == code


def test_a_file_is_read_as_chinese_offices_write_it() -> None:
    assert decode("借据号\nJT-1".encode("gbk")) == decode("\ufeff借据号\nJT-1".encode()) == "借据号\nJT-1"
    with pytest.raises(InputError) as refused:
        decode(b"\xff\xff\xff")
    assert refused.value.code == "encoding_unknown"
