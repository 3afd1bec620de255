"""The stand-in's HTTP side: four signed calls, files, and notices sent back to us, twice."""

from __future__ import annotations

import http.client
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from jietong.deduction.channels.signing import HEADER, is_signed, sign
from jietong.deduction.rules import lines
from jietong.deduction.rules.judging import Outcome, Told
from jietong.deduction.standin.behaviours import Behaviour, behaviour
from jietong.deduction.standin.books import Books, Moved
from jietong.kernel import clock

log = logging.getLogger("jietong.standin")
BODY_BYTES_MAX = 64 * 1024 * 1024


class Standin(ThreadingHTTPServer):
    """Listens on the loopback address; port 0 takes a free one. `tell`: our address for notices, or empty."""

    daemon_threads = True

    def __init__(
        self, books: Books, *, port: int, secret: str, seed: int = 1, late_seconds: float = 20, slow_seconds: float = 6,
        tell: str = "", now_of: Callable[[], datetime] = clock.now,
    ) -> None:  # fmt: skip
        super().__init__(("127.0.0.1", port), Handler)
        self.books, self.secret, self.seed, self.tell = books, secret, seed, tell
        self.late = timedelta(seconds=late_seconds)
        self.slow_seconds = slow_seconds
        self.now_of = now_of  # the demo's past days are told to it

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.info("a caller did not wait for its answer")

    def decide(self, order: Mapping[str, Any], how: Behaviour) -> None:
        """Move the money, or not, and write down what will be told and from when on."""
        now = self.now_of()
        for factor in how.takes:
            self.books.take(order["key"], round(order["amount_fen"] * factor), now)
        if how.takes or how.code != "silent_nothing":
            outcome = Outcome.SUCCEEDED if how.takes else Outcome.FAILED
            late = self.late if how.says == "processing" else timedelta(0)
            self.books.decide(order["key"], outcome, "" if how.takes else how.code, now + late)
            if self.tell and how.takes:
                for wait in (late.total_seconds() + 1, late.total_seconds() + 3):  # notices come twice
                    timer = threading.Timer(wait, self.notify, [order["key"]])
                    timer.daemon = True
                    timer.start()

    def notify(self, key: str) -> None:
        """Tell our caller what became of an order; nobody repeats a notice that does not arrive."""
        at = urlsplit(self.tell)
        body = json.dumps({"answers": self.answers(key)}).encode()
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=5)
        try:
            connection.request("POST", at.path, body, {HEADER: sign(body, self.secret)})
            connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            log.info("notice of %s did not arrive: %s", key, error)
        finally:
            connection.close()

    def answers(self, key: str) -> list[dict[str, Any]]:
        """What the books say of a key, one answer a movement; empty for a key that is not known (yet)."""
        known = self.books.outcome(key)
        if known is None:
            return []
        outcome, code, visible_at = known
        if visible_at > self.now_of():
            return [{"key": key, "outcome": Outcome.PROCESSING}]
        if outcome == Outcome.FAILED:
            return [{"key": key, "outcome": Outcome.FAILED, "code": code}]
        return [as_answer(one) for one in self.books.moved(key)]

    def results(self, raw: bytes) -> bytes:
        """The result file to a request file: each order taken or not by its behaviour, one or two lines each."""
        number, day, orders = lines.read_request(raw)
        told: list[Told] = []
        for one in orders:
            self.books.order(one.key, one.agreement, one.amount_fen, self.now_of())
            how = behaviour(one.agreement, one.key, self.seed)
            self.decide({"key": one.key, "amount_fen": one.amount_fen}, how)
            for answer in self.answers(one.key) or [{"key": one.key, "outcome": Outcome.PROCESSING}]:
                paid = answer.get("paid_at")
                told.append(
                    Told(one.key, Outcome(answer["outcome"]), str(answer.get("code", "")), answer.get("amount_fen"),
                         str(answer.get("channel_ref", "")), datetime.fromisoformat(paid) if paid else None)
                )  # fmt: skip
        return lines.write_results(f"A{number[1:]}", number, day, told)


def as_answer(one: Moved) -> dict[str, Any]:
    told = {"channel_ref": one.ref, "amount_fen": one.amount_fen, "paid_at": one.paid_at}
    return {"key": one.key, "outcome": Outcome.SUCCEEDED, **told}


class Handler(BaseHTTPRequestHandler):
    server: Standin
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        log.debug(format, *args)

    def do_GET(self) -> None:  # the base class's name
        if not is_signed(f"GET {self.path}".encode(), self.headers.get(HEADER, ""), self.server.secret):
            self._answer(403, {"error": "not signed"})
        elif self.path.startswith("/debits/"):
            found = self.server.answers(unquote(self.path.removeprefix("/debits/")))
            self._answer(200 if found else 404, {"answers": found})
        elif self.path.startswith("/statement/"):
            day = date.fromisoformat(self.path.removeprefix("/statement/"))
            moved = [as_answer(one) | {"back": one.back} for one in self.server.books.statement(day)]
            self._answer(200, {"movements": moved})
        else:
            self._answer(404, {"error": "no such page"})

    def do_POST(self) -> None:
        raw = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), BODY_BYTES_MAX))
        if not is_signed(raw, self.headers.get(HEADER, ""), self.server.secret):
            self._answer(403, {"error": "not signed"})
        elif self.path == "/debits":
            self._debit(json.loads(raw))
        elif self.path == "/refunds":
            self._refund(json.loads(raw))
        elif self.path == "/files":
            self._send(200, self.server.results(raw), signed=True)
        else:
            self._answer(404, {"error": "no such page"})

    def _debit(self, order: dict[str, Any]) -> None:
        server = self.server
        server.books.order(order["key"], order["agreement"], order["amount_fen"], server.now_of())
        how = behaviour(order["agreement"], order["key"], server.seed)
        if how.says == "slow":
            time.sleep(server.slow_seconds)
        server.decide(order, how)
        answers = server.answers(order["key"])
        answer = answers[0] if answers else {"key": order["key"], "outcome": Outcome.PROCESSING}
        if how.says == "nothing":
            self.close_connection = True
            return
        if how.says == "failed":
            answer = {"key": order["key"], "outcome": Outcome.FAILED, "code": how.code}
        elif how.says == "wrong_amount":
            answer = {**answer, "amount_fen": order["amount_fen"] + 1}
        elif how.says == "wrong_key":
            answer = {**answer, "key": f"X{order['key']}"}
        raw = b"<html>502</html>" if how.says == "garbled" else json.dumps(answer).encode()
        self._send(200, raw, signed=how.says != "unsigned")

    def _refund(self, wanted: dict[str, Any]) -> None:
        ref = self.server.books.refund(wanted["key"], wanted["of_ref"], wanted["amount_fen"])
        if ref is None:
            self._answer(422, {"error": "no such money to pay back"})
        else:
            self._answer(200, {"key": wanted["key"], "outcome": Outcome.SUCCEEDED, "channel_ref": ref})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body).encode(), signed=True)

    def _send(self, status: int, raw: bytes, *, signed: bool) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        if signed:
            self.send_header(HEADER, sign(raw, self.server.secret))
        self.end_headers()
        self.wfile.write(raw)
