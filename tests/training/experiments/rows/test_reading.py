"""A table as a test: every row counted once, every option checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.errors import LiukeError, NotEnoughData, SettingsError, TableRefused
from tests.training.experiments.drawn import drawn_table
from training.experiments.rows.reading import ExperimentRequest, read_experiment

REQUEST = ExperimentRequest(treatment="arm", control="control", outcome="bought")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return drawn_table(1, rows=300)


def test_rows_without_an_arm_or_an_outcome_are_kept_out_of_the_trial(table: pd.DataFrame) -> None:
    holes = table.copy()
    holes.loc[:9, "arm"] = ""
    holes.loc[5:19, "bought"] = ""
    found = read_experiment(holes, REQUEST)
    assert len(found.trial.arm) == 280
    assert int(found.has_outcome.sum()) == 285
    assert len(found.trial.covariates) == 280
    assert found.trial.covariates["tenure"].iloc[0] == float(table["tenure"].iloc[20])


def test_columns_with_a_role_are_not_covariates(table: pd.DataFrame) -> None:
    own = table.assign(
        key=[f"k{place % 150:03d}" for place in range(300)], got=table["arm"], fee="0.5"
    )
    found = read_experiment(
        own,
        replace(
            REQUEST, cluster="key", received="got", cost="fee", value="value", dropped=("plan",)
        ),
    )
    assert list(found.trial.covariates) == ["tenure", "value", "spend"]
    assert found.trial.cluster is not None
    assert len(np.unique(found.trial.cluster)) == 150
    assert found.received is not None
    assert (found.received == found.trial.arm).all()


def test_shares_are_those_of_the_plan_or_of_the_rows(table: pd.DataFrame) -> None:
    own = read_experiment(table, REQUEST).trial
    assert own.propensity[0, 1] == pytest.approx((table["arm"] == "offer1").mean())
    planned = replace(REQUEST, planned=(("control", 1.0), ("offer1", 3.0)))
    assert read_experiment(table, planned).trial.propensity[0].tolist() == [0.25, 0.75]


def test_a_line_of_totals_and_a_repeated_header_are_not_rows(table: pd.DataFrame) -> None:
    header = pd.DataFrame([dict(zip(table.columns, table.columns, strict=True))])
    found = read_experiment(pd.concat([table, header], ignore_index=True), REQUEST)
    assert len(found.trial.arm) == 300
    assert found.nonrows == {"repeats the header": 1}


@pytest.mark.parametrize(
    ("change", "refusal", "says"),
    [
        ({"treatment": "gone"}, TableRefused, "no column gone; there are: tenure"),
        ({"outcome": "gone"}, TableRefused, "no column gone"),
        ({"cluster": "gone"}, TableRefused, "no column gone"),
        ({"dropped": ("gone",)}, TableRefused, "no column gone"),
        ({"outcome": "arm"}, SettingsError, "arm is both --treatment and --outcome"),
        ({"dropped": ("bought",)}, SettingsError, "bought is --outcome; it cannot be excluded"),
        ({"control": "nothing"}, TableRefused, "no row has arm = 'nothing'"),
        ({"cost": "-2", "value": "3"}, SettingsError, "--cost is -2"),
        ({"value": "arm"}, SettingsError, "both --treatment and --value"),
        ({"positive": "maybe"}, TableRefused, "no row has bought = 'maybe'"),
    ],
)
def test_bad_requests_have_one_clear_refusal(
    table: pd.DataFrame, change: dict[str, Any], refusal: type[LiukeError], says: str
) -> None:
    with pytest.raises(refusal, match=says):
        read_experiment(table, replace(REQUEST, **change))


def test_an_arm_without_any_outcome_is_refused(table: pd.DataFrame) -> None:
    own = table.assign(bought=table["bought"].where(table["arm"] == "control", ""))
    with pytest.raises(NotEnoughData, match="no row of the arm offer1 has an outcome"):
        read_experiment(own, REQUEST)


def test_a_key_that_is_empty_is_refused(table: pd.DataFrame) -> None:
    own = table.assign(key=["a", ""] * 150)
    with pytest.raises(TableRefused, match="empty in 150 rows"):
        read_experiment(own, replace(REQUEST, cluster="key"))
