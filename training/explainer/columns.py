"""What a row's numbers become before any table is read: one small code a column.

The code of a value is how many of the column's cuts (the model's thresholds on that feature)
lie below it, so a split is `code > place` of its cut. A missing value is the lowest code where
it goes left by default and the highest where it goes right: it then needs no condition of its
own. A feature whose splits send the missing both ways has a column for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.explainer.trees import Floats, Ints, Tree

MAX_CUTS = 254  # a code is a byte, and 255 is the missing that goes right
NOTHING, ZERO, NAN = 0, 1, 2  # what counts as missing, in LightGBM's numbers


class Columns(NamedTuple):
    """The sources of codes; source i has the cuts from `first_cut[i]` to `first_cut[i + 1]`.

    `low` and `high` are its columns with the missing as 0 and as 255; -1 where no split uses it.
    """

    feature: Ints
    missing: Ints
    first_cut: Ints
    cuts: Floats
    low: Ints
    high: Ints


def columns_of(trees: Sequence[Tree]) -> tuple[Columns, list[Ints], list[NDArray[np.uint8]]]:
    """The columns that these trees split on, and for each tree its nodes' columns and places."""
    feature, missing, threshold, left = (
        np.concatenate([getattr(tree, name) for tree in trees] or [np.empty(0)])
        for name in ("feature", "missing", "threshold", "default_left")
    )
    feature, missing = feature.astype(np.int64), missing.astype(np.int64)
    order = np.lexsort((threshold, missing, feature))
    known = np.column_stack([feature, missing, threshold])[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (known[1:] != known[:-1]).any(axis=1)
    cut = np.empty(len(order), dtype=np.int64)
    cut[order] = np.cumsum(new) - 1
    distinct = order[new]  # a node for each cut, in the order of cuts

    key = np.column_stack([feature, missing])[distinct]
    begins = np.ones(len(distinct), dtype=bool)
    begins[1:] = (key[1:] != key[:-1]).any(axis=1)
    begun = np.maximum.accumulate(np.where(begins, np.arange(len(distinct)), 0))
    begins |= (np.arange(len(distinct)) - begun) % MAX_CUTS == 0
    first = np.flatnonzero(begins)
    source = (np.cumsum(begins) - 1)[cut]

    high = ~left.astype(bool) & (missing != NOTHING)
    used, column = np.unique(source * 2 + high, return_inverse=True)
    ways = np.full((len(first), 2), -1, dtype=np.int64)
    ways[used // 2, used % 2] = np.arange(len(used))
    places = (cut - first[source]).astype(np.uint8)
    ends = np.cumsum([len(tree.feature) for tree in trees])[:-1]
    columns = Columns(
        feature=feature[distinct[first]],
        missing=missing[distinct[first]],
        first_cut=np.append(first, len(distinct)),
        cuts=threshold[distinct],
        low=np.ascontiguousarray(ways[:, 0]),
        high=np.ascontiguousarray(ways[:, 1]),
    )
    return columns, np.split(column, ends), np.split(places, ends)
