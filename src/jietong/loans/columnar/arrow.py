"""Snapshot rows to the kernel's columns and its answer back to rows. Needs pyarrow (extra `[spark]`)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jietong.loans.columnar.batch import COMPONENTS, Batch, defects
from jietong.loans.columnar.changed import tell_changed
from jietong.loans.columnar.kernel import State, rebuild, tell
from jietong.loans.columnar.layout import STATES
from jietong.loans.columnar.moves import bucket_places
from jietong.loans.columnar.penalty import penalty_terms
from jietong.loans.columnar.ragged import NO_DAY, Flags, Ints, Ragged
from jietong.loans.rules.buckets import BUCKETS

BUCKET_NAMES = pa.array([bucket.name for bucket in BUCKETS])
COMPONENT_NAMES = pa.array(COMPONENTS)
UNKNOWN = -1


def rebuild_rows(rows: pa.RecordBatch, cap_annual: Decimal | None) -> pa.RecordBatch:
    """One row of STATES per row of LOANS, in the same order. A loan that cannot be told has its reason in `refused`.

    Loans whose plan was changed are told by the plain rules (changed.py), all others by the kernel.
    """
    is_changed = np.logical_and(_lengths(rows, "change_id") > 0, ~np.array(rows.column("refused").is_valid(), np.bool_))
    if not is_changed.any():
        return _by_kernel(rows, cap_annual)
    kept, changed = np.flatnonzero(~is_changed), np.flatnonzero(is_changed)
    told = pa.Table.from_batches(
        [_by_kernel(rows.take(pa.array(kept)), cap_annual), tell_changed(rows.take(pa.array(changed)), cap_annual)]
    )
    where = np.argsort(np.concatenate([kept, changed]), kind="stable")
    (batch,) = told.take(pa.array(where)).combine_chunks().to_batches()
    return batch


def _by_kernel(rows: pa.RecordBatch, cap_annual: Decimal | None) -> pa.RecordBatch:
    batch, refused = read(rows, cap_annual)
    good = np.flatnonzero(np.array([code is None for code in refused], np.bool_))
    told = batch if len(good) == len(batch) else batch.take(good)
    states = _states(rows.take(pa.array(good)), told, rebuild(told))
    if len(good) == rows.num_rows:
        return states
    place = np.full(rows.num_rows, -1, np.int64)
    place[good] = np.arange(len(good))
    wide = states.take(pa.array(place, mask=place < 0))  # a refused loan's row is null but for what follows
    columns = dict(zip(STATES.names, wide.columns, strict=True))
    columns.update(
        loan_id=rows.column("loan_id"), ref=rows.column("ref"), as_of=rows.column("as_of"), refused=pa.array(refused)
    )
    return pa.record_batch([columns[name].cast(STATES.field(name).type) for name in STATES.names], schema=STATES)


def read(rows: pa.RecordBatch, cap_annual: Decimal | None) -> tuple[Batch, list[str | None]]:
    """The kernel's columns, and per loan why it cannot be told (None: it can)."""
    refused: list[str | None] = rows.column("refused").to_pylist()
    order, is_known = _orders(rows)
    instalments = Ragged.of_lengths(_lengths(rows, "n"))
    repayments = Ragged.of_lengths(_lengths(rows, "receipt"))
    start_bucket = _places(rows.column("start_bucket"), BUCKET_NAMES)
    batch = Batch(
        instalments=instalments,
        due_on=_days(_flat(rows, "due_on")),
        owed=np.stack([_numbers(_flat(rows, f"{part}_fen")) for part in COMPONENTS]),
        paid=np.stack([_numbers(_flat(rows, f"{part}_paid_fen")) for part in COMPONENTS]),
        through_on=_days(_flat(rows, "penalty_through_on")),
        repayments=repayments,
        paid_on=_days(_flat(rows, "paid_on")),
        amount_fen=_numbers(_flat(rows, "amount_fen")),
        penalty=penalty_terms(
            _numbers(rows.column("rate_e10")),
            np.array(pc.equal(rows.column("rate_unit"), "day")),
            _numbers(rows.column("multiple_e3")),
            cap_annual,
        ),
        order=order,
        start_on=_days(rows.column("start_on")),
        start_bucket=start_bucket,
        as_of=_days(rows.column("as_of")),
        closed_on=_days(rows.column("closed_on")),
    )
    for code, flags in {"unknown_component": ~is_known, **defects(batch)}.items():
        for k in np.flatnonzero(flags):
            refused[k] = refused[k] or code
    is_unknown = (start_bucket == UNKNOWN) & np.array([code is None for code in refused], np.bool_)
    if is_unknown.any():
        batch.start_bucket[is_unknown] = _came_in(batch, np.flatnonzero(is_unknown), _flat(rows, "of_tape"))
    return batch, refused


