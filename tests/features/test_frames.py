"""What notebooks ask of features: what was known, and nothing that was learned later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

import features
from features.builder import matrix
from features.frames import moment_of
from features.histories import open_histories


@pytest.fixture(scope="module")
def found(small_home: Any) -> pd.DataFrame:
    """The matrix at the home's date, written as a notebook may write it."""
    return features.matrix(small_home.home, f"{small_home.as_of:%F}")


@pytest.fixture(scope="module")
def somebody(found: pd.DataFrame) -> str:
    customer_id: str = found.index[found["eligible"]][0]
    return customer_id


def test_a_history_is_what_was_known(small_home: Any, somebody: str) -> None:
    told = features.history(small_home.home, somebody, small_home.as_of)
    assert {"customers", "contracts", "bills", "days"} < set(told)
    assert len(told["days"]) > 28
    for name, facts in told.items():
        assert (facts[["event_time", "known_at"]] < small_home.as_of).all(axis=None), name
        assert facts["event_time"].is_monotonic_increasing, name
        assert "superseded_at" not in facts, name


def test_an_earlier_history_lacks_what_was_learned_since(small_home: Any, somebody: str) -> None:
    earlier = small_home.as_of - timedelta(weeks=8)
    now, then = (
        features.history(small_home.home, somebody, moment)["days"]
        for moment in (small_home.as_of, earlier)
    )
    assert 0 < len(then) < len(now)
    assert (then["known_at"] < earlier).all()


def test_the_matrix_is_that_of_production(
    small_home: Any, found: pd.DataFrame, somebody: str
) -> None:
    histories = open_histories(small_home.home)
    built = histories.connection.execute(matrix(histories, [small_home.as_of]))
    built = built.set_index("customer_id").sort_index()
    pd.testing.assert_frame_equal(found, built[found.columns])
    alone = features.matrix(small_home.home, small_home.as_of, [somebody])
    assert list(alone.index) == [somebody]
    numbers = alone.select_dtypes("number").columns
    np.testing.assert_array_equal(alone[numbers], found.loc[[somebody], numbers])


def test_nobody_has_an_empty_history(small_home: Any) -> None:
    told = features.history(small_home.home, "nobody", small_home.as_of)
    assert not any(len(facts) for facts in told.values())


def test_a_moment_is_local_time() -> None:
    with pytest.raises(ValueError, match="has an offset; expected the operator's local time"):
        moment_of("2026-03-02T00:00:00+08:00")
    with pytest.raises(ValueError, match="2nd of March"):
        moment_of("2nd of March")


def test_no_other_name_is_made_up() -> None:
    with pytest.raises(AttributeError, match="module 'features' has no attribute 'matrices'"):
        features.matrices  # noqa: B018
