"""What waits for a second person: the list, and one request with before and after."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jietong.approvals import commands as approvals
from jietong.approvals import labels, queries
from jietong.approvals.rules.rows import Row, digest, unpacked
from jietong.console import products as shown
from jietong.console.words import named
from jietong.kernel.money import show_yuan
from jietong.loans import words as money
from jietong.loans.queries import products
from jietong.origination import labels as limits
from jietong.ui.words import product_words

if TYPE_CHECKING:
    from jietong.approvals.models import Request

ROWS_SHOWN_MAX = 200


def page(now: datetime, *, reader: Any) -> dict[str, Any]:
    """All that waits, the oldest first, those that the reader may answer marked; and what was decided lately."""
    waiting = [_line(one, now, reader) for one in queries.waiting()]
    return {
        "now": now,
        "waiting": waiting,
        "mine": sum(1 for row in waiting if row["may_confirm"]),
        "old": sum(1 for row in waiting if row["is_old"]),
        "decided": [_line(one, now, reader) for one in queries.decided()],
    }


def _line(one: Request, now: datetime, reader: Any) -> dict[str, Any]:
    return {
        "one": one,
        "what": named(labels.KINDS, one.kind),
        "about": _about(one),
        "state": named(labels.STATES, one.state),
        "tone": labels.TONES[one.state],
        "hours": int((now - one.asked_at).total_seconds() // 3600),
        "is_old": one.state == "waiting" and now - one.asked_at > queries.OLD,
        "may_confirm": one.state == "waiting" and queries.may_confirm(one, reader),
        "is_own": one.asked_by_id == reader.pk,
        "reason": _reason(one),
    }


def what(request_id: int) -> str:
    """The act and what it is about, in a few words; empty when there is no such request."""
    one = queries.request(request_id)
    return f"{named(labels.KINDS, one.kind)} {_about(one)}" if one is not None else ""


def _about(one: Request) -> str:
    """What it is about, short."""
    terms = one.terms
    if one.kind == "product_in_force":
        version = products.version(terms["version_id"])
        return _("%(product)s 第 %(n)d 版，%(day)s 起") % {
            "product": product_words(version.product.name) if version else "", "n": version.number if version else 0,
            "day": terms["from_on"],
        }  # fmt: skip
    if one.kind == "creditor_list":
        told = ngettext("%(n)d 笔 → %(taker)s", "%(n)d 笔 → %(taker)s", len(one.rows))
        return told % {"n": len(one.rows), "taker": terms["taker"]}
    if one.kind == "limit_list":
        told = ngettext("%(n)d 位，降到 %(sum)s", "%(n)d 位，降到 %(sum)s", len(one.rows))
        return told % {"n": len(one.rows), "sum": show_yuan(terms["to_fen"])}
    if one.kind == "waive":
        return f"{terms['ref']} · {show_yuan(terms['penalty_fen'])}"
    return str(terms["ref"])


def _reason(one: Request) -> str:
    if one.kind == "limit_list":
        why = str(limits.limit_reason(one.terms["reason"]).why)
        return f"{why} · {one.terms['note']}" if one.terms["note"] else why
    if one.kind == "creditor_list":
        return str(one.terms["reference"])
    return one.reason


def one_request(request_id: int, now: datetime, *, reader: Any, today: date) -> dict[str, Any] | None:
    """One request: as it was asked, as it would be done now, and who may answer it. None: there is none."""
    one = queries.request(request_id)
    if one is None:
        return None
    asked = unpacked(one.rows)
    rows, seen, problem = asked, "", ""
    if one.state == "waiting":
        rows, seen, refused = approvals.preview(request_id=one.pk, now=now)
        problem = labels.refused(refused) if refused is not None else ""
        rows = rows or asked
    elif one.done:
        rows = unpacked(one.done)
    return {
        **_line(one, now, reader),
        "now": now,
        "rows": [_row(row) for row in rows[:ROWS_SHOWN_MAX] if row.unit != "term"],
        "row_count": len(rows),
        "seen": seen,
        "problem": problem,
        "has_moved": bool(seen) and digest(asked) != seen,
        "confirmers": [member.surname_title for member in queries.confirmers(one.kind, but=one.asked_by_id)],
        "link": _link(one),
        **_terms(one, today),
    }


def _terms(one: Request, today: date) -> dict[str, Any]:
    """A product's terms side by side, in the words of the product page."""
    if one.kind != "product_in_force":
        return {}
    version = products.version(one.terms["version_id"])
    if version is None or version.terms is None:
        return {}
    before = products.version_in_force(version.product.code, on=today)
    old = before.terms if before is not None and before.pk != version.pk else None
    return {"lines": shown.compared(old, version.terms), "examples": shown.examples(old, version.terms, on=today)}


def _row(row: Row) -> dict[str, Any]:
    return {
        "name": str(labels.ROWS.get(row.name, row.name)),
        "before": _side(row.before, row.unit),
        "after": _side(row.after, row.unit),
        "differs": row.before != row.after,
        "is_figure": row.unit in {"fen", "count"},
        "is_right": row.unit not in {"claims", "date"},
    }


def _side(value: Any, unit: str) -> str:
    if unit == "fen":
        return show_yuan(int(value))
    if unit == "loan_state":
        return money.said(money.LOAN_STATES, value)
    if unit == "claims":
        return _("；").join(f"{holder} {show_yuan(fen)}" if fen is not None else holder for holder, fen in value)
    return str(value) if value not in {"", None} else "—"


def _link(one: Request) -> tuple[str, str] | None:
    """Where the thing itself stands: address and words."""
    if one.kind == "product_in_force":
        version = products.version(one.terms["version_id"])
        if version is None:
            return None
        return reverse("console:product-version", args=(version.product.code, version.number)), _("看这一版")
    if one.kind == "creditor_list":
        return reverse("parties:page"), _("债权与担保")
    if one.kind == "limit_list":
        return reverse("console:limits"), _("额度")
    return reverse("console:loan-money", args=(one.terms["ref"],)), _("看账务")
