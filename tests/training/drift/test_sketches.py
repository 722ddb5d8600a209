"""Sketches: the parts add up to the whole, and a file has all that counts."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.drift.sketches import BINS, KEPT_LEVELS, MISSING, OTHER, Bins, Sketch, bins_of

CITIES = ["Suzhou", "Wuxi", "Nantong"]


def rows(count: int, seed: int) -> pd.DataFrame:
    """Two numbers, of which one is often missing, and a category, by city."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "bill": random.integers(0, 200, count).astype(float),
            "score": np.where(random.random(count) < 0.3, np.nan, random.normal(size=count)),
            "plan": random.choice(np.array(["P1", "P2", None]), count),
            "city": random.choice(np.array([*CITIES, None]), count),
        }
    )


def added(sketch: Sketch, own: pd.DataFrame) -> Sketch:
    numbers = {name: own[name].to_numpy(np.float64) for name in ("bill", "score")}
    sketch.add(numbers, {"plan": own["plan"]}, own["city"])
    return sketch


def begun(own: pd.DataFrame) -> Bins:
    return bins_of(
        {name: own[name].to_numpy(np.float64) for name in ("bill", "score")}, own["city"]
    )


@given(st.lists(st.integers(0, 300), max_size=4), st.integers(0, 5))
def test_sketches_of_parts_add_up_to_that_of_the_whole(cuts: list[int], seed: int) -> None:
    own = rows(300, seed)
    bins = begun(own.head(100))
    whole = added(Sketch(bins, ["plan"]), own)
    places = [0, *sorted(cuts), 300]
    merged = Sketch(bins, ["plan"])
    for start, end in pairwise(places):
        merged.merge(added(Sketch(bins, ["plan"]), own[start:end]))
    assert merged.rows.tolist() == whole.rows.tolist()
    assert merged.to_json()["levels"] == whole.to_json()["levels"]
    for name in ("bill", "score"):
        assert (merged.numbers[name] == whole.numbers[name]).all()
        np.testing.assert_allclose(merged.sums[name], whole.sums[name])


def test_each_row_is_counted_in_its_bin_and_place() -> None:
    own = pd.DataFrame(
        {"bill": [1.0, 2.0, 2.0, np.nan, 9.0], "score": 0.0, "plan": ["P1", "P1", None, "P2", "P2"],
         "city": ["Wuxi", "Wuxi", "Suzhou", "Suzhou", "Nantong"]}
    )  # fmt: skip
    bins = Bins({"bill": (1.0, 2.0), "score": ()}, ("Wuxi", "Suzhou"))
    sketch = added(Sketch(bins, ["plan"]), own)
    assert sketch.rows.tolist() == [2, 2, 1]
    assert sketch.numbers["bill"].tolist() == [[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    assert sketch.levels["plan"]["P1"].tolist() == [2, 0, 0]
    assert sketch.levels["plan"][MISSING].tolist() == [0, 1, 0]
    assert (sketch.mean("bill", [0]), sketch.mean("bill", [0, 1, 2])) == (1.5, 3.5)


def test_a_value_below_or_above_all_of_the_reference_has_its_bin() -> None:
    own = rows(500, 1)
    bins = begun(own)
    assert len(bins.edges["bill"]) <= BINS + 1
    low, high = added(Sketch(bins, ["plan"]), own.assign(bill=-1.0)), own.assign(bill=1e9)
    assert low.numbers["bill"][:, 0].sum() == 500
    assert added(Sketch(bins, ["plan"]), high).numbers["bill"][:, -2].sum() == 500


def test_a_sketch_comes_back_from_its_file() -> None:
    own = rows(200, 2)
    sketch = added(Sketch(begun(own), ["plan"]), own)
    read = Sketch.from_json(json.loads(json.dumps(sketch.to_json())))
    assert read.bins == sketch.bins
    assert read.to_json() == sketch.to_json()


def test_rare_levels_are_counted_together_in_a_file() -> None:
    own = rows(1000, 3).assign(plan=[f"P{number % 100}" for number in range(1000)])
    levels = added(Sketch(begun(own), ["plan"]), own).to_json()["levels"]["plan"]
    assert len(levels) == KEPT_LEVELS + 1
    assert sum(map(sum, levels.values())) == 1000
    assert sum(levels[OTHER]) == 10 * (100 - KEPT_LEVELS)


def test_sketches_of_other_bins_do_not_add_up() -> None:
    one, other = (Sketch(begun(rows(100, seed)), ["plan"]) for seed in (1, 2))
    with pytest.raises(ValueError, match="do not add up"):
        one.merge(other)


def test_known_bins_are_kept_until_they_are_coarse() -> None:
    own = rows(500, 4)
    bins, places = begun(own), own["city"]
    known = {name: own[name].to_numpy(np.float64) for name in ("bill", "score")}
    far = {**known, "bill": known["bill"] + 1000}
    assert bins_of(known, places, bins, renew=True) == bins
    assert bins_of(far, places, bins) == bins
    again = bins_of(far, places, bins, renew=True)
    assert again.edges["score"] == bins.edges["score"]
    assert again.edges["bill"] != bins.edges["bill"]


def test_counts_by_other_places_are_the_same_counts() -> None:
    own = rows(300, 5)
    sketch = added(Sketch(begun(own), ["plan"]), own)
    moved = sketch.placed_as(("Wuxi", "Ningbo"))
    wuxi = sketch.bins.places.index("Wuxi")
    assert moved.rows.tolist() == [sketch.rows[wuxi], 0, 300 - sketch.rows[wuxi]]
    assert moved.numbers["bill"].sum(0).tolist() == sketch.numbers["bill"].sum(0).tolist()
    assert moved.levels["plan"]["P1"].sum() == sketch.levels["plan"]["P1"].sum()
