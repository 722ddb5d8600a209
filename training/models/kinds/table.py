"""A table of the user's own: its target, its columns as training found them, its population.

One calibration holds for all rows. `fingerprint` is that of the columns: rows read otherwise are
other rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import SettingsError
from training.churn.calibration import EVERYONE, Calibration
from training.columns import TableColumn
from training.columns.values import prepare
from training.statistics.logistic import log_odds

# Fields of columns that the first bundles did not have: they count where they are not the default.
ADDED = ("unit", "whole", "comma")


@dataclass(frozen=True)
class TableModel:
    """The kind (`training.models.kinds.Kind`) of a table.

    `share` is the sample's share of positives, `prior` the population's, null if the same.
    """

    written_as: ClassVar[str] = "table"
    remedy: ClassVar[str] = "train the table again"

    name: str
    target: str
    positive: str
    columns: tuple[TableColumn, ...]
    share: float
    prior: float | None = None

    def prepare(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The columns that the model reads (`training.columns.values`). Raises TableRefused."""
        return prepare(rows, self.columns)

    def modes(self, rows: pd.DataFrame) -> NDArray[np.object_]:
        return np.full(len(rows), EVERYONE, dtype=object)

    def to_json(self) -> dict[str, Any]:
        return {"table": asdict(self)}

    @classmethod
    def from_json(cls, description: Mapping[str, Any], /) -> Self:
        written = description["table"]
        columns = tuple(
            TableColumn(**{**one, "missing": tuple(one["missing"])}) for one in written["columns"]
        )
        return cls(**{**written, "columns": columns})


def fingerprint(columns: Sequence[TableColumn]) -> str:
    """A hash of what is read, and how; notes are for people and do not count."""
    usual = {field.name: field.default for field in fields(TableColumn)}
    read = [
        {
            name: value
            for name, value in asdict(replace(one, note="")).items()
            if name not in ADDED or value != usual[name]
        }
        for one in columns
        if one.is_read
    ]
    text = json.dumps(sorted(read, key=lambda one: str(one["name"])), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def for_prior(calibration: Calibration, share: float, prior: float | None) -> Calibration:
    """The calibration of a sample, moved to a population with another share of positives.

    Where classes were sampled at different rates, the log-odds are off by one constant,
    log(prior / (1 - prior)) - log(share / (1 - share)), and by nothing else (King and Zeng 2001;
    Saerens et al. 2002). The order of the risks stays. Raises SettingsError unless 0 < prior < 1.

    >>> from training.churn.calibration import Curve
    >>> moved = for_prior(Calibration({"everyone": Curve(0.0, 1.0, 50)}), 0.5, 0.1)
    >>> round(moved.curves["everyone"].intercept, 4)
    -2.1972
    """
    if prior is None:
        return calibration
    if not 0 < prior < 1:
        raise SettingsError(f"--prior is {prior:g}; expected a share between 0 and 1")
    population, sample = log_odds(np.array([prior, share]))
    shift = float(population - sample)
    return Calibration(
        {
            mode: replace(curve, intercept=curve.intercept + shift)
            for mode, curve in calibration.curves.items()
        }
    )
