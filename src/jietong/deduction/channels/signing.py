"""Both sides sign every body with the shared secret; an answer without its signature is no answer."""

from __future__ import annotations

import hashlib
import hmac

HEADER = "X-Jietong-Sign"


def sign(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    return bool(secret) and hmac.compare_digest(sign(body, secret), signature.strip().lower())
