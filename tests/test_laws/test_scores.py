"""Laws of scores: alone as in the base, sums of reasons, the bundle written and read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builder import matrix
from features.engine.store import open_histories
from serving.scores import last_scores
from training.models.bundle import Bundle, read_bundle, write_bundle


@pytest.fixture(scope="module")
def bundle(small_home: Any) -> Bundle:
    found: Bundle = small_home.trained.bundle
    return found


@pytest.fixture(scope="module")
def base(small_home: Any) -> pd.DataFrame:
    """Everyone in the network at the last date, from the one builder."""
    histories = open_histories(small_home.home)
    rows: pd.DataFrame = histories.connection.execute(matrix(histories, [small_home.as_of]))
    return rows.sort_values("customer_id", ignore_index=True)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_customers_scored_together_score_exactly_as_in_the_base(
    data: st.DataObject, bundle: Bundle, base: pd.DataFrame
) -> None:
    places = data.draw(st.lists(st.integers(0, len(base) - 1), min_size=1, max_size=30))
    np.testing.assert_array_equal(bundle.score(base.iloc[places]), bundle.score(base)[places])


def test_one_customer_requested_alone_scores_exactly_as_in_the_base(
    small_home: Any, bundle: Bundle, base: pd.DataFrame
) -> None:
    histories = open_histories(small_home.home)
    place = len(base) // 2
    own = str(base.loc[place, "customer_id"])
    alone = histories.connection.execute(matrix(histories, [small_home.as_of], [own]))
    assert alone["customer_id"].tolist() == [own]
    assert bundle.score(alone)[0] == bundle.score(base)[place]


def test_last_nights_scores_are_the_bundles(
    small_home: Any, bundle: Bundle, base: pd.DataFrame
) -> None:
    scores = last_scores(small_home.home).sort_values("customer_id", ignore_index=True)
    assert scores["customer_id"].tolist() == base["customer_id"].tolist()
    np.testing.assert_array_equal(scores["churn_risk"], bundle.score(base))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_reasons_sum_to_the_raw_score(
    data: st.DataObject, bundle: Bundle, base: pd.DataFrame
) -> None:
    """Of any mixture of customers: each column taken from another one."""
    encoded = bundle.encode(base)
    row = st.lists(
        st.integers(0, len(base) - 1), min_size=encoded.shape[1], max_size=encoded.shape[1]
    )
    taken = np.array(data.draw(st.lists(row, min_size=1, max_size=8)))
    mixed = encoded[taken, np.arange(encoded.shape[1])]
    raw = bundle.raw(mixed)
    assert np.abs(bundle.shap_values(mixed).sum(axis=1) - raw).max() <= 1e-6 * max(
        1.0, np.abs(raw).max()
    )


def test_a_bundle_written_and_read_gives_the_same_scores(
    small_home: Any, bundle: Bundle, base: pd.DataFrame, tmp_path: Path
) -> None:
    write_bundle(tmp_path / "bundle", bundle)
    read = read_bundle(tmp_path / "bundle")
    np.testing.assert_array_equal(read.score(base), bundle.score(base))
    encoded = bundle.encode(base)
    np.testing.assert_array_equal(read.shap_values(encoded), bundle.shap_values(encoded))
    registered = read_bundle(small_home.home / "models" / small_home.trained.version)
    np.testing.assert_array_equal(registered.score(base), bundle.score(base))
