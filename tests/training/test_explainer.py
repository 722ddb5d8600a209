"""Exact SHAP values."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from training.bundle import Bundle

ROW = st.tuples(
    st.one_of(st.none(), st.floats(-1e6, 1e6)),
    st.one_of(st.none(), st.floats(-1e6, 1e6)),
    st.one_of(st.none(), st.integers(0, 5)),
    st.one_of(st.none(), st.integers(0, 3)),
    st.one_of(st.none(), st.integers(0, 2)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12))
def test_contributions_and_expected_value_sum_to_the_raw_score(
    bundle: Bundle, rows: list[tuple[float | None, ...]]
) -> None:
    matrix = np.array(rows, dtype=float)
    raw = bundle.raw(matrix)
    values = bundle.shap_values(matrix)
    assert values.shape == (len(rows), len(bundle.features) + 1)
    assert np.abs(values.sum(axis=1) - raw).max() <= 1e-6 * max(1.0, np.abs(raw).max())


def test_no_rows_have_no_contributions(bundle: Bundle) -> None:
    matrix = np.empty((0, len(bundle.features)))
    assert bundle.shap_values(matrix).shape == (0, len(bundle.features) + 1)
    assert bundle.raw(matrix).shape == (0,)


def test_a_row_is_explained_alone_as_among_others(bundle: Bundle) -> None:
    matrix = np.random.default_rng(2).normal(size=(50, len(bundle.features)))
    together = bundle.shap_values(matrix)
    alone = np.vstack([bundle.shap_values(matrix[[place]]) for place in range(50)])
    np.testing.assert_array_equal(together, alone)
