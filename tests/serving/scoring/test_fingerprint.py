"""The fingerprint of a row changes with everything that the model sees, and with nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from serving.scores.latest import Rows
from serving.scoring.fingerprint import row_content, row_fingerprint, rows_of_content

ROWS = Rows(
    np.array([[80.0, np.nan, 0.0], [80.0, 3.0, 1.0]], np.float32),
    [{"brand": "a", "payment_mode": "prepaid"}, {"brand": "a"}],
    np.array([[3, 24000, 900], [3, 24000, 900]], np.int64),
)


def first(rows: Rows) -> str:
    return row_fingerprint(rows, 0)


def numbers(*values: float) -> Rows:
    return replace(ROWS, numbers=np.array([values], np.float32))


@pytest.mark.parametrize(
    "other",
    [
        numbers(80.0, np.nan, 1.0),
        numbers(80.00001, np.nan, 0.0),
        numbers(80.0, 0.0, 0.0),
        numbers(np.nan, 80.0, 0.0),
        replace(ROWS, categories=[{"brand": "b", "payment_mode": "prepaid"}]),
        replace(ROWS, categories=[{"brand": "a"}]),
        replace(ROWS, sums=np.array([[3, 24000, 901]], np.int64)),
    ],
)
def test_another_number_category_or_sum_is_another_row(other: Rows) -> None:
    assert first(other) != first(ROWS)


def test_equal_rows_have_one_fingerprint() -> None:
    own_nan = np.array([0x7FC01234], np.uint32).view(np.float32)[0]
    again = Rows(
        np.array([[80.0, own_nan, -0.0]], np.float32),
        [{"payment_mode": "prepaid", "brand": "a"}],
        ROWS.sums[:1].astype(np.int32),
    )
    assert row_content(again, 0) == row_content(ROWS, 0)
    assert first(again) == first(ROWS)


def test_the_place_chooses_the_row() -> None:
    only = Rows(ROWS.numbers[1:], ROWS.categories[1:], ROWS.sums[1:])
    assert row_fingerprint(ROWS, 1) == first(only) != first(ROWS)


def test_a_row_stays_what_it_was() -> None:
    before = ROWS.numbers.copy()
    first(ROWS)
    assert ROWS.numbers.tobytes() == before.tobytes()


def test_the_row_is_read_as_it_was_written() -> None:
    found = rows_of_content(row_content(ROWS, 0), ("a", "b", "c"))
    assert row_content(found, 0) == row_content(ROWS, 0)
    assert found.categories == [ROWS.categories[0]]
    with pytest.raises(ValueError, match="Expecting"):
        rows_of_content(row_content(ROWS, 0), ("a", "b", "c", "d"))
