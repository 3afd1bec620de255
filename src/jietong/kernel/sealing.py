"""Sealing of personal numbers: AES-256-GCM for the value, HMAC-SHA256 for the index that finds it again.

Keys are numbered (config/keys.py): 0 makes the index, the highest seals, all unseal.
Sealed form: 1 byte key number, 12 bytes nonce, ciphertext with 16 bytes tag. The purpose ("phone", "id", "card")
is authenticated, so a sealed phone cannot be passed off as a card.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
INDEX_BYTES = 16


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def seal(text: str, purpose: str) -> bytes:
    """Encrypt with the newest key; a new nonce each time, so equal texts do not look equal."""
    number = max(settings.FIELD_KEYS)
    nonce = os.urandom(NONCE_BYTES)
    sealed = _cipher(settings.FIELD_KEYS[number]).encrypt(nonce, text.encode("utf-8"), purpose.encode("ascii"))
    return bytes([number]) + nonce + sealed


def unseal(sealed: bytes, purpose: str) -> str:
    """Decrypt; raises cryptography's InvalidTag when the value, its purpose or its key was changed."""
    raw = bytes(sealed)
    cipher = _cipher(settings.FIELD_KEYS[raw[0]])
    return cipher.decrypt(raw[1 : 1 + NONCE_BYTES], raw[1 + NONCE_BYTES :], purpose.encode("ascii")).decode("utf-8")


def blind_index(text: str, purpose: str) -> bytes:
    """16 bytes by which the exact value (NFKC, no spaces, upper case) can be looked up without being readable."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    message = f"{purpose}\x00{plain}".encode()
    return hmac.new(settings.FIELD_KEYS[0], message, hashlib.sha256).digest()[:INDEX_BYTES]
