"""Questions to other desks that the demo begins with: one late, one answered, one on its way. The supervisor has the
contacts, so that no specialist's hands are full when a visitor comes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jietong.contacts import queries as contact_queries
from jietong.routing import commands as routing
from jietong.staff.models import Member
from jietong.workorders import commands as workorders

if TYPE_CHECKING:
    from jietong.simulator.demo_history import Crowd


@dataclass(frozen=True, slots=True)
class Question:
    """Asked `hours` ago. answer: what the desk has said (empty: nothing yet)."""

    hours: int
    intent: str
    asks: str
    told: str
    kind: str
    question: str
    answer: str = ""


QUESTIONS: tuple[Question, ...] = (
    Question(
        46, "repay_failed", "我前天转过去 1200 元，账上一直没有，请查一下。", "已请财务查这笔转账，一有结果就告诉您。",
        "trace_payment", "借款人前天 14:20 对公转账 1,200.00 元，附言写了借据号，挂账里没有，请查银行流水。",
    ),
    Question(
        20, "interest_fee", "9 月的罚息多算了两天，请复核。", "我请财务复核，复核完把算法发给您。",
        "check_charges", "9 月那一期 9-18 还清，借款人认为罚息多算两天，请复核到日。",
        "已复核：9-17 20:00 后到账，按 9-18 记，多算 1 天，今晚冲回。",
    ),
    Question(
        1, "credit_report", "征信报告上 10 月这一条不对，我是按时还的。", "我请征信组核对报送，最晚后天告诉您。",
        "check_report", "借款人称 10 月按时还款，报送为逾期，请核对当月报送和到账时间。",
    ),
)  # fmt: skip


def ask_other_desks(who: Crowd, *, now: datetime) -> int:
    """Write the questions as the people would have; the clock marks what is late. Answers how many."""
    qin = Member.objects.get(username="qin")
    tang = Member.objects.get(username="tang")
    free = [key for key in who.current[50:] if contact_queries.open_contact(key) is None]
    asked = 0
    for one, borrower_id in zip(QUESTIONS, free, strict=False):
        at = now - timedelta(hours=one.hours)
        contact = routing.ask_for_person(
            borrower_id=borrower_id, channel="chat", intent=one.intent, text=one.asks, now=at,
            actor=f"borrower:{borrower_id}",
        )  # fmt: skip
        contact = routing.take_over(contact=contact, supervisor=qin, now=at + timedelta(minutes=1))
        routing.specialist_said(contact=contact, member_id=qin.pk, text=one.told, now=at + timedelta(minutes=2))
        order = workorders.open_order(
            contact=contact, kind=one.kind, question=one.question, member=qin, now=at + timedelta(minutes=2)
        )
        if one.answer:
            workorders.act(
                order_id=order.pk, act="answer", member=tang, text=one.answer, now=now - timedelta(minutes=5)
            )
        asked += 1
    workorders.tick(now)
    return asked
