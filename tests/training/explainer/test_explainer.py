"""Exact SHAP values: of a bundle, of one row and of many, by one thread and by several."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import training.explainer as module
from training.explainer import FEW_ROWS, Explainer
from training.explainer.compiled import read_compiled, write_compiled
from training.explainer.jit import compiled as jit
from training.models.bundle import Bundle

ROW = st.tuples(
    st.one_of(st.none(), st.floats(-1e6, 1e6)),
    st.one_of(st.none(), st.floats(-1e6, 1e6)),
    st.one_of(st.none(), st.integers(0, 5)),
    st.one_of(st.none(), st.integers(0, 3)),
    st.one_of(st.none(), st.integers(0, 2)),
)
FEATURES = 8


def draw(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, FEATURES))
    rows[random.random(rows.shape) < 0.1] = np.nan
    return rows


def fitted(seed: int, trees: int = 20, **parameters: Any) -> lgb.Booster:
    rows = draw(400, seed)
    label = (np.nansum(rows[:, :3], axis=1) > 0).astype(float)
    usual = {"objective": "binary", "max_depth": 6, "num_threads": 1, "seed": 1, "verbose": -1}
    return lgb.train({**usual, **parameters}, lgb.Dataset(rows, label), trees)


@pytest.fixture(scope="module")
def booster() -> lgb.Booster:
    return fitted(1)


@pytest.fixture(scope="module")
def explainer(booster: lgb.Booster) -> Explainer:
    return Explainer(booster)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12))
def test_contributions_and_expected_value_sum_to_the_raw_score(
    bundle: Bundle, rows: list[tuple[float | None, ...]]
) -> None:
    matrix: Any = np.array(rows, dtype=float)
    raw = bundle.raw(matrix)
    values = bundle.shap_values(matrix)
    assert values.shape == (len(rows), len(bundle.features) + 1)
    assert np.abs(values.sum(axis=1) - raw).max() <= 1e-6 * max(1.0, np.abs(raw).max())


def test_no_rows_have_no_contributions(bundle: Bundle) -> None:
    matrix: Any = np.empty((0, len(bundle.features)))
    assert bundle.shap_values(matrix).shape == (0, len(bundle.features) + 1)
    assert bundle.raw(matrix).shape == (0,)


def test_a_row_is_explained_alone_as_among_others(bundle: Bundle) -> None:
    matrix: Any = np.random.default_rng(2).normal(size=(50, len(bundle.features)))
    together = bundle.shap_values(matrix)
    alone = np.vstack([bundle.shap_values(matrix[[place]]) for place in range(50)])
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_neither_company_nor_threads_change_a_bit(explainer: Explainer, precision: type) -> None:
    rows: Any = draw(5000, seed=3).astype(precision)
    values = explainer.shap_values(rows, threads=1)
    for threads in (2, 3):
        np.testing.assert_array_equal(explainer.shap_values(rows, threads=threads), values)
    turned = explainer.shap_values(np.asfortranarray(rows)[::-1])[::-1]
    np.testing.assert_array_equal(turned, values)
    for start in (0, 1, 1017, 4999):
        few = explainer.shap_values(rows[start : start + FEW_ROWS + 1])
        np.testing.assert_array_equal(few, values[start : start + FEW_ROWS + 1])
        np.testing.assert_array_equal(explainer.shap_values_row(rows[start]), values[start])


def test_several_threads_may_call_at_once(explainer: Explainer) -> None:
    requests = [draw(count, seed=count) for count in (1, 3, 40, 700, 2500) * 4]
    expected = [explainer.shap_values(rows, threads=1) for rows in requests]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda rows: explainer.shap_values(rows, threads=2), requests))
        singly = list(pool.map(lambda rows: explainer.shap_values_row(rows[0]), requests))
    for rows, values, first in zip(found, expected, singly, strict=True):
        np.testing.assert_array_equal(rows, values)
        np.testing.assert_array_equal(first, values[0])


def test_one_row_starts_no_thread(explainer: Explainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ThreadPoolExecutor", None)
    row = draw(1, seed=4)
    assert explainer.shap_values(row).shape == (1, FEATURES + 1)
    assert explainer.shap_values_row(row[0]).shape == (FEATURES + 1,)


def test_one_row_allocates_what_it_returns_and_no_more(explainer: Explainer) -> None:
    rows = draw(50, seed=5).astype(np.float32)
    explainer.shap_values_row(rows[0])
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = [explainer.shap_values_row(row) for row in rows]
        most = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    # The array's own head and the views of the row and of it are a few hundred bytes.
    assert most / len(kept) < kept[0].nbytes + 300


def test_numbers_are_read_as_lightgbm_reads_them(
    booster: lgb.Booster, explainer: Explainer
) -> None:
    """What is not a float becomes float32, whole numbers beyond its precision too."""
    for rows in (np.arange(16).reshape(2, 8), np.full((2, 8), 2**24 + 1), np.eye(8) > 0):
        np.testing.assert_allclose(
            explainer.shap_values(rows), booster.predict(rows, pred_contrib=True), atol=1e-6
        )


@pytest.mark.parametrize("shape", [(3, FEATURES - 1), (3, FEATURES + 1), (FEATURES,), (1, 1, 8)])
def test_rows_of_another_shape_are_refused(explainer: Explainer, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected \(n, F\) with the model's F = 8 features"):
        explainer.shap_values(np.zeros(shape))


def test_a_row_of_another_shape_is_refused(explainer: Explainer) -> None:
    for shape in ((FEATURES - 1,), (1, FEATURES), ()):
        with pytest.raises(ValueError, match=r"expected \(F,\) with the model's F = 8 features"):
            explainer.shap_values_row(np.zeros(shape))


def test_the_compiled_form_is_read_as_it_was_written(
    booster: lgb.Booster, explainer: Explainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one.npz", "other.npz"):
        write_compiled(tmp_path / name, explainer.compiled)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()
    compiled = read_compiled(tmp_path / "one.npz")
    assert compiled is not None
    monkeypatch.setattr("training.explainer.leaf_tables.compile_model", None)  # none is made
    read = Explainer(lgb.Booster(model_str=booster.model_to_string()), compiled)
    rows = draw(30, seed=6)
    np.testing.assert_array_equal(read.shap_values(rows), explainer.shap_values(rows))


def test_one_compilation_serves_what_is_made_and_what_is_read(
    explainer: Explainer, tmp_path: Path
) -> None:
    """Or a process that reads a bundle would compile for seconds what is on the disk already."""
    import numba

    write_compiled(tmp_path / "x.npz", explainer.compiled)
    assert numba.typeof(read_compiled(tmp_path / "x.npz")) == numba.typeof(explainer.compiled)


def test_the_compiled_form_of_another_model_is_noticed(explainer: Explainer) -> None:
    other = fitted(2)
    rows = draw(30, seed=6)
    read = Explainer(other, explainer.compiled)
    np.testing.assert_array_equal(read.shap_values(rows), Explainer(other).shap_values(rows))


def test_another_format_is_not_read(explainer: Explainer, tmp_path: Path) -> None:
    write_compiled(tmp_path / "x.npz", explainer.compiled._replace(format=np.array([0])))
    assert read_compiled(tmp_path / "x.npz") is None


def test_values_go_to_shap_with_names_and_rows(booster: lgb.Booster, explainer: Explainer) -> None:
    rows = draw(12, seed=7)
    explanation = explainer.explanation(rows)
    values = explainer.shap_values(rows)
    np.testing.assert_array_equal(explanation.values, values[:, :-1])
    np.testing.assert_array_equal(explanation.base_values, values[:, -1])
    np.testing.assert_array_equal(explanation.data, rows)
    assert explanation.feature_names == booster.feature_name()
    assert explanation[3].values.shape == (FEATURES,)


def test_numba_is_not_imported_before_the_first_call() -> None:
    program = "import sys, training.models.bundle; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"False\n"


def test_without_a_folder_to_keep_it_code_is_compiled_in_each_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from training.explainer import jit as place

    def njit(*, nogil: bool, cache: bool = False) -> Any:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: (function, nogil)

    monkeypatch.setattr(place, "njit", njit)
    found: Any = jit(len)
    assert found == (len, True)
