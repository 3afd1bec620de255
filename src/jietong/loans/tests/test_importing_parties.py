"""What a tape tells of firms, platforms, funders and guarantors; what of it is refused, row by row."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from jietong.borrowers import queries as borrowers
from jietong.borrowers.models import Authority, Borrower
from jietong.borrowers.rules.credit_code import check_character
from jietong.loans.importing.tapes import Imported, import_tape
from jietong.loans.models import Arrangement, Loan, LoanArrangement, Party
from jietong.loans.queries.parties import parties_on
from jietong.loans.tape import read

pytestmark = pytest.mark.django_db
AS_OF = date(2026, 6, 30)
HEAD = "客户号,姓名,借款人类型,证件类型,证件号码,法定代表人,法定代表人证件号,借据号,产品,债权人,"
HEAD += "本金(元),利率,还款方式,期数,放款日期,平台,出资份额,担保方,担保人证件号\n"
FIRM, SHOP = "91330100799655058B", "92320500MA1XXXXX0"
SHOP += check_character(SHOP)
PERSON, SPEAKS = "11010519491231002X", "440524188001010014"  # the examples of GB 11643-1999


def line(n: int, who: str, around: str = ",,,") -> str:
    return f"C{n},{who},L{n},JB,青禾消费金融,12000,24%,等额本息,12,2026-01-15,{around}\n"


def book(folder: Path, *rows: str) -> Imported:
    path = folder / "loans.csv"
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    now = datetime(2026, 6, 30, 4, tzinfo=UTC)
    return import_tape(read(path), file_name=path.name, as_of=AS_OF, actor="operator:test", now=now)


def test_firms_shops_and_persons_are_told_apart_with_who_speaks_for_them(tmp_path: Path) -> None:
    done = book(
        tmp_path,
        line(1, f"苏州一禾商贸有限公司,,统一社会信用代码,{FIRM},沈知远,{SPEAKS}"),
        line(2, f"沈记面馆,个体工商户,营业执照,{SHOP},,"),
        line(3, f"王霞,,,{PERSON},,"),
    )
    assert done.errors == []
    kinds = {who.number: (who.kind, who.credit_code) for who in Borrower.objects.all()}
    assert kinds == {"C1": ("company", FIRM), "C2": ("sole_trader", SHOP), "C3": ("person", "")}
    speaker = Authority.objects.get()
    assert (speaker.name, speaker.role, speaker.id_no, speaker.since_on) == (
        "沈知远", "representative", SPEAKS, date(2026, 1, 15),
    )  # fmt: skip
    firm = Borrower.objects.get(number="C1")
    assert borrowers.tails(firm.pk)["rep_tail"] == {SPEAKS[-4:]}
    assert borrowers.tails(firm.pk)["id_tail"] == set()


def test_arrangements_are_shared_and_hold_from_the_day_of_lending(tmp_path: Path) -> None:
    joint = "小禾科技,云岫银行 70%；青禾消费金融 30%,恒信融资担保有限公司,"
    done = book(
        tmp_path,
        line(1, f"王霞,,,{PERSON},,", joint),
        line(2, f"沈记面馆,,uscc,{SHOP},沈国强,{SPEAKS}", joint),
        line(3, f"李四,,,{SPEAKS},,", f",,李建军,{PERSON}"),
        line(4, f"苏州一禾商贸有限公司,,uscc,{FIRM},,"),
    )
    assert done.errors == []
    assert (Arrangement.objects.count(), LoanArrangement.objects.count()) == (2, 3)
    who = parties_on(Loan.objects.get(ref="L1").pk, date(2026, 1, 15))
    assert [(one.name, one.share) for one in who.funders] == [("云岫银行", 700_000), ("青禾消费金融", 300_000)]
    assert (who.platforms, [one.name for one in who.guarantors]) == (("小禾科技",), ["恒信融资担保有限公司"])
    assert Party.objects.get(kind="person").name == "李建军"
    assert parties_on(Loan.objects.get(ref="L4").pk, AS_OF).guarantors == ()


@pytest.mark.parametrize(
    ("who", "around", "told"),
    [
        (f"王霞,,,{PERSON},,", ",甲 70%；乙 20%,,", ("funders", "shares_not_whole")),
        (f"王霞,,,{PERSON},,", ",甲；乙,,", ("funders", "share_unreadable")),
        (f"王霞,企业,,{PERSON},,", ",,,", ("borrower_kind", "kind_disagrees")),
        (f"一禾公司,个人,uscc,{FIRM},,", ",,,", ("borrower_kind", "kind_disagrees")),
        (f"王霞,,,{PERSON},张三,{SPEAKS}", ",,,", ("representative", "kind_disagrees")),
        (f"一禾公司,,uscc,{FIRM},张三,", ",,,", ("representative_id", "missing")),
        (f"一禾公司,,uscc,{FIRM},,{SPEAKS}", ",,,", ("representative", "missing")),
        (f"一禾公司,,uscc,{FIRM},张三,{SPEAKS[:-1]}5", ",,,", ("representative_id", "id_check_digit")),
        (f"王霞,,,{PERSON},,", f",,,{SPEAKS}", ("guarantor_id", "guarantor_not_one")),
        (f"王霞,,,{PERSON},,", f",,甲；乙,{SPEAKS}", ("guarantor_id", "guarantor_not_one")),
        (f"王霞,,,{PERSON},,", f",,{'很' * 81},", ("name", "too_long")),
        (f"王霞,神仙,,{PERSON},,", ",,,", ("borrower_kind", "value_unknown")),
    ],
)
def test_what_does_not_go_together_is_named_and_the_others_go_on(
    tmp_path: Path, who: str, around: str, told: tuple[str, str]
) -> None:
    done = book(tmp_path, line(1, who, around), line(2, f"李四,,,{SPEAKS},,"))
    assert [(error.column, error.code) for error in done.errors] == [told]
    assert list(Loan.objects.values_list("ref", flat=True)) == ["L2"]
