"""What moved is found and named first; what chance or the calendar moves is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from training.drift.compared import Bars, Moved, compare
from training.drift.sketches import Bins, Sketch, bins_of

BARS = Bars(0.25, 0.05, 0.01, 0.001, ("days_*",))
NUMBERS = ("bill", "bill_max", "data_mb", "survey", "days_since_bill")
FAMILIES = {"bill": "bills", "bill_max": "bills"}
SEEDS = range(5)
Change = Callable[[pd.DataFrame], pd.DataFrame]


def night(seed: int, count: int = 6000) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    bill = random.choice([19.0, 39.0, 59.0, 99.0], count) * random.lognormal(0, 0.2, count)
    return pd.DataFrame(
        {
            "bill": bill,
            "bill_max": bill * random.uniform(1, 1.5, count),
            "data_mb": random.lognormal(7, 1, count),
            "survey": np.where(random.random(count) < 0.6, np.nan, random.integers(0, 11, count)),
            "days_since_bill": random.integers(0, 5, count) + 3.0,
            "plan": random.choice(["P1", "P2", "P3"], count, p=[0.6, 0.37, 0.03]),
            "city": random.choice(["Suzhou", "Wuxi", "Nantong", "Ningbo"], count),
        }
    )


def sketch(rows: pd.DataFrame, bins: Bins | None = None) -> Sketch:
    numbers = {name: rows[name].to_numpy(np.float64) for name in NUMBERS}
    own = Sketch(bins or bins_of(numbers, rows["city"]), ["plan"])
    own.add(numbers, {"plan": rows["plan"]}, rows["city"])
    return own


def moved(seed: int, change: Change) -> list[Moved]:
    before = sketch(night(seed))
    return compare(before, sketch(change(night(seed + 100)), before.bins), BARS, FAMILIES)


def price_in_wuxi(rows: pd.DataFrame) -> pd.DataFrame:
    factor = np.where(rows["city"] == "Wuxi", 1.3, 1.0)
    return rows.assign(bill=rows["bill"] * factor, bill_max=rows["bill_max"] * factor)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_price_that_rose_in_one_city_is_named_first_with_its_city(seed: int) -> None:
    (first,) = moved(seed, price_in_wuxi)
    assert (first.name, first.places, first.kind) in {
        (name, ("Wuxi",), "shape") for name in FAMILIES
    }
    assert len(first.more) == 1
    assert first.before is not None
    assert first.after == pytest.approx(1.3 * first.before, rel=0.06)


@pytest.mark.parametrize("seed", SEEDS)
def test_another_unit_is_named_first_with_its_factor(seed: int) -> None:
    (first,) = moved(seed, lambda rows: rows.assign(data_mb=rows["data_mb"] * 1024))
    assert (first.name, first.kind, first.places) == ("data_mb", "unit", ())
    assert first.factor in (1000, 1024)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_that_was_renamed_is_named_with_both_names(seed: int) -> None:
    (first,) = moved(seed, lambda rows: rows.assign(plan=rows["plan"].replace({"P3": "P7"})))
    assert (first.name, first.kind) == ("plan", "levels")
    ((new, now),), ((gone, before),) = first.new, first.gone
    assert (new, gone) == ("P7", "P3")
    assert [now, before] == pytest.approx([0.03, 0.03], abs=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_feature_that_no_longer_comes_is_named_first(seed: int) -> None:
    (first,) = moved(seed, lambda rows: rows.assign(survey=np.nan))
    assert (first.name, first.kind, first.missing_after) == ("survey", "missing", 1.0)
    assert first.missing_before == pytest.approx(0.6, abs=0.03)


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_reported_of_a_quiet_night(seed: int) -> None:
    assert moved(seed, lambda rows: rows) == []


def test_what_the_calendar_moves_is_reported_only_where_it_is_missing() -> None:
    assert moved(1, lambda rows: rows.assign(days_since_bill=rows["days_since_bill"] + 9)) == []
    (own,) = moved(1, lambda rows: rows.assign(days_since_bill=np.nan))
    assert (own.name, own.kind) == ("days_since_bill", "missing")


def test_a_small_sample_that_chance_moves_is_not_reported() -> None:
    before = sketch(night(1, 60))
    after = sketch(night(2, 60), before.bins)
    assert compare(before, after, BARS, FAMILIES) == []


def test_a_move_of_all_cities_names_none() -> None:
    (own,) = moved(3, lambda rows: rows.assign(data_mb=rows["data_mb"] * 2.5))
    assert (own.name, own.places, own.kind) == ("data_mb", (), "shape")


def test_what_the_second_sketch_lacks_is_gone_and_what_is_skipped_is_not_compared() -> None:
    before, after = sketch(night(1)), sketch(night(2))
    after = sketch(night(2), before.bins)
    del after.levels["plan"], after.numbers["data_mb"]
    found = compare(before, after, BARS, FAMILIES, ["data_mb"])
    assert [(own.name, own.kind) for own in found] == [("plan", "absent")]


def test_a_number_of_other_bins_is_not_compared() -> None:
    before = sketch(night(1))
    after = sketch(night(2).assign(data_mb=5.0))
    assert compare(before, after, BARS, FAMILIES) == []


def test_a_sketch_of_no_rows_is_refused() -> None:
    own = sketch(night(1))
    with pytest.raises(ValueError, match="no rows"):
        compare(own, Sketch(own.bins, ["plan"]), BARS, FAMILIES)
