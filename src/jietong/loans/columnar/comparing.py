"""Two results held against each other, loan by loan and column by column. Needs pyarrow (extra `[spark]`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jietong.loans.columnar.layout import NOT_IN_BOOK, STATES
from jietong.loans.columnar.ragged import Flags, Ints


@dataclass(frozen=True, slots=True)
class Difference:
    """One loan, one column, what each side says."""

    ref: str
    column: str
    ours: object
    theirs: object


@dataclass(slots=True)
class Comparison:
    """loans: those on both sides that could be told. columns: loans that differ, by column. Loans by number."""

    loans: int = 0
    only_ours: list[str] = field(default_factory=list)
    only_theirs: list[str] = field(default_factory=list)
    refused: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        return not (self.only_ours or self.only_theirs or self.columns)


def compare(ours: Path, theirs: Path, *, limit: int = 1000) -> Comparison:
    """Folders of files of STATES. At most `limit` differences are kept in words; all are counted.

    A loan that one side refused is left out and counted. What the book does not keep is compared only if both tell it.
    """
    mine, other = _Side(ours), _Side(theirs)
    common, at_mine, at_other = np.intersect1d(mine.loan_ids, other.loan_ids, return_indices=True)
    found = Comparison(
        only_ours=mine.refs_but(at_mine),
        only_theirs=other.refs_but(at_other),
    )
    both_told = ~(mine.is_refused[at_mine] | other.is_refused[at_other])
    found.refused = int((~both_told).sum())
    at_mine, at_other = at_mine[both_told], at_other[both_told]
    found.loans = len(at_mine)
    assert len(common) == len(both_told)
    for column in STATES.names:
        if column in {"loan_id", "refused"}:
            continue
        a, b = mine.read(column, at_mine), other.read(column, at_other)
        if column in NOT_IN_BOOK and (a.null_count == len(a) or b.null_count == len(b)):
            continue
        differs = np.flatnonzero(_differs(a, b))
        if not len(differs):
            continue
        found.columns[column] = len(differs)
        refs = mine.read("ref", at_mine[differs[:limit]]).to_pylist()
        for ref, k in zip(refs, differs[: limit - len(found.differences)], strict=False):
            found.differences.append(Difference(ref, column, a[int(k)].as_py(), b[int(k)].as_py()))
    return found


class _Side:
    """A folder's columns, each read when it is asked for, in the order of its files."""

    def __init__(self, folder: Path) -> None:
        self._paths = sorted(folder.glob("*.parquet"))
        self.loan_ids: Ints = self._whole("loan_id").to_numpy(zero_copy_only=False)
        self.is_refused: Flags = np.array(self._whole("refused").is_valid(), np.bool_)

    def read(self, column: str, places: Ints) -> pa.Array:
        return self._whole(column).take(pa.array(places))

    def refs_but(self, places: Ints) -> list[str]:
        others = np.setdiff1d(np.arange(len(self.loan_ids)), places)
        return sorted(self.read("ref", others).to_pylist())

    def _whole(self, column: str) -> pa.Array:
        kind = STATES.field(column).type
        parts = [pq.read_table(path, columns=[column]).column(0).cast(kind).combine_chunks() for path in self._paths]
        chunks = [chunk for part in parts for chunk in _chunks(part)]
        return pa.concat_arrays(chunks) if chunks else pa.array([], kind)


def _chunks(part: pa.Array | pa.ChunkedArray) -> Iterator[pa.Array]:
    if isinstance(part, pa.ChunkedArray):
        yield from part.chunks
    else:
        yield part


def _differs(a: pa.Array, b: pa.Array) -> Flags:
    """(L,) whether two columns differ; null is equal to null, and an empty list to none."""
    if not pa.types.is_list(a.type):
        return ~_equal(a, b)
    lengths = [np.array(pc.list_value_length(side).fill_null(0), np.int64) for side in (a, b)]
    differs: Flags = lengths[0] != lengths[1]
    same = np.flatnonzero(~differs)
    one, two = a.take(pa.array(same)).flatten(), b.take(pa.array(same)).flatten()
    owner = np.repeat(same, lengths[0][same])
    differs[owner[~_equal(one, two)]] = True
    return differs


def _equal(a: pa.Array, b: pa.Array) -> Flags:
    same = pc.fill_null(pc.equal(a, b), False)
    both_null = pc.and_(pc.is_null(a), pc.is_null(b))
    return np.array(pc.or_(same, both_null), np.bool_)
