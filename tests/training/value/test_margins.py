"""The three next bills of who stayed: which count, who stayed, and the dates they are known at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.engine.store import open_histories
from features.errors import NotEnoughData
from tests.facts import Fact, day, fact, joined, operator, used
from training.fit_settings import TrainingSettings, ValueSettings
from training.value.margins import _stayed, next_bills, value_dates, value_panel

SETTINGS = ValueSettings(119, 2, 2, 100, 60, 0.08)
MONDAY = datetime(2026, 3, 2)
AS_OF = day(0)  # 2025-06-02; the next bills are those of May (issued in June), June and July


@given(st.integers(1, 120), st.integers(1, 8), st.integers(1, 4), st.integers(1, 150))
def test_no_label_is_known_after_the_next_period_begins(
    history_weeks: int, step_weeks: int, test_dates: int, maturity_days: int
) -> None:
    settings = replace(
        SETTINGS, step_weeks=step_weeks, test_dates=test_dates, maturity_days=maturity_days
    )
    first = MONDAY - timedelta(weeks=history_weeks)
    maturity = timedelta(days=maturity_days)
    try:
        dates = value_dates(MONDAY, first, settings)
    except NotEnoughData as refusal:
        needed = first - timedelta(days=refusal.details["missing_days"])
        assert len(value_dates(MONDAY, needed, settings).fit) == 1
        return
    assert min(dates.fit) >= first
    assert max(dates.fit) + maturity <= min(dates.test)
    assert max(dates.test) + maturity <= MONDAY
    assert len(dates.test) == test_dates


def bill(customer: str, month: int, revenue_fen: int, known: float | None = None) -> Fact:
    """The bill of a month of 2025, issued on the third of the next one."""
    issued = datetime(2025, month + 1, 3)
    return fact(
        "bills",
        customer,
        issued,
        None if known is None else day(known),
        period=datetime(2025, month, 1).date(),
        revenue_fen=revenue_fen,
    )


def bills(customer: str) -> list[Fact]:
    """Its bills from April to August: 400, 500, ... 800 fen."""
    return [bill(customer, month, 100 * month) for month in range(4, 9)]


def sums_of_next(*facts: Fact) -> dict[str, tuple[int, str]]:
    """Revenue of the three next bills and the end of the third's month, by customer."""
    one = operator()
    one.load(facts)
    found = next_bills(one.histories, [AS_OF], 119)
    return {
        row["customer_id"]: (row["next_revenue_fen"], f"{row['ends']:%F}")
        for row in found.to_dict("records")
    }


def test_the_three_bills_issued_from_the_date_on_count() -> None:
    assert sums_of_next(*joined("C1"), *bills("C1")) == {"C1": (500 + 600 + 700, "2025-08-01")}


def test_who_has_fewer_than_three_by_then_is_not_recorded() -> None:
    assert sums_of_next(*joined("C1"), *bills("C1")[:3]) == {}
    late = [*bills("C1")[:3], bill("C1", 7, 700, known=119)]
    assert sums_of_next(*joined("C1"), *late) == {}
    in_time = [*bills("C1")[:3], bill("C1", 7, 700, known=118.9)]
    assert sums_of_next(*joined("C1"), *in_time) == {"C1": (1800, "2025-08-01")}


def test_a_correction_after_maturity_changes_no_label() -> None:
    corrected = bill("C1", 5, 99_999, known=120)
    assert sums_of_next(*joined("C1"), *bills("C1"), corrected) == {"C1": (1800, "2025-08-01")}


def test_an_old_bill_that_is_issued_again_does_not_count_as_a_next_one() -> None:
    again = fact(
        "bills",
        "C1",
        day(8),
        period=datetime(2025, 4, 1).date(),
        revenue_fen=9_999,
    )
    assert sums_of_next(*joined("C1"), *bills("C1"), again) == {"C1": (1800, "2025-08-01")}


