"""The demo's credit reporting: notices that went out, last month's reports, and a few things that went wrong."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from jietong.borrowers.models import ContactPoint
from jietong.bureau import commands as bureau
from jietong.bureau.commands.reporting import month_end
from jietong.bureau.models import Dispute, Notice, Report
from jietong.contacts.models import Attempt
from jietong.loans.queries import standing as loans
from jietong.routing import commands as routing

NOTICE_DAYS = 3  # as the rule pack has it: the day past due on which the notice goes out
ONE_WITHOUT = 37  # one in so many had no notice that arrived
TEXT = (
    "【{}】按规定先告知您：有一件事项如果到约定的日子还没处理，我们会如实向征信机构报送。"
    "请打开 App「我的信用报送」查看。"
)


class CreditYear:
    """Everything about credit reporting that the demo shows, around the month before `today`."""

    def __init__(self, *, today: date) -> None:
        self.zone = ZoneInfo(settings.LENDER_TIME_ZONE)
        self.today = today
        self.month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        self.as_of = month_end(self.month)

    def _at(self, day: date, hour: int = 10) -> datetime:
        return datetime.combine(day, time(hour), self.zone)

    def tell_before(self) -> None:
        """Notices as they went out day by day, for everybody late now or at the end of last month."""
        late = {key: (who, due, False) for key, (who, due) in loans.late_loans(on=self.today, at_least_days=4).items()}
        for one in loans.standings(self.as_of, since=self.month):
            if one.oldest_unpaid_on is not None and one.loan_id not in late:
                late[one.loan_id] = (one.borrower_id, one.oldest_unpaid_on, True)
        told = [(key, *rest) for key, rest in late.items() if key % ONE_WITHOUT]
        points = self._phones({who for _key, who, _due, _over in told})
        attempts = [self._attempt(key, who, due, points.get(who)) for key, who, due, _ in told]
        Attempt.objects.bulk_create(attempts, batch_size=2000)
        Notice.objects.bulk_create(
            (
                self._notice(attempt, key, due, is_over=is_over)
                for attempt, (key, _who, due, is_over) in zip(attempts, told, strict=True)
            ),
            batch_size=2000,
        )

    @staticmethod
    def _phones(borrower_ids: set[int]) -> dict[int, ContactPoint]:
        rows = ContactPoint.objects.filter(kind="phone", borrower_id__in=borrower_ids).order_by("-rank", "-pk")
        return {point.borrower_id: point for point in rows.only("pk", "borrower_id", "display")}

    def _attempt(self, loan_id: int, borrower_id: int, due: date, point: ContactPoint | None) -> Attempt:
        at = self._at(due + timedelta(days=NOTICE_DAYS))
        return Attempt(
            key=f"demo:{loan_id}:notice", borrower_id=borrower_id, channel="sms", purpose="service",
            template="bureau_notice", state=Attempt.State.SENT, planned_at=at, not_before=at,
            expires_at=at + timedelta(days=3), sent_at=at, body=TEXT.format(settings.LENDER_NAME),
            provider_ref=f"demo-{loan_id}", point=point,
        )  # fmt: skip

    def _notice(self, attempt: Attempt, loan_id: int, due: date, *, is_over: bool) -> Notice:
        to = attempt.point.display if attempt.point is not None else ""
        evidence = {"attempt": attempt.pk, "channel": "sms", "to": to, "text": attempt.body, "why_not": ""}
        return Notice(
            loan_id=loan_id, borrower_id=attempt.borrower_id, oldest_unpaid_on=due, state=Notice.State.SENT,
            channel="sms", attempt_key=attempt.key, planned_at=attempt.planned_at, sent_at=attempt.sent_at,
            evidence=evidence, ended_on=self.today if is_over else None,
        )  # fmt: skip

    def report(self, *, now: datetime) -> None:
        """Last month's run on the second of this month, and what became of some of it."""
        at = min(self._at(self.today.replace(day=2)), now)
        bureau.prepare(month=self.month, actor="system:demo", now=at)
        adverse = list(Report.objects.filter(adverse=True).order_by("days_past_due", "pk")[:40:8])
        for place in (2, 3, 1, 0):  # in the order in which they happened
            if place < len(adverse):
                self._story(place, adverse[place], now=now)

    def _story(self, place: int, report: Report, *, now: datetime) -> None:
        """A dispute that waits, one that was upheld, a fault of ours near its deadline, a row that came back."""
        if place in {0, 1}:
            dispute = self._disputes(report, now=now - timedelta(days=5 * place, minutes=1), asks=place == 0)
            if place == 1:
                bureau.decide_dispute(
                    dispute_id=dispute.pk, upheld=True, actor="system:demo", now=now - timedelta(hours=20),
                    answer="核对了扣款通道的记录：您当天卡里有钱，是通道超时，不该报。已经立更正。",
                )  # fmt: skip
        elif place == 2:
            found_at = max(now - timedelta(days=15), report.reported_at + timedelta(hours=1))
            bureau.own_fault(
                report_id=report.pk, note="告知短信发到了换号前的号码", strike=True, actor="system:demo",
                now=found_at,
            )  # fmt: skip
            self._sent_and_answered(now=found_at + timedelta(hours=1))
        elif place == 3:
            bureau.own_fault(
                report_id=report.pk, note="出借人名称写错", strike=False, actor="system:demo",
                now=max(now - timedelta(days=14), report.reported_at + timedelta(hours=3)),
            )  # fmt: skip
            bureau.watch(business_date=self.today, now=now)

    def _disputes(self, report: Report, *, now: datetime, asks: bool) -> Dispute:
        """asks: the borrower waits for a person at this moment; else it was dealt with days ago."""
        text = "报告上说我过了还款日，可是那天卡里有钱，是你们没扣成。请核实。"
        actor = f"borrower:{report.borrower_id}"
        contact_id = None
        if asks:
            contact_id = routing.ask_for_person(
                borrower_id=report.borrower_id, channel="form", intent="credit_report", text=text, actor=actor, now=now
            ).pk
        return bureau.open_dispute(
            report_id=report.pk, borrower_id=report.borrower_id, text=text, actor=actor, now=now, contact_id=contact_id
        )

    def _sent_and_answered(self, *, now: datetime) -> None:
        """A file of corrections, and the bureau's answer that one row did not pass."""
        batch = bureau.prepare_corrections(actor="system:demo", now=now)
        if batch is None:
            return
        folder = Path(settings.DATA_DIR) / "bureau"
        bureau.export(batch_name=batch.name, folder=folder, actor="system:demo", now=now)
        rows = [f"{row},accepted,," for row in range(2, batch.counts["rows"] + 1)]
        lines = ["row,result,code,message", "1,rejected,E07,证件号码校验不过", *rows]
        bureau.acknowledge(
            batch_name=batch.name, content="\n".join(lines).encode(), file_name=f"{batch.name}-ack.csv",
            actor="system:demo", now=now + timedelta(days=1),
        )  # fmt: skip
