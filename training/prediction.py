"""A booster's predictions; those of one row without what LightGBM makes again at every call.

`Booster.predict` spends most of the time of a single row on its own objects and on parsing its
parameters. LightGBM's C interface has a way for single rows that is set up once; it walks the same
trees in the same order, so the numbers are the same to the last bit.
"""

from __future__ import annotations

import ctypes
import threading
import weakref
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import lightgbm as lgb

Floats = NDArray[np.float64]
Rows = NDArray[np.float32]

NORMAL, RAW = 0, 1  # LightGBM's kinds of prediction
FLOAT32 = 0


class Predictor:
    """Predictions of one booster; any number of threads may call at once.

    `raw`: raw scores instead of what the objective makes of them.
    """

    def __init__(self, booster: lgb.Booster, raw: bool = False) -> None:
        self._booster = booster
        self._raw = raw
        self._own = threading.local()

    def predict(self, rows: Rows) -> Floats:
        """As `Booster.predict`: shape (n,), or (n, classes) where there are several."""
        if len(rows) == 1 and rows.dtype == np.float32:
            return self._single().predict(rows)
        predicted: Floats = np.asarray(self._booster.predict(rows, raw_score=self._raw))
        return predicted

    def _single(self) -> _SingleRow:
        """This thread's, set up at its first call."""
        try:
            single: _SingleRow = self._own.single
        except AttributeError:
            single = self._own.single = _SingleRow(self._booster, RAW if self._raw else NORMAL)
        return single


class _SingleRow:
    """LightGBM's set-up for single rows, with the places that it reads from and writes to."""

    def __init__(self, booster: lgb.Booster, kind: int) -> None:
        from lightgbm.basic import _LIB, _safe_call

        self._library, self._checked = _LIB, _safe_call
        self._booster = booster  # the set-up points into it
        self._features = booster.num_feature()
        self._in = np.empty((1, self._features), dtype=np.float32)
        self._from = self._in.ctypes.data_as(ctypes.c_void_p)
        self._out = np.empty(booster.num_model_per_iteration())
        self._to = self._out.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
        self._length = ctypes.c_int64(0)
        self._length_to = ctypes.byref(self._length)
        handle = ctypes.c_void_p()
        self._checked(
            self._library.LGBM_BoosterPredictForMatSingleRowFastInit(
                booster._handle,
                ctypes.c_int(kind),
                ctypes.c_int(0),
                ctypes.c_int(booster.best_iteration),
                ctypes.c_int(FLOAT32),
                ctypes.c_int32(self._features),
                ctypes.c_char_p(b"num_threads=1"),
                ctypes.byref(handle),
            )
        )
        self._handle = handle
        weakref.finalize(self, self._library.LGBM_FastConfigFree, handle)

    def predict(self, rows: Rows) -> Floats:
        if rows.shape[1] != self._features:
            raise ValueError(f"rows of {rows.shape[1]} columns; expected {self._features}")
        self._in[:] = rows
        self._checked(
            self._library.LGBM_BoosterPredictForMatSingleRowFast(
                self._handle, self._from, self._length_to, self._to
            )
        )
        found = self._out.copy()
        return found if len(found) == 1 else found[np.newaxis]
