"""A snapshot or a result as a folder: Parquet files and one page (`contents.json`) that says what is in them.

A folder appears whole or not at all: it is written under another name and renamed at the end. Its files' checksums are
on the page, so that a cut or changed file is refused by name. Needs pyarrow (extra `[spark]`).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jietong.kernel.errors import InputError

FORMAT = 2
PAGE = "contents.json"
LOANS, BOOK, STATES = "loans", "book", "states"


@dataclass(slots=True)
class Contents:
    """What a folder holds. as_of, closed_on: ISO days; cap_annual: the all-in cap as a decimal, "" for none."""

    kind: str  # "snapshot" or "states"
    as_of: str = ""
    cap_annual: str = ""
    written_at: str = ""
    format: int = FORMAT
    counts: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # name within the folder → SHA-256

    @property
    def checksum(self) -> str:
        """One figure for all files."""
        return hashlib.sha256(json.dumps(self.files, sort_keys=True).encode()).hexdigest()


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to fill that becomes `out` if all goes well. Raises InputError if `out` is there already."""
    if out.exists():
        raise InputError("out", "exists", f"{out} is there already; name a new folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    making = out.with_name(f".{out.name}.part")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    try:
        yield making
        making.rename(out)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def write_part(folder: Path, kind: str, number: int, rows: pa.Table) -> None:
    (folder / kind).mkdir(exist_ok=True)
    pq.write_table(rows, folder / kind / f"part-{number:05d}.parquet", compression="zstd")


def write_page(folder: Path, contents: Contents) -> Contents:
    """The page comes last: it names every Parquet file that is in the folder by then."""
    files = sorted(path for path in folder.rglob("*.parquet"))
    contents.files = {path.relative_to(folder).as_posix(): _sha256(path) for path in files}
    page = {**asdict(contents), "checksum": contents.checksum}
    (folder / PAGE).write_text(json.dumps(page, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return contents


def open_folder(folder: Path, kind: str) -> Contents:
    """Read the page and hold every file against it. Raises InputError: missing, unknown_format, damaged."""
    page = folder / PAGE
    if not page.is_file():
        raise InputError(kind, "missing", f"{folder} holds no {PAGE}: it is no {kind}, or was not written to its end")
    try:
        told = json.loads(page.read_text(encoding="utf-8"))
        checksum = told.pop("checksum")
        contents = Contents(**told)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(kind, "damaged", f"{page} cannot be read") from error
    if contents.kind != kind or contents.format != FORMAT:
        raise InputError(kind, "unknown_format", f"{folder} holds {contents.kind} in format {contents.format}")
    if checksum != contents.checksum:
        raise InputError(kind, "damaged", f"{page} does not agree with its own checksum")
    for name, sha256 in contents.files.items():
        path = folder / name
        if not path.is_file() or _sha256(path) != sha256:
            raise InputError(kind, "damaged", f"{path} is missing or not as it was written")
    return contents


def parts(folder: Path, kind: str) -> list[Path]:
    return sorted((folder / kind).glob("*.parquet"))


def read_parts(folder: Path, kind: str) -> Iterable[pa.Table]:
    for path in parts(folder, kind):
        yield pq.read_table(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
