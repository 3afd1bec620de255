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
SECRET_ENVIRONMENT = "JIETONG_SECRET_KEY"
KEYS_ENVIRONMENT = "JIETONG_KEYS"


class BadKey(ValueError):
    """A field key is not 32 bytes of base64."""


def secret_key(data_dir: Path) -> str:
    """Django's SECRET_KEY: from JIETONG_SECRET_KEY, else from `<data>/keys/secret`, made when absent."""
    given = os.environ.get(SECRET_ENVIRONMENT, "").strip()
    return given or read_or_make(data_dir / "keys" / "secret", lambda: secrets.token_urlsafe(48))


def field_keys(data_dir: Path) -> list[bytes]:
    """Keys of encrypted columns, 32 bytes each, newest first: the first encrypts, all decrypt.

    From JIETONG_KEYS, else from `<data>/keys/field.keys`, made when absent; base64, parted by white space or
    commas, so that a new key is put in front and the old ones stay. Raises BadKey.
    """
    text = os.environ.get(KEYS_ENVIRONMENT, "").strip()
    if not text:
        text = read_or_make(data_dir / "keys" / "field.keys", new_field_key)
    return [decode_key(word) for word in text.replace(",", " ").split()]


def new_field_key() -> str:
    return base64.b64encode(secrets.token_bytes(FIELD_KEY_BYTES)).decode("ascii")


def decode_key(word: str) -> bytes:
    """The 32 bytes behind a base64 word, in the standard or the URL alphabet; raises BadKey."""
    try:
        key = base64.b64decode(word.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error as error:
        raise BadKey("a field key must be base64") from error
    if len(key) != FIELD_KEY_BYTES:
        raise BadKey(f"a field key must be {FIELD_KEY_BYTES} bytes, not {len(key)}")
    return key


def read_or_make(path: Path, make: Callable[[], str]) -> str:
    """What the file says; when there is none, `make` says it and the file keeps it. Two processes agree on one value."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, make() + "\n", keep_existing=True)
    text = path.read_text(encoding="utf-8").strip()
    if not text:
        raise BadKey(f"{path.name} is empty: restore it from a backup, or delete it if nothing was stored with it")
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