def _came_in(batch: Batch, loans: Ints, of_tape: pa.Array) -> Ints:
    """The bucket in which loans came into the book: after the money of their tape, on the day they came."""
    wanted = np.array(of_tape, np.bool_)[batch.repayments.places(loans)]
    came = batch.take(loans).without_repayments(wanted)
    told = tell(came)
    lengths = came.repayments.lengths
    oldest = told.oldest_before.copy()
    oldest[lengths > 0] = told.oldest_after[came.repayments.starts[1:][lengths > 0] - 1]
    return bucket_places(np.where(oldest == NO_DAY, 0, came.start_on - oldest))


def _orders(rows: pa.RecordBatch) -> tuple[Ints, Flags]:
    """(L, 4) components by place, -1 where there is none, and (L,) whether all of them are known and named once."""
    coded = rows.column("allocation").dictionary_encode()
    orders = np.full((len(coded.dictionary) or 1, 4), -1, np.int64)
    is_known = np.ones(len(orders), np.bool_)
    for k, text in enumerate(coded.dictionary.to_pylist()):
        names = text.split(",") if text else []
        is_known[k] = set(names) <= set(COMPONENTS) and len(set(names)) == len(names)
        if is_known[k]:
            orders[k, : len(names)] = [COMPONENTS.index(name) for name in names]
    which = _numbers(coded.indices)
    return orders[which], is_known[which]


def _states(rows: pa.RecordBatch, batch: Batch, state: State) -> pa.RecordBatch:
    told, lines, money = state.told, batch.instalments, batch.repayments
    parts = told.parts
    part_owner = money.owner[parts.repayment]
    part_lists = Ragged.of_lengths(np.bincount(part_owner, minlength=len(batch)).astype(np.int64))
    n = _flat(rows, "n")
    columns: dict[str, Any] = {
        **{name: rows.column(name) for name in ("loan_id", "ref", "as_of", "refused")},
        "status": pc.if_else(pa.array(state.oldest_unpaid_on == NO_DAY), "settled", "active"),
        "bucket": BUCKET_NAMES.take(pa.array(state.bucket)),
        "days_past_due": state.days_past_due,
        "outstanding_principal_fen": state.outstanding_principal_fen,
        "outstanding_fen": state.outstanding_fen,
        "oldest_unpaid_due_on": _dates(state.oldest_unpaid_on),
        "next_due_on": _dates(state.next_due_on),
        "next_change_on": _dates(state.next_change_on),
        "penalty_unbooked_fen": lines.sums(state.accrued_fen),
        "n": (lines, n),
        **{f"{part}_paid_fen": (lines, told.paid[k]) for k, part in enumerate(COMPONENTS)},
        "penalty_fen": (lines, told.owed[COMPONENTS.index("penalty")]),
        "penalty_through_on": (lines, _dates(told.through_on)),
        "line_penalty_unbooked_fen": (lines, state.accrued_fen),
        "interest_booked": (lines, state.interest_booked),
        "receipt": (money, _flat(rows, "receipt")),
        "credit_fen": (money, told.credit_fen),
        "part_receipt": (part_lists, parts.repayment - money.starts[part_owner]),
        "part_n": (part_lists, n.take(pa.array(parts.instalment))),
        "part_component": (part_lists, COMPONENT_NAMES.take(pa.array(parts.component))),
        "part_fen": (part_lists, parts.fen),
        "move_on": (state.moves.where, _dates(state.moves.on)),
        "move_from": (state.moves.where, BUCKET_NAMES.take(pa.array(state.moves.from_bucket))),
        "move_to": (state.moves.where, BUCKET_NAMES.take(pa.array(state.moves.to_bucket))),
    }
    return pa.record_batch([_column(columns[field.name], field.type) for field in STATES], schema=STATES)


def _column(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, tuple):
        where, elements = values
        return pa.ListArray.from_arrays(pa.array(where.starts, pa.int32()), _column(elements, kind.value_type)).cast(
            kind
        )
    return (values if isinstance(values, pa.Array) else pa.array(values)).cast(kind)


def _flat(rows: pa.RecordBatch, name: str) -> pa.Array:
    return rows.column(name).flatten()


def _lengths(rows: pa.RecordBatch, name: str) -> Ints:
    return _numbers(pc.list_value_length(rows.column(name)).fill_null(0))


def _numbers(values: pa.Array) -> Ints:
    return np.array(values.to_numpy(zero_copy_only=False), np.int64)


def _days(values: pa.Array) -> Ints:
    return _numbers(values.cast(pa.int32()).fill_null(NO_DAY))


def _dates(days: Ints) -> pa.Array:
    return pa.array(days.astype(np.int32), mask=days == NO_DAY).cast(pa.date32())


def _places(names: pa.Array, of: pa.Array) -> Ints:
    return _numbers(pc.index_in(names.cast(of.type), value_set=of).fill_null(UNKNOWN))
