"""Who waits for whose second look. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from jietong.approvals.kinds import KINDS
from jietong.approvals.models import Request
from jietong.kernel.permissions import may
from jietong.staff import queries as staff

if TYPE_CHECKING:
    from jietong.staff.models import Member

OLD = timedelta(hours=24)  # what waits longer is marked


def _rows() -> QuerySet[Request]:
    return Request.objects.select_related("asked_by", "owner", "decided_by")


def waiting() -> list[Request]:
    """The oldest first."""
    return list(_rows().filter(state="waiting").order_by("asked_at", "pk"))


def decided(*, limit: int = 30) -> list[Request]:
    return list(_rows().exclude(state="waiting").order_by("-decided_at", "-pk")[:limit])


def request(request_id: int) -> Request | None:
    return _rows().filter(pk=request_id).first()


def waiting_about(*subjects: str) -> list[Request]:
    """What waits about a loan ("loan:JT-1") or a product version ("version:7")."""
    return list(_rows().filter(state="waiting", subject__in=subjects).order_by("pk"))


def may_confirm(one: Request, user: Any) -> bool:
    """Has the right, and did not ask for it."""
    return one.asked_by_id != user.pk and may(user, KINDS[one.kind].confirms)


def confirmers(kind: str, *, but: int) -> list[Member]:
    """Everybody who may agree to such a request of that person."""
    wanted = KINDS[kind].confirms
    return [one for one in staff.members() if one.pk != but and may(one, wanted)]


def count_for(user: Any) -> int:
    """How many requests this person may answer: the figure in the row of pages."""
    kinds = [code for code, kind in KINDS.items() if may(user, kind.confirms)]
    return Request.objects.filter(state="waiting", kind__in=kinds).exclude(asked_by_id=user.pk).count()


def loads(members: Iterable[int]) -> dict[int, int]:
    """member → requests that they own and that wait."""
    found = dict.fromkeys(members, 0)
    for owner in Request.objects.filter(state="waiting", owner_id__in=found).values_list("owner_id", flat=True):
        found[owner] += 1
    return found
