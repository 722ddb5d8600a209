"""Columns that may hold the outcome are named, others are not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from training.columns.inference import infer_columns
from training.columns.values import prepare
from training.tables.leaks.suspects import suspects

COUNT = 600


def found(**columns: object) -> dict[str, str]:
    """Why each column is suspected."""
    rows = pd.DataFrame({"honest": np.arange(COUNT) % 7 / 7, **columns})
    known = infer_columns(rows)
    named = suspects(prepare(rows, known), label(), known, np.arange(COUNT) % 4)
    return {one.column: one.why for one in named}


def label() -> np.ndarray:
    return (np.random.default_rng(5).random(COUNT) < 0.3).astype(float)


def test_a_key_is_named() -> None:
    assert found(id=[f"C{number}" for number in range(COUNT)]) == {"id": "unique_key"}


def test_the_target_in_another_coding_is_named_though_it_is_not_monotone() -> None:
    random = np.random.default_rng(1)
    code = np.where(label() == 1, random.choice([2, 5], COUNT), random.choice([1, 3, 4, 6], COUNT))
    assert found(code=code.astype(float) + 0.5) == {"code": "alone"}
    words = np.where(label() == 1, "gone", random.choice(["here", "there"], COUNT))
    assert found(words=words) == {"words": "alone"}


def test_a_column_is_named_once_with_all_its_evidence() -> None:
    rows = pd.DataFrame({"closed": np.where(label() == 1, "moved", "")})
    known = infer_columns(rows)
    (one,) = suspects(prepare(rows, known), label(), known, np.arange(COUNT) % 4)
    count = int(label().sum())
    assert (one.column, one.why, one.degree) == ("closed", "one_class", 1)
    assert one.evidence == (
        f"filled in {count} rows, all of them positive; alone it gives an AUC of 1.000"
    )


def test_a_column_that_only_churners_have_is_named_with_its_count() -> None:
    there = (label() == 1) & (np.random.default_rng(2).random(COUNT) < 0.5)
    assert found(reason=np.where(there, "price", "")) == {"reason": "one_class"}


def test_a_few_values_of_one_class_are_chance() -> None:
    there = np.flatnonzero(label() == 0)[:20]
    note = np.full(COUNT, "", dtype=object)
    note[there] = "called"
    assert found(note=note) == {}


def test_a_strong_but_honest_column_is_not_named() -> None:
    assert found(score=label() + np.random.default_rng(3).normal(0, 0.6, COUNT)) == {}


def test_many_levels_alone_do_not_give_it_away() -> None:
    street = np.random.default_rng(4).integers(0, COUNT // 3, COUNT).astype(str)
    assert found(street=np.char.add("s", street)) == {}
