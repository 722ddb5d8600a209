"""The inner loops: rows to codes, codes to places in the tables, entries to sums.

Along rows, for the processor's vector units: a block of rows is encoded, then for each group the
index of every row is made, and entries are added four features and sixteen rows at a time
(`_add_quad`). One row goes another way to the very same sums: those of whole numbers have no order.

All of it stands in one file, because Numba's store on disk notices changes of a file, not of
what the file calls.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numpy.typing import NDArray

from training.explainer.columns import NAN, ZERO
from training.explainer.compiled import QUAD, Compiled
from training.explainer.jit import compiled as jit
from training.explainer.jit import written
from training.explainer.trees import Floats

BLOCK_ROWS = 1024
LANES = 16  # rows added at once; a block is a multiple of it
NO_NUMBER = float(np.float32(1e-35))  # LightGBM reads up to this distance from zero as zero


@jit
def explain_blocks(model: Compiled, rows: Floats, values: Floats) -> None:
    """Add the contributions of rows of shape (n, F) to `values`, shape (n, K (F + 1))."""
    features = model.features[0]
    codes = np.zeros((_codes(model), BLOCK_ROWS), np.uint8)
    sums = np.empty((features + 1) * BLOCK_ROWS, np.int32)
    index = np.empty(BLOCK_ROWS, np.uint16)
    for first in range(0, len(rows), BLOCK_ROWS):
        count = min(BLOCK_ROWS, len(rows) - first)
        _encode(model, rows, first, count, codes)
        group = 0
        for stretch in range(len(model.last_group)):
            sums[:] = 0
            while group < model.last_group[stretch]:
                _find(model, group, codes, index, count)
                slot = model.first_slot[group]
                while slot < model.first_slot[group + 1]:
                    entry = model.first_entry[group] + slot - model.first_slot[group]
                    for row in range(0, count, LANES):
                        _add_quad(sums, model.slots, slot, model.entries, entry, index, row)
                    slot += QUAD
                group += 1
            _write(model, stretch, sums, values[first : first + count])


@jit
def explain_singly(
    model: Compiled,
    rows: Floats,
    values: Floats,
    codes: NDArray[np.uint8],
    entry_of: NDArray[np.int64],
) -> None:
    """Add the contributions of each row to `values`, shape (n, K (F + 1)).

    Allocates nothing: `codes`, shape (columns,), and `entry_of`, shape (groups,), are scratch.
    First all places in the tables are found and prefetched, then read: done group by
    group, the processor waits for each in turn.
    """
    features = model.features[0]
    for row in range(len(rows)):
        _encode_row(model, rows[row], codes)
        for group in range(len(entry_of)):
            entry = model.first_entry[group]
            for question in range(model.first_question[group], model.first_question[group + 1]):
                above = codes[model.question_column[question]] > model.question_place[question]
                entry += np.int64(above) * np.int64(model.question_step[question])
            entry_of[group] = entry
            _prefetch(model.entries, entry)
        group = 0
        for stretch in range(len(model.last_group)):
            offset = model.label[stretch] * (features + 1)
            while group < model.last_group[stretch]:
                entry = entry_of[group]
                for slot in range(model.first_slot[group], model.first_slot[group + 1]):
                    # What pads a table is 0 and stands for the expected value: no harm.
                    values[row, offset + model.slots[slot]] += (
                        model.unit[stretch] * model.entries[entry]
                    )
                    entry += 1
                group += 1


@jit
def _codes(model: Compiled) -> int:
    count = 0
    for source in range(len(model.feature)):
        count = max(count, model.low[source] + 1, model.high[source] + 1)
    return count


@jit
def _read(x: float, missing: int) -> tuple[float, bool]:
    """A value as LightGBM's prediction reads it, and whether it is missing."""
    nan = x != x
    if abs(x) <= NO_NUMBER or (nan and missing != NAN):
        x = 0.0
    return x, (nan and missing == NAN) or (x == 0.0 and missing == ZERO)


@jit
def _encode(
    model: Compiled, rows: Floats, first: int, count: int, codes: NDArray[np.uint8]
) -> None:
    """The codes of `count` rows from `first` on, shape (columns, BLOCK_ROWS).

    A count of smaller cuts, not a search: without a branch, sixteen rows at once, it is several
    times faster up to some hundred cuts.
    """
    x = np.empty(BLOCK_ROWS)
    lost = np.empty(BLOCK_ROWS, np.uint8)
    below = np.empty(BLOCK_ROWS, np.int64)  # as wide as x, or the compiler shuffles lanes
    for source in range(len(model.feature)):
        for row in range(count):
            x[row], missing = _read(rows[first + row, model.feature[source]], model.missing[source])
            lost[row] = 255 if missing else 0
        below[:] = 0
        for place in range(model.first_cut[source], model.first_cut[source + 1]):
            cut = model.cuts[place]
            for row in range(count):
                below[row] += 1 if x[row] > cut else 0
        if model.low[source] >= 0:
            low = codes[model.low[source]]
            for row in range(count):
                low[row] = below[row] & ~lost[row]
        if model.high[source] >= 0:
            high = codes[model.high[source]]
            for row in range(count):
                high[row] = below[row] | lost[row]


