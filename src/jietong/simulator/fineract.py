"""A local stand-in of Apache Fineract: the few addresses that the connector asks, in Fineract's documented shapes.

It keeps its own small book (oldest instalment first: penalty, fee, interest, principal): what it says is not our
own arithmetic told back to us. Moods make it behave badly on purpose. For tests and the demo only.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PREFIX = "/fineract-provider/api/v1"
LOGIN, TENANT = "mifos:password", "default"
PARTS = ("penaltyCharges", "feeCharges", "interest", "principal")  # in the order in which money pays them
PORTIONS = {
    "penaltyCharges": "penaltyChargesPortion", "feeCharges": "feeChargesPortion", "interest": "interestPortion",
    "principal": "principalPortion",
}  # fmt: skip
CNY = {"code": "CNY", "name": "Chinese Yuan", "decimalPlaces": 2, "displaySymbol": "¥"}


def yuan(fen: int) -> float:
    return fen / 100


def triple(day: date) -> list[int]:
    return [day.year, day.month, day.day]


@dataclass
class Period:
    due_on: date
    due: dict[str, int]  # by part, in fen
    paid: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))
    waived: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))

    def left(self, part: str) -> int:
        return self.due.get(part, 0) - self.paid[part] - self.waived[part]


@dataclass
class Transaction:
    id: int
    on: date
    fen: int
    external_id: str = ""
    is_reversed: bool = False
    portions: dict[str, int] = field(default_factory=dict)
    over: int = 0


@dataclass
class CoreLoan:
    """One loan of the core. `ref`: the lender's own number (externalId)."""

    id: int
    ref: str
    client_id: int
    principal_fen: int
    annual_percent: str
    disbursed_on: date
    periods: list[Period]
    product: tuple[int, str] = (7, "消费贷")
    transactions: list[Transaction] = field(default_factory=list)
    status: int = 300

    def pay(self, on: date, fen: int, *, external_id: str = "") -> Transaction:
        one = Transaction(self.id * 1000 + len(self.transactions) + 1, on, fen, external_id)
        self.transactions.append(one)
        self.work_out()
        return one

    def reverse(self, one: Transaction) -> None:
        one.is_reversed = True
        self.work_out()

    def work_out(self) -> None:
        """Tell all money again, oldest period first."""
        for period in self.periods:
            period.paid = dict.fromkeys(PARTS, 0)
        for one in self.transactions:
            one.portions, one.over = dict.fromkeys(PARTS, 0), 0
            if one.is_reversed:
                continue
            left = one.fen
            for period in self.periods:
                for part in PARTS:
                    took = min(left, period.left(part))
                    period.paid[part] += took
                    one.portions[part] += took
                    left -= took
            one.over = left

    def total(self, part: str, what: str) -> int:
        return sum(getattr(period, what).get(part, 0) for period in self.periods)

    @property
    def left_fen(self) -> int:
        return sum(period.left(part) for period in self.periods for part in PARTS)

    def listed(self) -> dict[str, Any]:
        """A row of GET /loans."""
        over = sum(one.over for one in self.transactions)
        status = self.status if self.left_fen or self.status != 300 else (700 if over else 600)
        summary: dict[str, Any] = {"currency": CNY, "principalDisbursed": yuan(self.principal_fen)}
        for part in PARTS:
            summary |= {
                f"{part}Paid": yuan(self.total(part, "paid")),
                f"{part}Outstanding": yuan(sum(period.left(part) for period in self.periods)),
            }
        summary |= {"principalWrittenOff": 0.0, "totalOutstanding": yuan(self.left_fen)}
        return {
            "id": self.id,
            "accountNo": f"{self.id:09d}",
            "externalId": self.ref,
            "status": {"id": status, "code": f"loanStatusType.{status}", "active": status == 300},
            "clientId": self.client_id,
            "loanProductId": self.product[0],
            "loanProductName": self.product[1],
            "currency": CNY,
            "principal": yuan(self.principal_fen),
            "numberOfRepayments": len(self.periods),
            "annualInterestRate": float(self.annual_percent),
            "amortizationType": {"id": 1, "code": "amortizationType.equal.installments"},
            "interestType": {"id": 0, "code": "interestType.declining.balance"},
            "timeline": {"actualDisbursementDate": triple(self.disbursed_on)},
            "summary": summary,
            "totalOverpaid": yuan(over),
        }

    def whole(self) -> dict[str, Any]:
        """GET /loans/{id}?associations=repaymentSchedule,transactions"""
        first = {"dueDate": triple(self.disbursed_on), "principalDisbursed": yuan(self.principal_fen)}
        periods = [first, *(self._period(n, period) for n, period in enumerate(self.periods, start=1))]
        schedule = {"currency": CNY, "periods": periods, "totalPrincipalDisbursed": yuan(self.principal_fen)}
        paid_out = {
            "id": self.id * 1000, "type": {"id": 1, "code": "loanTransactionType.disbursement"},
            "date": triple(self.disbursed_on), "amount": yuan(self.principal_fen), "manuallyReversed": False,
        }  # fmt: skip
        told = [paid_out, *(self._transaction(one) for one in self.transactions)]
        return {**self.listed(), "repaymentSchedule": schedule, "transactions": told}

    @staticmethod
    def _period(n: int, period: Period) -> dict[str, Any]:
        told: dict[str, Any] = {"period": n, "dueDate": triple(period.due_on)}
        for part in PARTS:
            told |= {
                f"{part}Due": yuan(period.due.get(part, 0)),
                f"{part}Paid": yuan(period.paid[part]),
                f"{part}Waived": yuan(period.waived[part]),
                f"{part}Outstanding": yuan(period.left(part)),
            }
        return told

    @staticmethod
    def _transaction(one: Transaction) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": one.id,
            "type": {"id": 2, "code": "loanTransactionType.repayment", "repayment": True},
            "date": triple(one.on),
            "currency": CNY,
            "amount": yuan(one.fen),
            "overpaymentPortion": yuan(one.over),
            "manuallyReversed": one.is_reversed,
        }
        if one.external_id:
            told["externalId"] = one.external_id
        return told | {PORTIONS[part]: yuan(fen) for part, fen in one.portions.items()}


