"""What waits for a second person in the demo: terms, a write-off, and a cut of limits by list."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from jietong.approvals import commands as approvals
from jietong.borrowers import queries as borrowers
from jietong.loans.models import Loan
from jietong.loans.queries import products
from jietong.origination import queries as limits
from jietong.staff.models import Member

LATE_DAYS = 90
CUT_TO_FEN = 8000_00
LISTED = 6


def ask_for_a_second_look(*, others: list[int], without: set[int], today: date, now: datetime) -> int:
    """Answers how many requests wait. `without`: borrowers whose figures a story tells."""
    members = dict(Member.objects.values_list("username", "pk"))
    made = 0
    draft = next((one for one in products.versions("XF") if one.in_force_from is None and one.rate is not None), None)
    if draft is not None:
        terms = {"version_id": draft.pk, "from_on": (today + timedelta(days=7)).isoformat()}
        made += _ask("product_in_force", terms, members["ding"], draft.note, now - timedelta(hours=27))
    late = Loan.objects.filter(status="active", head__oldest_unpaid_due_on__lt=today - timedelta(days=LATE_DAYS))
    lost = late.exclude(borrower_id__in=without).order_by("head__oldest_unpaid_due_on", "pk").first()
    if lost is not None:
        why = "法院终结本次执行，内审〔2026〕17 号"
        made += _ask("write_off", {"ref": lost.ref}, members["qin"], why, now - timedelta(hours=3))
    cut = [key for key in others if (view := limits.limit(key)) is not None and view.granted_fen > CUT_TO_FEN][:LISTED]
    if cut:
        numbers = [who.number for who in borrowers.many(cut).values()]
        terms = {"numbers": numbers, "to_fen": CUT_TO_FEN, "reason": "risk", "note": "年度复查，收入证明过期"}
        made += _ask("limit_list", terms, members["ding"], "", now - timedelta(minutes=50))
    return made


def _ask(kind: str, terms: dict[str, object], by: int, reason: str, at: datetime) -> int:
    asked = approvals.put_forward(kind=kind, terms=terms, by=by, reason=reason, key=f"demo:{kind}", now=at)
    return 1 if asked is not None else 0
