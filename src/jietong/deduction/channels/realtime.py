"""The real-time channel over HTTP: JSON bodies, each signed. docs/deduction-channel.md describes the four calls.

A connection that was not made is certain; everything after it is not: a time-out, a broken line, an answer without its
signature or one that cannot be read are all "unsure", never "failed".
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from jietong.deduction.channels import Movement, NotSentError, Order, Reply, UnsureError
from jietong.deduction.channels.signing import HEADER, is_signed, sign
from jietong.deduction.rules.judging import Outcome, Told

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 4.0
ANSWER_BYTES_MAX = 32 * 1024 * 1024


class Realtime:
    """One channel at `url` (http or https, with an optional path) and the secret shared with it."""

    def __init__(self, url: str, secret: str, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._at = urlsplit(url)
        self._secret = secret
        self._answer_seconds = answer_seconds

    def debit(self, order: Order) -> Reply:
        body = {"key": order.key, "agreement": order.agreement, "amount_fen": order.amount_fen, "words": order.words}
        status, raw = self._call("POST", "/debits", body)
        if status != http.client.OK:
            raise UnsureError(f"the channel answered {status}", raw)
        return Reply((read_told(_object(raw), raw),), raw)

    def ask(self, key: str) -> Reply:
        status, raw = self._call("GET", f"/debits/{quote(key, safe='')}", None)
        if status == http.client.NOT_FOUND:
            return Reply((Told(key, Outcome.NOT_FOUND),), raw)
        if status != http.client.OK:
            raise UnsureError(f"the channel answered {status}", raw)
        answers = _object(raw).get("answers")
        if not isinstance(answers, list) or not answers:
            raise UnsureError("no answers in the answer", raw)
        return Reply(tuple(read_told(one, raw) for one in answers), raw)

    def refund(self, key: str, of_ref: str, amount_fen: int) -> str:
        status, raw = self._call("POST", "/refunds", {"key": key, "of_ref": of_ref, "amount_fen": amount_fen})
        if status == http.client.UNPROCESSABLE_ENTITY:
            raise ValueError(raw[:200])
        answer = _object(raw) if status == http.client.OK else {}
        if answer.get("key") != key or answer.get("outcome") != "succeeded" or not answer.get("channel_ref"):
            raise UnsureError(f"the channel answered {status}", raw)
        return str(answer["channel_ref"])

    def statement(self, day: date) -> list[Movement]:
        status, raw = self._call("GET", f"/statement/{day.isoformat()}", None)
        rows = _object(raw).get("movements") if status == http.client.OK else None
        if not isinstance(rows, list):
            raise UnsureError(f"no statement of {day}: the channel answered {status}", raw)
        return [_movement(row, raw) for row in rows]

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, str]:
        """Status and text of a signed answer. Raises NotSentError or UnsureError."""
        https = self._at.scheme == "https"
        made = http.client.HTTPSConnection if https else http.client.HTTPConnection
        host = self._at.hostname or ""
        connection = made(host, self._at.port, timeout=CONNECT_SECONDS)
        try:
            connection.connect()
        except OSError as error:
            raise NotSentError(f"no connection: {error}") from error
        try:
            assert connection.sock is not None
            connection.sock.settimeout(self._answer_seconds)
            payload = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
            signed = payload or f"{method} {path}".encode()
            headers = {"Content-Type": "application/json", HEADER: sign(signed, self._secret)}
            connection.request(method, self._at.path.rstrip("/") + path, payload or None, headers)
            answer = connection.getresponse()
            raw = answer.read(ANSWER_BYTES_MAX)
            signature = answer.getheader(HEADER, "")
        except (OSError, http.client.HTTPException) as error:
            raise UnsureError(f"{type(error).__name__} {error}".strip()) from error
        finally:
            connection.close()
        text = raw.decode("utf-8", "replace")
        if not is_signed(raw, signature, self._secret):
            raise UnsureError("the answer is not signed by the channel", text)
        return answer.status, text


def _object(raw: str) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError as error:
        raise UnsureError("the answer is not JSON", raw) from error
    if not isinstance(found, dict):
        raise UnsureError("the answer is not an object", raw)
    return found


def read_told(row: object, raw: str) -> Told:
    """One answer from its JSON object. Raises UnsureError when it is none."""
    if not isinstance(row, dict):
        raise UnsureError("an answer is not an object", raw)
    try:
        paid = row.get("paid_at")
        paid_at = datetime.fromisoformat(paid) if paid else None
        amount = row.get("amount_fen")
        if (paid_at is not None and paid_at.tzinfo is None) or not (amount is None or type(amount) is int):
            raise ValueError("a time has a zone, an amount is whole fen")
        return Told(
            key=str(row["key"])[:80],
            outcome=Outcome(row["outcome"]),
            code=str(row.get("code") or "")[:40],
            amount_fen=amount,
            channel_ref=str(row.get("channel_ref") or "")[:60],
            paid_at=paid_at,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise UnsureError(f"an answer that cannot be read: {error}", raw) from error


def _movement(row: object, raw: str) -> Movement:
    told = read_told({**row, "outcome": "succeeded"} if isinstance(row, dict) else row, raw)
    if told.amount_fen is None or told.paid_at is None or not told.channel_ref:
        raise UnsureError("a movement without amount, number or time", raw)
    assert isinstance(row, dict)
    return Movement(told.key, told.channel_ref, told.amount_fen, told.paid_at, bool(row.get("back")))