@dataclass
class Client:
    id: int
    number: str
    name: str
    mobile: str = ""
    email: str = ""
    id_no: str = ""

    def whole(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "accountNo": f"{self.id:09d}",
            "externalId": self.number,
            "status": {"id": 300, "code": "clientStatusType.active", "value": "Active"},
            "active": True,
            "displayName": self.name,
            "mobileNo": self.mobile,
            "emailAddress": self.email,
        }

    def identifiers(self) -> list[dict[str, Any]]:
        if not self.id_no:
            return []
        return [
            {"id": self.id, "clientId": self.id, "documentType": {"id": 1, "name": "身份证"}, "documentKey": self.id_no}
        ]


class StandIn:
    """The server. `mood`: "" well, "down" 503, "broken" 500, "slow", "half_page", "cut_off", "garbage", "denied".

    is_down: asked before each answer; True answers 503. on_page: called with the offset before a page is sent.
    """

    def __init__(self, *, is_down: Callable[[], bool] = lambda: False) -> None:
        self.loans: dict[int, CoreLoan] = {}
        self.clients: dict[int, Client] = {}
        self.mood = ""
        self.asked: list[str] = []
        self.is_down = is_down
        self.on_page: Callable[[int], None] = lambda _offset: None
        self.hold = threading.Event()  # a slow answer waits for it
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}{PREFIX}"

    def start(self) -> StandIn:
        self.thread.start()
        return self

    def stop(self) -> None:
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def answer(self, path: str, query: dict[str, list[str]]) -> Any:
        """The content at an address; None when there is nothing."""
        if path == "/loans":
            return self._page(int(query["offset"][0]), int(query["limit"][0]))
        found = re.fullmatch(r"/(loans|clients)/(\d+)(/identifiers)?", path)
        if found is None:
            return None
        kind, number, identifiers = found.group(1), int(found.group(2)), found.group(3)
        if kind == "loans":
            one = self.loans.get(number)
            return one.whole() if one and not identifiers else None
        client = self.clients.get(number)
        if client is None:
            return None
        return client.identifiers() if identifiers else client.whole()

    def _page(self, offset: int, limit: int) -> dict[str, Any]:
        self.on_page(offset)
        rows = [self.loans[key].listed() for key in sorted(self.loans)]
        shown = rows[offset : offset + limit]
        if self.mood == "half_page":
            shown = shown[: max(1, limit // 2)]
        return {"totalFilteredRecords": len(rows), "pageItems": shown}


def _handler(core: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            core.asked.append(self.path)
            parts = urlsplit(self.path)
            wanted = "Basic " + base64.b64encode(LOGIN.encode()).decode()
            if core.mood == "slow":
                core.hold.wait(10)
            if core.is_down() or core.mood == "down":
                return self._send(503, {"httpStatusCode": "503"})
            if core.mood == "broken":
                return self._send(500, {"httpStatusCode": "500"})
            if core.mood == "denied" or self.headers["Authorization"] != wanted:
                return self._send(401, {"httpStatusCode": "401"})
            if self.headers["Fineract-Platform-TenantId"] != TENANT:
                return self._send(400, {"httpStatusCode": "400"})
            with core.lock:
                found = core.answer(parts.path.removeprefix(PREFIX), parse_qs(parts.query))
            return self._send(404 if found is None else 200, found)

        def _send(self, status: int, content: Any) -> None:
            body = json.dumps(content).encode()
            if core.mood == "garbage":
                body = b"<html>maintenance</html>"
            length = len(body)
            if core.mood == "cut_off":
                body, self.close_connection = body[: length // 2], True
            with suppress(BrokenPipeError, ConnectionResetError):  # who asked has gone away: nothing to tell
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """The stand-in has nobody to tell."""

    return Handler