def stays(*facts: Fact, mode: str = "postpaid", settings: TrainingSettings) -> bool:
    one = operator()
    one.load([*joined("C1", payment_mode=mode), *bills("C1"), *facts])
    rows = next_bills(one.histories, [AS_OF], 119).assign(payment_mode=mode)
    (found,) = _stayed(one.histories, [AS_OF], rows, settings)
    return bool(found)


@pytest.mark.parametrize("event", ["pre_cancelled", "cancelled", "ported", "transferred"])
def test_who_leaves_before_the_third_months_end_did_not_stay(
    event: str, training_settings: TrainingSettings
) -> None:
    end = (datetime(2025, 8, 1) - AS_OF).days
    assert not stays(fact("contracts", "C1", day(end - 1), event=event), settings=training_settings)
    assert stays(fact("contracts", "C1", day(end), event=event), settings=training_settings)
    learned_late = fact("contracts", "C1", day(end - 1), day(119), event=event)
    assert stays(learned_late, settings=training_settings)


def test_who_had_left_before_the_date_unknown_did_not_stay(
    training_settings: TrainingSettings,
) -> None:
    learned_later = fact("contracts", "C1", day(-1), day(2), event="pre_cancelled")
    assert not stays(learned_later, settings=training_settings)
    known = fact("contracts", "C1", day(-1), event="pre_cancelled")
    assert stays(known, settings=training_settings)


def test_the_prepaid_stay_by_using(training_settings: TrainingSettings) -> None:
    end = (datetime(2025, 8, 1) - AS_OF).days
    call = {"voice_out_s": 60}
    prepaid: Any = {"mode": "prepaid", "settings": training_settings}
    assert not stays(**prepaid)
    assert not stays(used("C1", end - 31, **call), **prepaid)
    assert stays(used("C1", end - 30, **call), **prepaid)
    assert not stays(used("C1", end, **call), **prepaid)
    assert stays(settings=training_settings)  # the postpaid pay, whether they call or not


@pytest.fixture(scope="module")
def panel_of_value(small_home: Any, small_panel: pd.DataFrame) -> pd.DataFrame:
    histories = open_histories(small_home.home)
    return value_panel(histories, small_home.as_of, small_home.training, small_panel)


def test_a_row_is_a_customer_with_bills_before_and_after(panel_of_value: pd.DataFrame) -> None:
    rows = panel_of_value
    assert not rows.duplicated(["customer_id", "as_of"]).any()
    assert rows["bills"].between(1, 3).all()
    assert (rows["next_revenue_fen"] >= rows["next_margin_fen"]).all()
    assert set(rows["period"]) == {"fit", "test"}
    mean = rows["revenue_fen"] / rows["bills"] / 100
    # The feature looks half a year back, the tier to the first bill.
    assert np.isclose(rows["mean_bill_cny"], mean, rtol=1e-6).mean() > 0.97


def test_dates_that_are_known_are_not_built_again(
    small_home: Any, panel_of_value: pd.DataFrame
) -> None:
    """With every date known the builder of features is not called; the rows are the same."""
    histories = open_histories(small_home.home)
    dates: list[str] = []
    again = value_panel(
        histories,
        small_home.as_of,
        small_home.training,
        panel_of_value,
        lambda step, *_: dates.append(step),
    )
    assert dates == []
    key = ["as_of", "customer_id"]
    one, other = (rows.sort_values(key, ignore_index=True) for rows in (panel_of_value, again))
    pd.testing.assert_frame_equal(one, other[one.columns], check_dtype=False)


def test_too_few_customers_make_no_model(small_home: Any, panel_of_value: pd.DataFrame) -> None:
    histories = open_histories(small_home.home)
    many = replace(
        small_home.training, value=replace(small_home.training.value, min_customers=10**6)
    )
    with pytest.raises(NotEnoughData, match="a model of value needs 1000000"):
        value_panel(histories, small_home.as_of, many, panel_of_value)
