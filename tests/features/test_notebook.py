"""What notebooks get from features: what was known, and nothing that was learned later."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

import features
from features.builder import matrix
from features.engine.store import open_histories
from features.errors import LakeError, SettingsError, UnknownCustomers
from features.notebook import moment_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found(small_home: Any) -> pd.DataFrame:
    """The matrix at the home's date, written as a notebook may write it."""
    return features.matrix(small_home.home, f"{small_home.as_of:%F}")


@pytest.fixture(scope="module")
def one_customer(found: pd.DataFrame) -> str:
    customer_id: str = found.index[found["eligible"]][0]
    return customer_id


def test_a_history_is_what_was_known(small_home: Any, one_customer: str) -> None:
    history = features.history(small_home.home, one_customer, small_home.as_of)
    assert {"customers", "contracts", "bills", "days"} < set(history)
    assert len(history["days"]) > 28
    for name, facts in history.items():
        assert (facts[["event_time", "known_at"]] < small_home.as_of).all(axis=None), name
        assert facts["event_time"].is_monotonic_increasing, name
        assert "superseded_at" not in facts, name


def test_an_earlier_history_lacks_what_was_learned_since(
    small_home: Any, one_customer: str
) -> None:
    earlier = small_home.as_of - timedelta(weeks=8)
    now, then = (
        features.history(small_home.home, one_customer, moment)["days"]
        for moment in (small_home.as_of, earlier)
    )
    assert 0 < len(then) < len(now)
    assert (then["known_at"] < earlier).all()


def test_the_matrix_is_that_of_production(
    small_home: Any, found: pd.DataFrame, one_customer: str
) -> None:
    histories = open_histories(small_home.home)
    built = histories.connection.execute(matrix(histories, [small_home.as_of]))
    built = built.set_index("customer_id").sort_index()
    pd.testing.assert_frame_equal(found, built[found.columns])
    alone = features.matrix(small_home.home, small_home.as_of, [one_customer])
    assert list(alone.index) == [one_customer]
    numbers = alone.select_dtypes("number").columns
    np.testing.assert_array_equal(alone[numbers], found.loc[[one_customer], numbers])


def test_a_customer_of_whom_nothing_is_known_is_refused(small_home: Any, one_customer: str) -> None:
    home, as_of = small_home.home, small_home.as_of
    with pytest.raises(
        UnknownCustomers, match=r"no feed of this home has customer C-none.*such as C"
    ):
        features.history(home, "C-none", as_of)
    with pytest.raises(UnknownCustomers, match=r"has customer C-none, no one. Ids are"):
        features.matrix(home, as_of, [one_customer, "C-none", "no one"])
    histories = open_histories(home)
    customers = histories.tables["customers"]
    joined = customers.group_by("customer_id").agg(first=customers.known_at.min())
    latest = histories.connection.execute(joined.order_by(joined["first"].desc()).limit(1)).iloc[0]
    earlier = latest["first"] - timedelta(weeks=4)
    with pytest.raises(UnknownCustomers, match=rf"nothing was known of .* before {earlier:%F}"):
        features.history(home, latest["customer_id"], earlier)


@pytest.mark.parametrize(
    "read", [features.matrix, partial(features.history, customer_id="C0000007")]
)
def test_a_date_beyond_the_data_is_refused(small_home: Any, read: Any) -> None:
    found = f"as_of 2030-01-01 lies beyond the data: .* Name {small_home.as_of:%F} or an earlier"
    with pytest.raises(LakeError, match=found):
        read(small_home.home, as_of="2030-01-01")
    with pytest.raises(LakeError, match=r"no use was known before 1999-01-01; the first is of 20"):
        read(small_home.home, as_of="1999-01-01")


def test_a_home_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match=r"no home was found at .*nowhere'. Give the folder"):
        features.matrix(tmp_path / "nowhere", "2026-03-02")
    with pytest.raises(SettingsError, match=r"home is None; expected the path of a home"):
        features.matrix(cast(Any, None), "2026-03-02")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("customers", ["C0000007", 7, [7], [None], [["C0000007"]]])
def test_customers_are_a_list_of_texts(small_home: Any, customers: Any) -> None:
    with pytest.raises(SettingsError, match=r"expected a (list of ids|text) such as|such as"):
        features.matrix(small_home.home, small_home.as_of, customers)


@pytest.mark.parametrize(
    "as_of", ["2nd of March", "", "2026-13-01", 20260302, None, pd.NaT, 2026.1, ["2026-03-02"]]
)
def test_what_is_not_a_moment_is_refused(as_of: Any) -> None:
    with pytest.raises(SettingsError, match=r"as_of is .*; expected a date such as '2026-03-02'"):
        moment_of(as_of)


@pytest.mark.parametrize(
    "as_of", ["2026-03-02", date(2026, 3, 2), datetime(2026, 3, 2), pd.Timestamp("2026-03-02")]
)
def test_a_moment_may_be_written_in_any_usual_way(as_of: Any) -> None:
    assert moment_of(as_of) == datetime(2026, 3, 2)


def test_a_moment_is_local_time() -> None:
    with pytest.raises(SettingsError, match=r"has an offset; expected the operator's local time"):
        moment_of("2026-03-02T00:00:00+08:00")


def test_a_matrix_reports_its_progress(small_home: Any, one_customer: str) -> None:
    steps: list[tuple[str, int, int]] = []
    features.matrix(
        small_home.home, small_home.as_of, [one_customer], lambda *step: steps.append(step)
    )
    assert steps == [("features", 0, 1), ("features", 1, 1)]


def test_completion_offers_the_functions_alone() -> None:
    assert dir(features) == ["history", "matrix"]
    assert [name for name in vars(features) if name in ("Any", "TYPE_CHECKING")] == []


def test_no_other_name_is_made_up() -> None:
    with pytest.raises(AttributeError, match=r"module 'features' has no attribute 'matrices'"):
        features.matrices  # noqa: B018
