"""The split over time, and the panel of a small operator."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.engine.store import Histories, open_histories
from features.errors import NotEnoughData
from tests.facts import day, operator, used
from training.fit_settings import SplitSettings, TrainingSettings
from training.panels import first_date, modelled, panel, split_dates, training_panel

MONDAY = datetime(2026, 3, 2)


@given(
    history_weeks=st.integers(1, 200),
    gap_days=st.integers(1, 120),
    test_weeks=st.integers(1, 12),
    calibration_weeks=st.integers(1, 12),
    step=st.integers(1, 4),
)
def test_no_label_is_known_after_the_test_begins_and_none_of_the_test_after_the_training(
    history_weeks: int, gap_days: int, test_weeks: int, calibration_weeks: int, step: int
) -> None:
    first = MONDAY - timedelta(weeks=history_weeks)
    gap = timedelta(days=gap_days)
    gap_weeks = -(-gap_days // 7)
    try:
        split = split_dates(MONDAY, first, gap, test_weeks, calibration_weeks, step)
    except NotEnoughData:
        assert history_weeks < 2 * gap_weeks + test_weeks + calibration_weeks - 1
        return
    assert max(split.fit) < min(split.calibration)
    assert max(split.calibration) + gap <= min(split.test)
    assert min(split.test) - max(split.calibration) == timedelta(weeks=gap_weeks)
    assert max(split.test) + gap <= MONDAY
    assert min(split.fit) >= first
    assert (len(split.test), len(split.calibration)) == (test_weeks, calibration_weeks)
    assert all(later - date == timedelta(weeks=step) for date, later in pairwise(split.fit))
    assert all((MONDAY - date).days % 7 == 0 for date in split.dates())


def test_too_short_a_history_says_how_much_is_missing() -> None:
    first = datetime(2025, 8, 4)  # 30 weeks; two gaps of 11 weeks, 6 and 8 weeks need 35
    with pytest.raises(NotEnoughData, match="35 days too short: labels take 76 days") as found:
        split_dates(MONDAY, first, timedelta(days=76), 6, 8)
    assert found.value.details == {"missing_days": 35}
    needed = first - timedelta(days=35)
    assert len(split_dates(MONDAY, needed, timedelta(days=76), 6, 8).fit) == 1


def test_postpaid_alone_waits_for_no_silence() -> None:
    first = datetime(2025, 2, 10)
    alone = split_dates(MONDAY, first, timedelta(days=46), 6, 8)
    mixed = split_dates(MONDAY, first, timedelta(days=76), 6, 8)
    assert alone.test[-1] == datetime(2026, 1, 12)
    assert mixed.test[-1] == datetime(2025, 12, 15)
    assert len(alone.fit) == len(mixed.fit) + 8


def test_no_date_lies_before_the_topics_were_fitted() -> None:
    one = operator()
    one.load([used("C1", -100, sms=1)])
    split = SplitSettings(
        test_weeks=1, calibration_weeks=1, fit_step_weeks=2, warmup_weeks=4, min_train_churners=1
    )
    found = [
        first_date(replace(one.histories, topics_fitted_at=fitted_at), day(0), split)
        for fitted_at in (None, day(-90), day(-50))
    ]
    assert found == [day(-72), day(-72), day(-50)]


@pytest.fixture(scope="module")
def histories(small_home: Any) -> Histories:
    return open_histories(small_home.home)


@pytest.fixture(scope="module")
def few(histories: Histories) -> Histories:
    """The same histories with few features, so that the panel's queries compile faster."""
    plain = ("standing", "profile")
    return replace(
        histories, features=tuple(one for one in histories.features if one.stream in plain)
    )


@pytest.fixture(scope="module")
def settings(small_home: Any) -> TrainingSettings:
    found: TrainingSettings = small_home.training
    return found


@pytest.fixture(scope="module")
def rows(small_panel: pd.DataFrame) -> pd.DataFrame:
    return small_panel


def test_every_label_was_known_when_it_was_needed(small_home: Any, rows: pd.DataFrame) -> None:
    starts = rows.groupby("period", observed=True)["as_of"].min()
    known = rows.groupby("period", observed=True)["label_known_at"].max()
    assert known["fit"] <= starts["test"]
    assert known["calibration"] <= starts["test"]
    assert known["test"] <= small_home.as_of
    waits = (rows["label_known_at"] - rows["as_of"]).dt.days
    assert waits.groupby(rows["payment_mode"], observed=True).unique().map(list).to_dict() == {
        "postpaid": [46],
        "prepaid": [76],
    }


def test_a_row_is_an_eligible_customer_at_a_date(histories: Histories, rows: pd.DataFrame) -> None:
    assert not rows.duplicated(["customer_id", "as_of"]).any()
    assert rows["eligible"].all()
    assert set(rows["standing"]) == {"active"}
    assert set(rows["outcome"]) <= {"left", "left_early", "competing", "stayed"}
    assert {feature.name for feature in histories.features} <= set(rows.columns)
    assert (rows["kind"] == "").equals(rows["outcome"] == "stayed")


