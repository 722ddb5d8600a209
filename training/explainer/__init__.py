"""Exact SHAP values of a LightGBM model: how much each feature pushed a row's raw score.

Path-dependent TreeSHAP (Lundberg et al. 2020) as LightGBM's `pred_contrib` gives it, some
hundred times as fast: `trees` reads the model, `columns` and `groups` number the conditions on a
row, `leaves` and `leaf_tables` hold what each pattern of them contributes, `kernel` adds it up,
`compiled` is the form that is kept.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from features.cores import cores
from training.explainer.compiled import Compiled, hash_of

if TYPE_CHECKING:
    import lightgbm as lgb
    import shap

Floats = NDArray[np.float64]
Rows = NDArray[Any]

FEW_ROWS = 8  # up to here one row after the other is faster than a block
SPAN_BLOCKS = 8  # handed to a thread at once


class Explainer:
    """SHAP values of a model's raw score, in log-odds for a binary one.

        explainer = Explainer(booster)
        explainer.shap_values(rows)  # shape (n, features + 1), the expected value last

    Agrees with `pred_contrib` to 1e-6 of its scale; a row alone has exactly the values it has
    among others. Any number of threads may call at once. `compiled` is a form kept
    before; where it is of another model, this one is compiled again. Raises ValueError for a model
    without exact tables (`training.explainer.trees`).
    """

    def __init__(self, booster: lgb.Booster, compiled: Compiled | None = None) -> None:
        text = booster.model_to_string()
        if compiled is None or not np.array_equal(compiled.model, hash_of(text)):
            from training.explainer.leaf_tables import compile_model

            compiled = compile_model(text)
        self.compiled = compiled
        self.features = int(compiled.features[0])
        self._names = booster.feature_name()
        self._base = np.zeros((len(compiled.expected), self.features + 1))
        self._base[:, -1] = compiled.expected
        self._scratch = threading.local()

    def shap_values(self, rows: Rows, threads: int | None = None) -> Floats:
        """Contributions of shape (n, K (F + 1)) of rows of shape (n, F), as `pred_contrib`.

        For each of the K classes F features, then the expected value. Missing is NaN. `threads`
        at most; all cores unless said otherwise. Raises ValueError for other columns.
        """
        from training.explainer.kernel import BLOCK_ROWS, explain_blocks, explain_singly

        rows = self._readable(rows, 2)
        if len(rows) == 1:
            return self.shap_values_row(rows[0])[np.newaxis]
        values = np.empty((len(rows), self._base.size))
        values[:] = self._base.ravel()
        if len(rows) <= FEW_ROWS:
            _, codes, entry_of = self._own_scratch()
            explain_singly(self.compiled, _doubles(rows), values, codes, entry_of)
            return values
        blocks = -(-len(rows) // BLOCK_ROWS)
        threads = min(threads or cores(), blocks)
        span = max(1, min(SPAN_BLOCKS, blocks // threads)) * BLOCK_ROWS

        def explain(start: int) -> None:
            own = slice(start, start + span)
            explain_blocks(self.compiled, _doubles(rows[own]), values[own])

        starts = range(0, len(rows), span)
        if threads == 1:
            for start in starts:
                explain(start)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(explain, starts))
        return values

    def shap_values_row(self, row: Rows) -> Floats:
        """Contributions of shape (K (F + 1),) of one row of shape (F,).

        On the calling thread; allocates the array that it returns and no other.
        """
        from training.explainer.kernel import explain_singly

        scratch, codes, entry_of = self._own_scratch()
        scratch[0] = self._readable(row, 1)
        values = self._base.flatten()
        explain_singly(self.compiled, scratch, values[np.newaxis], codes, entry_of)
        return values

    def explanation(self, rows: Rows, label: int = 0) -> shap.Explanation:
        """The values of class `label` for shap's plots, with the rows and the features' names."""
        import shap

        width = self.features + 1
        values = self.shap_values(rows)[:, label * width : (label + 1) * width]
        return shap.Explanation(
            values=values[:, :-1],
            base_values=values[:, -1],
            data=np.asarray(rows),
            feature_names=self._names,
        )

    def warm(self) -> None:
        """Have everything in memory that a call needs.

        A fraction of a second; some seconds where Numba has never compiled on this machine or
        has no folder to keep what it compiled (`training.explainer.jit`).
        """
        self.shap_values_row(np.zeros(self.features))
        self.shap_values(np.zeros((FEW_ROWS + 1, self.features)))

    def _readable(self, rows: Rows, dimensions: int) -> Rows:
        """The rows as LightGBM reads them, which takes other numbers than floats for float32."""
        rows = np.asarray(rows)
        if rows.ndim != dimensions or rows.shape[-1] != self.features:
            expected = "(n, F)" if dimensions == 2 else "(F,)"
            raise ValueError(
                f"rows of shape {rows.shape}; expected {expected} with the model's F = "
                f"{self.features} features. Encode them with the model's own columns, in its order."
            )
        return rows if rows.dtype in (np.float32, np.float64) else rows.astype(np.float32)

    def _own_scratch(self) -> tuple[Floats, NDArray[np.uint8], NDArray[np.int64]]:
        """A row, its codes and its places in the tables: this thread's, made at its first call."""
        try:
            scratch: tuple[Floats, NDArray[np.uint8], NDArray[np.int64]] = self._scratch.arrays
        except AttributeError:
            scratch = self._scratch.arrays = (
                np.empty((1, self.features)),
                np.empty(self.compiled.codes, dtype=np.uint8),
                np.empty(len(self.compiled.first_entry) - 1, dtype=np.int64),
            )
        return scratch


def _doubles(rows: Rows) -> Floats:
    """The rows in the one form that the kernel is compiled for."""
    doubles: Floats = np.require(rows, np.float64, ["C", "A", "W"])
    return doubles
