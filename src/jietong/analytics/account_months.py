"""Reading an account-month file: three columns of a CSV as integer codes, a million rows in well under a second.

The fast way never makes a Python object per row: NumPy finds delimiters and line ends in the bytes, packs each field
into 64-bit words and numbers the distinct ones. Plain quotes around whole fields are seen through; doubled quotes,
delimiters within quotes and ragged lines go through the csv module.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from jietong.kernel.errors import InputError

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]

DELIMITERS = ",;\t|"
#: Fields longer than this are read by the csv module; packing costs one pass per byte of width.
PACKED_BYTES_MAX = 64
TABLE_BITS = 20
#: Odd multipliers with well mixed bits (Knuth, TAOCP 3, 6.4: multiplicative hashing).
MULTIPLIERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)
#: A decompressed file above this many bytes is refused rather than read into memory.
BYTES_MAX = 4_000_000_000


@dataclass(frozen=True, slots=True)
class Column:
    """codes: (rows,) numbers of distinct values. value: the text of a code. many: how many codes there are.

    has_blank: is any field empty?
    """

    codes: Ints
    value: Callable[[int], str]
    many: int
    has_blank: bool

    def values(self) -> list[str]:
        return [self.value(code) for code in range(self.many)]


def read_columns(path: Path, names: tuple[str, ...]) -> list[Column]:
    """The named columns of a CSV, plain, `.gz` or `.zip` (by content, not by name), fields stripped of spaces.

    Raises InputError: unreadable, not UTF-8, empty, missing or repeated column, ragged line.
    """
    data = _text_bytes(_unpacked(path))
    header, _, body = data.partition(b"\n")
    if not header.strip():
        raise InputError("file", "empty", "the file has no header")
    delimiter = max(DELIMITERS, key=header.decode().count)
    titles = [title.strip() for title in next(csv.reader([header.decode()], delimiter=delimiter))]
    for name in names:
        if titles.count(name) != 1:
            code = "missing_column" if name not in titles else "repeated_column"
            raise InputError(name, code, f"the file has {titles.count(name)} columns named {name}")
    if not body.strip():
        raise InputError("file", "empty", "the file has no rows")
    places = [titles.index(name) for name in names]
    fast = _packed_columns(body, delimiter, len(titles), places)
    return fast if fast is not None else _parsed_columns(data, delimiter, places)


def _unpacked(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            return gzip.decompress(raw)
        if raw[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                members = [one for one in archive.infolist() if not one.is_dir() and "__MACOSX" not in one.filename]
                if len(members) != 1:
                    raise InputError("file", "not_one_member", f"the archive holds {len(members)} files, not one")
                if members[0].file_size > BYTES_MAX:
                    raise InputError("file", "too_large", "the unpacked file is too large")
                return archive.read(members[0])
    except OSError as error:
        raise InputError("file", "unreadable", f"{path.name}: {error.strerror or error}") from error
    except (EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        raise InputError("file", "damaged_archive", f"{path.name}: {error}") from error
    return raw


def _text_bytes(raw: bytes) -> bytes:
    """UTF-8 without BOM, lines ended by LF only, the last one too."""
    data = raw.removeprefix(b"\xef\xbb\xbf")
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError("file", "not_utf8", f"byte {error.start} is not UTF-8") from error
    if b"\0" in data:
        raise InputError("file", "not_text", "the file holds zero bytes")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = data.lstrip(b"\n")
    while b"\n\n" in data:
        data = data.replace(b"\n\n", b"\n")
    return data if data.endswith(b"\n") else data + b"\n"


def _parsed_columns(data: bytes, delimiter: str, places: list[int]) -> list[Column]:
    reader = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter)
    next(reader)
    rows = [row for row in reader if row]
    result = []
    for place in places:
        numbers: dict[str, int] = {}
        try:
            codes = [numbers.setdefault(row[place].strip(), len(numbers)) for row in rows]
        except IndexError as error:
            raise InputError("file", "short_row", "a line has too few fields") from error
        values = list(numbers)
        result.append(Column(np.array(codes, dtype=np.int64), values.__getitem__, len(values), "" in numbers))
    return result


def _packed_columns(body: bytes, delimiter: str, width: int, places: list[int]) -> list[Column] | None:
    """The columns by byte positions; None if a line or a field needs the csv module (see the module's first lines)."""
    text = np.frombuffer(body, dtype=np.uint8)
    ends = np.flatnonzero(text == 10)
    every_cut = np.flatnonzero(text == ord(delimiter))
    if len(every_cut) != len(ends) * (width - 1):
        return None
    starts = np.append(0, ends[:-1] + 1)
    cuts = every_cut.reshape(len(ends), width - 1)
    if width > 1 and not ((cuts[:, 0] >= starts).all() and (cuts[:, -1] < ends).all()):
        return None
    edges = np.concatenate([starts[:, None] - 1, cuts, ends[:, None]], axis=1)
    fields = [(edges[:, place] + 1, edges[:, place + 1]) for place in range(width)]
    if b'"' in body:
        bare = _without_quotes(text, fields)
        if bare is None:
            return None
        fields = bare
    columns = [_packed_column(body, text, *_without_spaces(text, *fields[place])) for place in places]
    return [column for column in columns if column is not None] if None not in columns else None


def _without_quotes(text: Bytes, fields: list[tuple[Ints, Ints]]) -> list[tuple[Ints, Ints]] | None:
    """The fields inside their quotes; None if a quote stands anywhere but at both ends of one field.

    A delimiter or line end within quotes leaves a field with one quote only, so it is noticed here.
    """
    found = 0
    result = []
    for left, right in fields:
        opens = (left < right) & (text[left] == 34)
        closes = (left < right - 1) & (text[right - 1] == 34)
        if (opens != closes).any():
            return None
        found += 2 * int(opens.sum())
        result.append((left + opens, right - opens))
    return result if found == int((text == 34).sum()) else None


def _without_spaces(text: Bytes, left: Ints, right: Ints) -> tuple[Ints, Ints]:
    while (blank := (left < right) & (text[left] == 32)).any():
        left = left + blank
    while (blank := (left < right) & (text[right - 1] == 32)).any():
        right = right - blank
    return left, right


def _packed_column(body: bytes, text: Bytes, left: Ints, right: Ints) -> Column | None:
    length = right - left
    longest = int(length.max())
    if longest > PACKED_BYTES_MAX:
        return None
    words = [_word(text, left, length, at) for at in range(0, max(longest, 1), 8)]
    key = words[0]
    for word in words[1:]:
        key = (key ^ (key >> np.uint64(29))) * np.uint64(MULTIPLIERS[0]) + word
    codes, sample = _numbered(key)
    # With more than eight bytes the key is only a hash: every row must equal the sample of its code.
    if len(words) > 1 and not all((word[sample][codes] == word).all() for word in words):
        return None

    def value(code: int) -> str:
        row = sample[code]
        return body[left[row] : right[row]].decode()

    return Column(codes, value, len(sample), bool((length == 0).any()))


def _word(text: Bytes, left: Ints, length: Ints, at: int) -> Words:
    """Bytes at..at+7 of each field as one integer, zero beyond the field's end."""
    word = np.zeros(len(left), dtype=np.uint64)
    for byte in range(at, min(at + 8, int(length.max()))):
        letter = text.take(left + byte, mode="clip").astype(np.uint64)
        letter *= length > byte
        word |= letter << np.uint64(8 * (byte - at))
    return word


def _numbered(key: Words) -> tuple[Ints, Ints]:
    """(codes (rows,), a row of each code). Rows in runs of equal keys, or few distinct keys, need no full sort."""
    change = np.append(True, key[1:] != key[:-1])
    if change.mean() < 0.5:
        heads = np.flatnonzero(change)
        codes, sample = _numbered_distinct(key[heads])
        return codes[np.cumsum(change) - 1], heads[sample]
    return _numbered_distinct(key)


def _numbered_distinct(key: Words) -> tuple[Ints, Ints]:
    for multiplier in MULTIPLIERS:
        slot = (key * np.uint64(multiplier)) >> np.uint64(64 - TABLE_BITS)
        slot = slot.astype(np.int64)
        table = np.full(1 << TABLE_BITS, -1, dtype=np.int64)
        table[slot] = np.arange(len(key))
        used = np.flatnonzero(table >= 0)
        if len(used) > 1 << (TABLE_BITS // 2 + 2):
            break  # so many distinct keys that some share a slot: sorting is surer
        sample = table[used]
        if (key[table[slot]] == key).all():
            table[used] = np.arange(len(used))
            return table[slot], sample
    _, sample, codes = np.unique(key, return_index=True, return_inverse=True)
    return codes.astype(np.int64), sample.astype(np.int64)
