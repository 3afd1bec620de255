"""Lists of different lengths in one array: list k is values[starts[k]:starts[k + 1]]. All sums are exact in int64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: no day at all; every real day is a number of days since 1970-01-01 above it
NO_DAY = -(2**31)


@dataclass(frozen=True, slots=True)
class Ragged:
    """Where the lists lie. starts: (lists + 1,), from 0, never falling; owner: (elements,), the list of each."""

    starts: Ints
    owner: Ints

    @classmethod
    def of_starts(cls, starts: Ints) -> Ragged:
        lengths = np.diff(starts)
        return cls(starts, np.repeat(np.arange(len(lengths), dtype=np.int64), lengths))

    @classmethod
    def of_lengths(cls, lengths: Ints) -> Ragged:
        return cls.of_starts(np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)]))

    @property
    def lengths(self) -> Ints:
        return np.diff(self.starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def head(self, lists: int) -> Ragged:
        """The first lists only; views, nothing is copied."""
        return Ragged(self.starts[: lists + 1], self.owner[: int(self.starts[lists])])

    def places(self, lists: Ints) -> Ints:
        """Indexes of the elements of these lists, one list after another."""
        lengths = self.lengths[lists]
        fresh = np.cumsum(lengths, dtype=np.int64) - lengths
        return np.repeat(self.starts[lists] - fresh, lengths) + np.arange(int(lengths.sum()), dtype=np.int64)

    def sums(self, values: Ints) -> Ints:
        """(elements,) → (lists,); an empty list sums to 0."""
        running = np.concatenate([np.zeros(1, np.int64), np.cumsum(values, dtype=np.int64)])
        return running[self.starts[1:]] - running[self.starts[:-1]]

    def sums_before(self, values: Ints) -> Ints:
        """(elements,) → (elements,): the sum of the elements of the same list that come before.

        The running sum over all lists may go round 2^64; differences within a list are right all the same.
        """
        running = np.cumsum(values, dtype=np.int64)
        running -= values
        firsts = np.concatenate([running, np.zeros(1, np.int64)])[self.starts[:-1]]
        return running - firsts[self.owner]

    def first(self, wanted: Flags, values: Ints, none: int) -> Ints:
        """(elements,) → (lists,): the value of the first wanted element of each list, else `none`."""
        places = np.flatnonzero(wanted)
        owners = self.owner[places]
        is_first = np.ones(len(places), np.bool_)
        is_first[1:] = owners[1:] != owners[:-1]
        found = np.full(len(self), none, np.int64)
        found[owners[is_first]] = values[places[is_first]]
        return found

    def any(self, flags: Flags) -> Flags:
        """(elements,) → (lists,)"""
        found = np.zeros(len(self), np.bool_)
        found[self.owner[flags]] = True
        return found
