"""A compiled model: the flat arrays that the kernel reads, and their file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FORMAT = 1  # of the file; raise it with whatever changes the arrays' meaning
QUAD = 4  # features of a table come four at a time, the rest padded

Ints = NDArray[np.int64]


class Compiled(NamedTuple):
    """The tables of a model, K classes, F features; group g's things lie between its firsts.

    First what the file is: `format`, and `model`, the SHA-256 of the model's text. Then columns
    and codes as `training.explainer.columns` has them. A question adds `question_step` to a
    group's index where the code of its column is above its place. From the index on a table has
    one entry a slot; `slots` names the features, and F where there is none. A stretch is the
    groups up to `last_group`, of the class `label`, with entries in `unit`. `expected`, shape
    (K,), is the mean of the training rows.
    """

    format: Ints
    model: NDArray[np.uint8]
    features: Ints
    expected: NDArray[np.float64]
    feature: Ints
    missing: Ints
    first_cut: Ints
    cuts: NDArray[np.float64]
    low: Ints
    high: Ints
    question_column: NDArray[np.int32]
    question_place: NDArray[np.uint8]
    question_step: NDArray[np.uint16]
    first_question: Ints
    slots: Ints
    first_slot: Ints
    first_entry: Ints
    entries: NDArray[np.int32]
    last_group: Ints
    label: Ints
    unit: NDArray[np.float64]

    @property
    def codes(self) -> int:
        """How many columns of codes a row has."""
        return int(max(self.low.max(initial=-1), self.high.max(initial=-1))) + 1


def hash_of(text: str) -> NDArray[np.uint8]:
    """What a model's compiled form is recognised by, shape (32,)."""
    # A copy can be written to, as arrays from a file can: else Numba compiles again for each.
    return np.frombuffer(hashlib.sha256(text.encode()).digest(), dtype=np.uint8).copy()


def write_compiled(path: Path, compiled: Compiled) -> None:
    """Write the arrays as one .npz file; the same arrays give the same bytes."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **compiled._asdict())


def read_compiled(path: Path) -> Compiled | None:
    """What `write_compiled` wrote; null where another format did, which is not an error.

    Raises ValueError or OSError where it is not such a file.
    """
    with np.load(path, allow_pickle=False) as arrays:
        if "format" not in arrays or arrays["format"].tolist() != [FORMAT]:
            return None
        return Compiled(**{name: arrays[name] for name in Compiled._fields})
