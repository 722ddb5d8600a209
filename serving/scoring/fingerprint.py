"""What a decision keeps of the row that it was made from, so that it can be replayed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from serving.scores.latest import Rows
from training.encoding import PRECISION

_as_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def row_content(rows: Rows, place: int) -> bytes:
    """Everything that the model sees of one row: numbers, categories, sums of the latest bills.

    Equal rows have equal bytes: there is one NaN and one zero, and categories are in the order of
    their names. The numbers are those of `rows.numbers`, in its order, little-endian float32.
    """
    numbers = rows.numbers[place].astype(PRECISION) + PRECISION(0)  # -0.0 becomes 0.0
    numbers[np.isnan(numbers)] = np.nan
    about = {"categories": rows.categories[place], "sums": rows.sums[place].tolist()}
    return bytes(numbers.astype("<f4").tobytes()) + _as_json(about).encode()


def rows_of_content(content: bytes, features: Sequence[str]) -> Rows:
    """The one row that `row_content` wrote, its numbers those of `features`, in order.

    Raises ValueError where it is not such a row.
    """
    length = len(features) * PRECISION().itemsize
    numbers = np.frombuffer(content[:length], dtype="<f4").reshape(1, len(features))
    about = json.loads(content[length:])
    return Rows(numbers, [about["categories"]], np.array([about["sums"]], dtype=np.int64))


def row_fingerprint(rows: Rows, place: int) -> str:
    """The SHA-256 of `row_content`, in hexadecimal: what a decision keeps as `row_sha256`.

    >>> rows = Rows(np.array([[80.0, np.nan]], np.float32), [{"brand": "a"}], np.zeros((1, 3), int))
    >>> row_fingerprint(rows, 0)[:12]
    '00831c42deef'
    """
    return sha256(row_content(rows, place)).hexdigest()
