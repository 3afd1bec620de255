"""Which encoding a file is in, decided on every byte of it, in constant memory; a doubt is refused, never guessed."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jietong.loans.tape.rows import TapeRefused

CHUNK = 1 << 20
_BEYOND_TWO_BYTES = re.compile("[\u0800-\U0010ffff]")
_OLE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
_STRANGE = (b"\x1f\x8b", b"\x00\x00\xfe\xff", b"\xff\xfe\x00\x00")  # gzip, UTF-32
#: share of lines with Chinese in valid UTF-8 above which a GBK file is called mixed; by chance it is about 1 in 100,000
_MIXED_SHARE = 0.01


@dataclass(frozen=True)
class Facts:
    """format: "text" or "xlsx". codec: what Python opens it with; encoding: what a report calls it."""

    format: str
    encoding: str
    codec: str
    sha256: str
    size: int


def inspect(path: Path, declared: str | None) -> Facts:
    """Read the file once and say what it is. declared: the mapping's codec, then checked rather than found out.

    Raises TapeRefused: file_missing, file_empty, file_format, xls_not_supported, line_too_long, encoding_*,
    cut_inside_character.
    """
    try:
        with path.open("rb") as file:
            head = file.read(1 << 16)
        size = path.stat().st_size
        digest, has_lines = _digest(path)
    except OSError as error:
        raise TapeRefused(path.name, "file_missing", error.strerror or "") from None
    if not head.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise TapeRefused(path.name, "file_empty")
    if head.startswith(_ZIP):
        return Facts("xlsx", "xlsx", "", digest, size)
    _refuse_other_formats(path.name, head)
    if not has_lines:
        raise TapeRefused(path.name, "line_too_long")
    codec, encoding = (_declared(path, declared), declared) if declared else _find(path, head)
    return Facts("text", encoding, codec, digest, size)


def _digest(path: Path) -> tuple[str, bool]:
    digest, has_lines = hashlib.sha256(), True
    for chunk in _chunks(path):
        digest.update(chunk)
        if len(chunk) == CHUNK and b"\n" not in chunk and b"\r" not in chunk:
            has_lines = False
    return digest.hexdigest(), has_lines


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _refuse_other_formats(name: str, head: bytes) -> None:
    if head.startswith(_OLE):
        raise TapeRefused(name, "xls_not_supported")
    start = head[:200].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith(_STRANGE) or start.startswith((b"<", b"%pdf", b"{\\rtf")):
        raise TapeRefused(name, "file_format")


def _declared(path: Path, codec: str) -> str:
    if codec == "utf-16":
        with path.open("rb") as file:
            if file.read(2) not in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
                raise TapeRefused(path.name, "encoding_declared", "no byte-order mark; say utf-16-le or utf-16-be")
    if _trouble(path, codec) is not None:
        raise TapeRefused(path.name, "encoding_declared", codec)
    return codec


def _find(path: Path, head: bytes) -> tuple[str, str]:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if _trouble(path, "utf-16") is not None:
            raise TapeRefused(path.name, "encoding_unknown", "not valid UTF-16 despite its byte-order mark")
        return "utf-16", "utf-16"
    if b"\0" in head:
        return _without_mark(path, head)
    return _utf8_or_chinese(path, head.startswith(codecs.BOM_UTF8))


def _without_mark(path: Path, head: bytes) -> tuple[str, str]:
    """UTF-16 without a mark shows by its zero bytes: all on one side of the pairs."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    codec = "utf-16-be" if even > odd else "utf-16-le"
    if min(even, odd) or max(even, odd) * 10 < len(head) or _trouble(path, codec) is not None:
        raise TapeRefused(path.name, "encoding_unknown", "zero bytes in a text file")
    return codec, codec


@dataclass(frozen=True)
class _Trouble:
    at_end: bool
    offset: int


def _trouble(path: Path, codec: str) -> _Trouble | None:
    """Where strict decoding fails, or None. `at_end`: everything was valid, but the last character is incomplete."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    offset = 0
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
            offset += len(chunk)
    except UnicodeDecodeError as error:
        return _Trouble(False, offset + error.start)
    try:
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return _Trouble(True, offset)
    return None


def _utf8_or_chinese(path: Path, marked: bool) -> tuple[str, str]:
    trouble = _trouble(path, "utf-8")
    if trouble is None:
        if not marked and _could_be_gbk(path):
            raise TapeRefused(path.name, "encoding_ambiguous")
        return "utf-8-sig", "utf-8-sig" if marked else "utf-8"
    if marked or (trouble.at_end and _has_long_characters(path)):
        raise TapeRefused(path.name, "cut_inside_character" if trouble.at_end else "encoding_mixed")
    for codec in ("gbk", "gb18030"):
        found = _trouble(path, codec)
        if found is None:
            if _utf8_share(path) > _MIXED_SHARE:
                raise TapeRefused(path.name, "encoding_mixed")
            return codec, codec
    assert found is not None
    if found.at_end:
        raise TapeRefused(path.name, "cut_inside_character")
    if 0 < _utf8_share(path) < 1:
        raise TapeRefused(path.name, "encoding_mixed")
    raise TapeRefused(
        path.name, "encoding_unknown", f"UTF-8 fails at byte {trouble.offset}, GB18030 at byte {found.offset}"
    )


def _texts(path: Path) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for chunk in _chunks(path):
        yield decoder.decode(chunk)


def _has_long_characters(path: Path) -> bool:
    return any(_BEYOND_TWO_BYTES.search(text.replace("\ufffd", "")) for text in _texts(path))


def _could_be_gbk(path: Path) -> bool:
    """Short GBK words such as 陆模 can be valid UTF-8, but then only of two-byte characters: no Chinese."""
    if all(chunk.isascii() for chunk in _chunks(path)) or _has_long_characters(path):
        return False
    return _trouble(path, "gb18030") is None


def _utf8_share(path: Path) -> float:
    """Share of the lines with Chinese that are valid UTF-8 on their own."""
    lines = valid = 0
    with path.open("rb") as file:
        for line in file:
            if line.isascii():
                continue
            lines += 1
            try:
                valid += bool(_BEYOND_TWO_BYTES.search(line.decode()))
            except UnicodeDecodeError:
                continue
    return valid / max(lines, 1)