@jit
def _encode_row(model: Compiled, row: Floats, codes: NDArray[np.uint8]) -> None:
    """The codes of one row of shape (F,), shape (columns,)."""
    for source in range(len(model.feature)):
        x, missing = _read(row[model.feature[source]], model.missing[source])
        below = 0
        for place in range(model.first_cut[source], model.first_cut[source + 1]):
            below += 1 if x > model.cuts[place] else 0
        if model.low[source] >= 0:
            codes[model.low[source]] = 0 if missing else below
        if model.high[source] >= 0:
            codes[model.high[source]] = 255 if missing else below


@jit
def _find(
    model: Compiled, group: int, codes: NDArray[np.uint8], index: NDArray[np.uint16], count: int
) -> None:
    """Each row's place in the group's table."""
    index[:] = 0
    for question in range(model.first_question[group], model.first_question[group + 1]):
        code = codes[model.question_column[question]]
        place = model.question_place[question]
        step = model.question_step[question]
        for row in range(count):
            index[row] += step if code[row] > place else np.uint16(0)


@jit
def _write(model: Compiled, stretch: int, sums: NDArray[np.int32], values: Floats) -> None:
    """Add a stretch's sums to the values of its class, by tiles that fit the nearest cache."""
    features = model.features[0]
    offset = model.label[stretch] * (features + 1)
    for start in range(0, len(values), LANES):
        for feature in range(features):
            for row in range(start, min(start + LANES, len(values))):
                values[row, offset + feature] += (
                    model.unit[stretch] * sums[feature * BLOCK_ROWS + row]
                )


@written
def _prefetch(_typing: Any, entries: Any, entry: Any) -> Any:
    """Load an entry that is read soon into the cache."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        place = builder.bitcast(place, ir.IntType(8).as_pointer())
        i32 = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, i32, i32, i32])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [place.type], kind)
        reading, near, data = (ir.Constant(i32, number) for number in (0, 3, 1))
        builder.call(prefetch, [place, reading, near, data])
        return context.get_dummy_value()

    return types.void(entries, entry), generate


@written
def _add_quad(
    _typing: Any, sums: Any, slots: Any, slot: Any, entries: Any, entry: Any, index: Any, row: Any
) -> Any:
    """Add four neighbouring entries of LANES rows to the sums of four features.

    From `entry` + index of the row four entries are loaded at once; four times four of them
    are turned in the registers, so that each feature's lie side by side as its sums do. Plain
    LLVM vectors: every processor has them, if not in one instruction.
    """
    signature = types.void(sums, slots, slot, entries, entry, index, row)
    i32, i64 = ir.IntType(32), ir.IntType(64)
    quad = ir.VectorType(i32, QUAD)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def pointer(place: int, *steps: Any) -> Any:
            array = context.make_array(signature.args[place])
            found = array(context, builder, arguments[place]).data
            for step in steps:
                found = builder.gep(found, [step])
            return found

        def shuffled(one: Any, other: Any, mask: list[int]) -> Any:
            lanes = ir.Constant(ir.VectorType(i32, len(mask)), [ir.Constant(i32, i) for i in mask])
            return builder.shuffle_vector(one, other, lanes)

        def joined(parts: list[Any]) -> Any:
            while len(parts) > 1:
                both = list(range(2 * parts[0].type.count))
                pairs = zip(parts[::2], parts[1::2], strict=True)
                parts = [shuffled(one, other, both) for one, other in pairs]
            return parts[0]

        def loaded(lane: int) -> Any:
            offset = builder.load(pointer(5, arguments[6], ir.Constant(i64, lane)))
            place = pointer(3, arguments[4], builder.zext(offset, i64))
            found = builder.load(builder.bitcast(place, quad.as_pointer()))
            found.align = 4
            return found

        def zipped(one: Any, other: Any) -> list[Any]:
            """In each four lanes: the first two of both by turns, and the last two."""
            starts = range(0, LANES, QUAD)
            return [
                shuffled(one, other, [s + i + j for s in starts for i in pair for j in (0, LANES)])
                for pair in ((0, 1), (2, 3))
            ]

        # Vector k holds the rows k, k + 4, k + 8, k + 12, four features each.
        turned = [joined([loaded(lane) for lane in range(k, LANES, QUAD)]) for k in range(QUAD)]
        even, odd = zipped(turned[0], turned[2]), zipped(turned[1], turned[3])
        by_feature = zipped(even[0], odd[0]) + zipped(even[1], odd[1])
        block = ir.Constant(i64, BLOCK_ROWS)
        for place, found in enumerate(by_feature):
            feature = builder.load(pointer(1, arguments[2], ir.Constant(i64, place)))
            start = pointer(0, builder.mul(feature, block), arguments[6])
            start = builder.bitcast(start, found.type.as_pointer())
            before = builder.load(start)
            before.align = 4
            builder.store(builder.add(before, found), start).align = 4
        return context.get_dummy_value()

    return signature, generate