def test_silence_is_of_prepaid_customers_or_of_the_cut_off(rows: pd.DataFrame) -> None:
    left = rows[rows["outcome"] == "left"]
    assert set(left["kind"]) <= {"cancelled", "ported", "silent"}
    in_window = left["event_at"] - left["as_of"]
    assert in_window.min() >= pd.Timedelta(days=14)
    assert in_window.max() < pd.Timedelta(days=44)


def test_modelled_rows_are_who_left_in_the_window_or_stayed() -> None:
    outcomes = pd.DataFrame({"outcome": ["left", "left_early", "competing", "stayed"]})
    np.testing.assert_array_equal(modelled(outcomes), [True, False, False, True])


@pytest.mark.slow
def test_with_few_churners_test_and_calibration_are_halved_for_a_longer_fit(
    small_home: Any, few: Histories, settings: TrainingSettings, rows: pd.DataFrame
) -> None:
    weeks = rows.groupby("period", observed=True)["as_of"].nunique()
    assert weeks.to_dict() == {"fit": 8, "calibration": 3, "test": 2}
    split = replace(
        settings.split,
        warmup_weeks=40,
        calibration_weeks=2,
        fit_step_weeks=1,
        test_weeks=1,
        min_train_churners=10**6,
    )
    halved = training_panel(few, small_home.as_of, replace(settings, split=split))
    fewer = halved.groupby("period", observed=True)["as_of"].nunique()
    assert fewer.to_dict() == {"fit": 2 + 1, "calibration": 1, "test": 1}


@pytest.mark.slow
def test_facts_known_after_the_training_move_no_date(
    small_home: Any, few: Histories, settings: TrainingSettings
) -> None:
    """Old use and the first prepaid customers, both known only after the training's date."""
    limited = replace(few, tables=dict(few.tables))
    days, customers = limited.tables["days"], limited.tables["customers"]
    limited.tables["customers"] = customers.filter(customers.payment_mode == "postpaid")
    before = training_panel(limited, small_home.as_of, settings)
    later = ibis.literal(small_home.as_of + timedelta(days=1)).cast(days.known_at.type())
    old = days.filter(days.customer_id == "C0000001").limit(1)
    old = old.mutate(
        day=old.day - ibis.interval(days=800),
        event_time=old.event_time - ibis.interval(days=800),
        known_at=later,
    )
    limited.tables["days"] = ibis.union(days, old.select(*days.columns))
    new = customers.limit(1).mutate(
        customer_id=ibis.literal("NEW"), payment_mode=ibis.literal("prepaid"), known_at=later
    )
    limited.tables["customers"] = ibis.union(
        limited.tables["customers"], new.select(*customers.columns)
    )
    after = training_panel(limited, small_home.as_of, settings)
    pd.testing.assert_frame_equal(before, after)


def test_where_none_churned_there_is_nothing_to_learn(
    small_home: Any, few: Histories, settings: TrainingSettings
) -> None:
    stay = replace(few, tables=dict(few.tables))
    contracts, customers = stay.tables["contracts"], stay.tables["customers"]
    stay.tables["contracts"] = contracts.filter(contracts.event == "started")
    # No customer is prepaid, so none is silent.
    stay.tables["customers"] = customers.mutate(payment_mode=ibis.literal("postpaid"))
    split = replace(settings.split, warmup_weeks=44, calibration_weeks=1, test_weeks=1)
    with pytest.raises(NotEnoughData, match="no customer left in the fit period"):
        training_panel(stay, small_home.as_of, replace(settings, split=split))


def test_a_short_history_is_refused(
    histories: Histories, settings: TrainingSettings, small_home: Any
) -> None:
    too_early = small_home.as_of - timedelta(weeks=20)
    with pytest.raises(NotEnoughData, match="too short"):
        training_panel(histories, too_early, settings)


@pytest.mark.slow
def test_a_panel_of_given_dates_has_the_same_rows(
    histories: Histories, settings: TrainingSettings, rows: pd.DataFrame
) -> None:
    date = rows["as_of"].max().to_pydatetime()
    given = panel(histories, [date], settings.label)
    expected = rows[rows["as_of"] == date].drop(columns="period").reset_index(drop=True)
    assert [str(kind) for kind in given["plan"].cat.categories] == sorted(given["plan"].unique())
    pd.testing.assert_frame_equal(given, expected, check_categorical=False)


def test_a_period_in_which_no_customer_was_eligible_is_refused(
    small_home: Any, few: Histories, settings: TrainingSettings
) -> None:
    """After the fit period every customer was suspended and none joined any more."""
    cut = replace(few, tables=dict(few.tables))
    contracts = cut.tables["contracts"]
    then = ibis.literal(small_home.as_of - timedelta(weeks=32)).cast(contracts.event_time.type())
    joins = contracts.event.isin(["started", "restored"])
    before = contracts.filter(~joins | (contracts.event_time < then))
    started = before.filter(before.event == "started")
    stopped = started.mutate(event=ibis.literal("suspended"), event_time=then, known_at=then)
    cut.tables["contracts"] = ibis.union(before, stopped.select(*contracts.columns))
    split = replace(settings.split, warmup_weeks=30, calibration_weeks=1, test_weeks=1)
    with pytest.raises(NotEnoughData, match="in the calibration period"):
        training_panel(cut, small_home.as_of, replace(settings, split=split))
