"""The signature of a webhook: HMAC-SHA256 with the link's key over `<timestamp>.<body>`, as hex.

The timestamp (seconds since 1970, UTC) is signed too, so an old request cannot be dressed as a new one; within the
window the event's own number makes a second delivery harmless.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)
SCHEME = "v1="


def sign(key: str, timestamp: str, body: bytes) -> str:
    return SCHEME + hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def fault(key: str | None, timestamp: str, given: str, body: bytes, *, at: datetime) -> str | None:
    """Why a request is not believed: "signature", or "too_old"; None when it is. No key: nothing is believed, after
    the same work. `given` may hold several signatures, comma-separated, while a key is being changed."""
    expected = sign(key or "no such link", timestamp, body)
    matches = [hmac.compare_digest(expected.encode(), one.strip().encode()) for one in given.split(",")]
    if key is None or not any(matches):
        return "signature"
    try:
        age = at.timestamp() - int(timestamp)
    except ValueError:
        return "signature"
    return "too_old" if abs(age) > WINDOW.total_seconds() else None
