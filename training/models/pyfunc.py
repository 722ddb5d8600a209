"""A bundle as an MLflow model: `mlflow.pyfunc.load_model` and a Spark UDF read it through here."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd

from training.models.bundle import Bundle, kind_of, read_bundle
from training.models.scored import scored, unknown_words
from training.statistics.metrics import Floats


class _Pyfunc:
    """What `mlflow.pyfunc.load_model` gives: rows of features in, risk out (docs/models.md)."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def predict(self, model_input: pd.DataFrame) -> Floats:
        """Risks of shape (n,) for rows with the bundle's features among their columns.

        Raises what `Bundle.encode` does. Levels of a table's columns that training never saw are
        named in a warning.
        """
        found = scored(self.bundle, model_input)
        if found.unknown:
            warnings.warn(unknown_words(found.unknown), UserWarning, stacklevel=2)
        return found.risk

    def get_raw_model(self) -> Bundle:
        """The bundle, for `training.explain`."""
        return self.bundle


def _load_pyfunc(path: str) -> _Pyfunc:
    """MLflow's entry point (its `loader_module` contract)."""
    return _Pyfunc(read_bundle(Path(path), kind_of(Path(path))))
