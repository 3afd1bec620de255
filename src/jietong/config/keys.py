"""The site's own secrets: made once on the first start, kept in `<data>/keys` for nobody else's eyes (mode 0600)."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

FIELD_KEY_BYTES = 32
INDEX_KEY = 0  # number of the key of the blind index; it can never change without re-indexing every row
KEY_NUMBER_MAX = 255  # the number is stored in one byte in front of each sealed value


class BadKeyError(ValueError):
    """The site's keys are not what they must be; starting anyway could make stored numbers unreadable."""


def secret_key(data_dir: Path) -> str:
    """Django's SECRET_KEY: from JIETONG_SECRET_KEY, else from `<data>/keys/secret`, made when absent."""
    given = os.environ.get("JIETONG_SECRET_KEY", "").strip()
    return given or read_or_make(data_dir / "keys" / "secret", lambda: secrets.token_urlsafe(48))


def field_keys(data_dir: Path) -> dict[int, bytes]:
    """Keys of sealed columns by number, 32 bytes each: 0 makes the blind index, the highest seals, all unseal.

    From JIETONG_KEYS, else from `<data>/keys/field.keys`, made when absent. Written as `0:<base64> 1:<base64>`,
    parted by white space or commas; a new key gets the next number and the old ones stay. Raises BadKeyError.
    """
    text = os.environ.get("JIETONG_KEYS", "").strip()
    if not text:
        text = read_or_make(data_dir / "keys" / "field.keys", lambda: f"0:{new_field_key()} 1:{new_field_key()}")
    return parse_keys(text)


def parse_keys(text: str) -> dict[int, bytes]:
    """`0:<base64> 1:<base64>` as {number: 32 bytes}; raises BadKeyError."""
    keys: dict[int, bytes] = {}
    for word in text.replace(",", " ").split():
        number, colon, encoded = word.partition(":")
        if not colon or not (number.isascii() and number.isdigit()) or int(number) > KEY_NUMBER_MAX:
            raise BadKeyError(f"a field key is written as number:base64, number from 0 to {KEY_NUMBER_MAX}")
        if int(number) in keys:
            raise BadKeyError(f"field key {int(number)} is given twice")
        keys[int(number)] = decode_key(encoded)
    if INDEX_KEY not in keys or len(keys) == 1:
        raise BadKeyError("field keys need number 0 (the index) and at least one more (sealing)")
    return keys


def new_field_key() -> str:
    return base64.b64encode(secrets.token_bytes(FIELD_KEY_BYTES)).decode("ascii")


def decode_key(word: str) -> bytes:
    """The 32 bytes behind a base64 word, in the standard or the URL alphabet; raises BadKeyError."""
    try:
        key = base64.b64decode(word.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error as error:
        raise BadKeyError("a field key must be base64") from error
    if len(key) != FIELD_KEY_BYTES:
        raise BadKeyError(f"a field key must be {FIELD_KEY_BYTES} bytes, not {len(key)}")
    return key


def read_or_make(path: Path, make: Callable[[], str]) -> str:
    """What the file says; when there is none, `make` says it and the file keeps it: two processes agree on one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, make() + "\n", keep_existing=True)
    text = path.read_text(encoding="utf-8").strip()
    if not text:
        raise BadKeyError(f"{path.name} is empty: restore it from a backup, or delete it if nothing was stored with it")
    return text


def write_private(path: Path, text: str, *, keep_existing: bool = False) -> None:
    """Write a file that only we may read, whole or not at all; with `keep_existing` the first writer wins."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if keep_existing:
            # a link, unlike a rename, refuses to replace the key that another process has just made and used
            if not _link(draft, path):
                return
        else:
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _link(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except FileExistsError:
        return False
    return True
