"""Apache Fineract over REST: Basic auth, tenant header, paged list, and a loan with its schedule and transactions.

Fineract's list takes no "changed since": the list's rows carry status and summary, so a fingerprint of each row tells
which loans have to be fetched whole. The standard library's client is enough: one connection, no redirects.
"""

from __future__ import annotations

import base64
import http.client
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from jietong.connectors.rules import fineract as shapes
from jietong.connectors.rules import values
from jietong.connectors.sources.base import LinkError, Listed, Page
from jietong.kernel.errors import InputError

PAGE_SIZE = 200
TIMEOUT_SECONDS = 20
ANSWER_BYTES_MAX = 32 * 1024 * 1024
SWEEPS_MAX = 3  # a list that moves under our hands is walked again, but not for ever
ASSOCIATIONS = "repaymentSchedule,transactions"


class Fineract:
    """base_url: up to and with …/api/v1. Raises LinkError `settings` for an address that is none."""

    kind = "fineract.loan"

    def __init__(
        self, base_url: str, *, tenant: str, login: str, page_size: int = PAGE_SIZE, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise LinkError("settings", "base_url is not an http address")
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._path = parts.path.rstrip("/")
        self._page_size, self._timeout = page_size, timeout
        self._headers = {
            "Authorization": "Basic " + base64.b64encode(login.encode()).decode(),
            "Fineract-Platform-TenantId": tenant,
            "Accept": "application/json",
        }
        self._connection: http.client.HTTPConnection | None = None
        self._clients: dict[str, dict[str, Any]] = {}

    def pages(self, cursor: Mapping[str, int]) -> Iterator[Page]:
        """Goes on one page before the cursor: rows may have moved up meanwhile."""
        offset = max(0, cursor.get("offset", 0) - self._page_size)
        for _walk in range(SWEEPS_MAX):
            first_total, total = None, 1
            moved = False
            while offset < total or first_total is None:
                total, listed = self._page(offset)
                moved = moved or total != (total if first_total is None else first_total)
                first_total = total if first_total is None else first_total
                offset += len(listed)
                yield Page(tuple(listed), {"offset": offset})
                if offset < total and len(listed) < self._page_size:
                    raise LinkError("short_page", f"{offset} of {total} loans came")
            if not moved:
                return
            offset = 0
        raise LinkError("list_moves", "the list of loans changed during every walk through it")

    def _page(self, offset: int) -> tuple[int, list[Listed]]:
        wanted = {"offset": offset, "limit": self._page_size, "orderBy": "accountNo", "sortOrder": "ASC"}
        answer = self._get(f"/loans?{urlencode(wanted)}")
        if not isinstance(answer, dict) or not isinstance(answer.get("pageItems"), list):
            raise LinkError("bad_answer", "a list of loans without pageItems")
        try:
            total = int(values.number(answer, "totalFilteredRecords"))
            return total, [self._listed(row) for row in answer["pageItems"]]
        except InputError as error:
            raise LinkError("bad_answer", f"{error.field}: {error.code}") from None

    @staticmethod
    def _listed(row: Any) -> Listed:
        return Listed(values.text(row, "id", longest=20), shapes.ref(row), shapes.fingerprint(row))

    def whole(self, external_id: str) -> str:
        """{"loan", "client", "identifiers"} as Fineract has them; the client is asked for once a walk."""
        loan = self._get(f"/loans/{quote(external_id)}?{urlencode({'associations': ASSOCIATIONS})}")
        client_id = str(values.get(loan, "clientId") or "")
        if not client_id:
            raise LinkError("bad_answer", f"loan {external_id} without a client")
        if client_id not in self._clients:
            client = self._get(f"/clients/{quote(client_id)}")
            identifiers = self._get(f"/clients/{quote(client_id)}/identifiers")
            self._clients[client_id] = {"client": client, "identifiers": identifiers}
        return values.dump({"loan": loan, **self._clients[client_id]})

    def _get(self, path: str) -> Any:
        """One answer, read whole. A connection that the core closed in the meantime is opened anew, once."""
        fresh = self._connection is None
        try:
            status, body = self._ask(path)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            self.close()
            if fresh:
                raise LinkError("unreachable", type(error).__name__) from None
            return self._get(path)
        except TimeoutError:
            self.close()
            raise LinkError("timeout", f"no answer within {self._timeout:g} s") from None
        except http.client.IncompleteRead:
            self.close()
            raise LinkError("cut_off", "the answer ended before its end") from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise LinkError("unreachable", type(error).__name__) from None
        if status in {401, 403}:
            raise LinkError("not_allowed", f"HTTP {status}")
        if status != 200:
            raise LinkError("core_error" if status >= 500 else "bad_answer", f"HTTP {status}")
        try:
            return values.load(body.decode("utf-8"))
        except (InputError, UnicodeDecodeError):
            raise LinkError("bad_answer", "not JSON in UTF-8") from None

    def _ask(self, path: str) -> tuple[int, bytes]:
        if self._connection is None:
            kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            self._connection = kind(self._host, self._port, timeout=self._timeout)
        self._connection.request("GET", self._path + path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read(ANSWER_BYTES_MAX + 1)
        if len(body) > ANSWER_BYTES_MAX:
            self.close()
            raise LinkError("bad_answer", "an answer larger than 32 MB")
        if answer.length:  # read(n) does not complain about a body that ends too early
            raise http.client.IncompleteRead(body, answer.length)
        return answer.status, body

    def close(self) -> None:
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
            self._connection = None
