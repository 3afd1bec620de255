"""The borrowers of the guided tour: known phones, known facts, known stories. They come before the drawn ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from jietong.loans.rules.periods import add_months
from jietong.loans.rules.terms import Terms
from jietong.simulator.people import Person, card, phone, resident_id, trader_code
from jietong.simulator.portfolio import LoanPlan, plan

#: customer numbers up to this one belong to the tour
TOUR_LAST = 9


@dataclass(frozen=True, slots=True)
class Guest:
    """One borrower of the tour: who, what they owe, and what a visitor may try as them."""

    person: Person
    loans: tuple[LoanPlan, ...]
    note: str
    note_en: str


def guests(today: date) -> list[Guest]:
    """The same people and the same stories on any day; due dates are counted from `today`."""
    return [*_first_guests(today), *_other_guests(today)]


def _first_guests(today: date) -> list[Guest]:
    xiao = _person(1, "林晓", "44", "广东省", "深圳市", date(1993, 5, 16), 26)
    wen = _person(2, "周文博", "33", "浙江省", "杭州市", date(1988, 11, 2), 37)
    yu = _person(3, "陈雨桐", "51", "四川省", "成都市", date(1996, 3, 9), 48)
    late = _late(today, "XF", 12_000, 12, unpaid=5, days=9)
    two = (
        _late(today, "JB", 5_000, 6, unpaid=3, days=3),
        _coming(today, "LH", 30_000, 24, paid=7, days=4),
    )
    return [
        Guest(xiao, (late,), f"借款 12,000 元，12 期已还 4 期，第 5 期已过还款日 {late.days_late} 天",
              f"borrowed ¥12,000; paid 4 of 12, the 5th is {late.days_late} days past its due date"),
        Guest(wen, two, f"两笔借款：一笔已过还款日 {two[0].days_late} 天，另一笔 4 天后到期",
              f"two loans: one {two[0].days_late} days past its due date, the other due in 4 days"),
        Guest(yu, (_coming(today, "XF", 8_000, 12, paid=6, days=5),), "一直按时还款，下一期 5 天后到期",
              "always on time, next instalment due in 5 days"),
    ]  # fmt: skip


def _other_guests(today: date) -> list[Guest]:
    before = _person(4, "赵志远", "41", "河南省", "郑州市", date(1985, 7, 21), 59)
    after = replace(_person(5, "孙倩", "41", "河南省", "洛阳市", date(1999, 1, 30), 60), phone=before.phone)
    shop = replace(
        _person(6, "沈记面馆", "32", "江苏省", "苏州市", date(1980, 1, 1), 1),
        id_type="统一社会信用代码", id_no=trader_code("32", 6), representative="沈国强",
        representative_id=resident_id("32", date(1980, 1, 1), 71),
    )  # fmt: skip
    far = _person(7, "阿依古丽·买买提", "65", "新疆维吾尔自治区", "喀什市", date(1991, 9, 12), 82)
    green = replace(_person(8, "Alice Green", "31", "上海市", "上海市", date(1990, 4, 4), 104), language="en")
    worst = _person(9, "何建国", "42", "湖北省", "武汉市", date(1978, 12, 8), 115)
    loans = [
        _late(today, "XF", 15_000, 12, unpaid=4, days=20), _coming(today, "JB", 3_000, 6, paid=2, days=10),
        _late(today, "LH", 48_000, 24, unpaid=6, days=45), _coming(today, "XF", 6_000, 6, paid=3, days=1),
        _late(today, "XF", 9_000, 12, unpaid=3, days=2), _late(today, "JB", 20_000, 12, unpaid=4, days=130),
    ]  # fmt: skip
    shared = "与 {} 先后用过同一个手机号：要用证件或银行卡后四位分清是谁"
    notes = [
        f"已过还款日 {loans[0].days_late} 天；{shared.format('孙倩')}", f"按时还款；{shared.format('赵志远')}",
        f"个体工商户，已过还款日 {loans[2].days_late} 天", "少数民族姓名，下一期明天到期",
        f"用英文，已过还款日 {loans[4].days_late} 天", f"已过还款日 {loans[5].days_late} 天",
    ]  # fmt: skip
    shared_en = "has used the same phone number as {}: the last four of ID or card tell who it is"
    notes_en = [
        f"{loans[0].days_late} days past the due date; {shared_en.format('孙倩')}",
        f"on time; {shared_en.format('赵志远')}", f"a noodle shop, {loans[2].days_late} days past the due date",
        "a minority name; next instalment due tomorrow",
        f"reads English, {loans[4].days_late} days past the due date", f"{loans[5].days_late} days past the due date",
    ]  # fmt: skip
    people = [before, after, shop, far, green, worst]
    rows = zip(people, loans, notes, notes_en, strict=True)
    return [Guest(who, (loan,), note, note_en) for who, loan, note, note_en in rows]


def _person(number: int, name: str, code: str, province: str, city: str, born: date, sequence: int) -> Person:
    return Person(
        number=f"C{number:06d}", name=name, id_type="居民身份证", id_no=resident_id(code, born, sequence),
        phone=phone(number), email=f"c{number:06d}@mail.example", card_no=card(number * 7919),
        province=province, city=city,
    )  # fmt: skip


def _late(today: date, product: str, yuan: int, instalments: int, *, unpaid: int, days: int) -> LoanPlan:
    """Paid on every due day until instalment `unpaid`, which fell due `days` ago (or a little more in short months)."""
    disbursed_on = add_months(today - timedelta(days=days), -unpaid)
    terms = _terms(product, yuan, instalments, disbursed_on)
    return plan(product, terms, paid_before=add_months(disbursed_on, unpaid), today=today, rng=None)


def _coming(today: date, product: str, yuan: int, instalments: int, *, paid: int, days: int) -> LoanPlan:
    """`paid` instalments paid on their days; the next one falls due in `days`."""
    disbursed_on = add_months(today + timedelta(days=days), -paid - 1)
    return plan(product, _terms(product, yuan, instalments, disbursed_on), paid_before=today, today=today, rng=None)


def _terms(product: str, yuan: int, instalments: int, disbursed_on: date) -> Terms:
    if product == "JB":
        return Terms(yuan * 100, Decimal("0.0004"), instalments, disbursed_on, rate_unit="day", day_count="actual/365")
    return Terms(yuan * 100, Decimal("0.144"), instalments, disbursed_on)
