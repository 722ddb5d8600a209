"""Nights drawn from a real operator's rows: as many customers as wanted, and what is planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from features.builder.parts import matrix_parts
from features.catalogue.families import Feature
from features.engine.store import open_histories
from serving.monitoring.profiles import NightProfile, Profiling, read_profile
from serving.scores import last_scores
from serving.scores.latest import rows_of

Change = Callable[[pd.DataFrame], pd.DataFrame]


def unchanged(rows: pd.DataFrame) -> pd.DataFrame:
    return rows


@dataclass(frozen=True)
class Operator:
    """The rows and scores of one real night."""

    rows: pd.DataFrame
    scores: pd.DataFrame
    features: tuple[Feature, ...]
    definitions: dict[str, str]

    def night(
        self, home: Path, as_of: datetime, seed: int, change: Change = unchanged,
        version: str = "1", customers: int = 6000,
    ) -> NightProfile:  # fmt: skip
        """The profile of customers drawn with replacement, counted in two parts and kept."""
        chosen = np.random.default_rng(seed).integers(0, len(self.rows), customers)
        rows = change(self.rows.iloc[chosen].reset_index(drop=True))
        scores = self.scores.iloc[chosen].reset_index(drop=True)
        own = Profiling(home, as_of, version, self.features, self.definitions)
        for part in (slice(0, customers // 3), slice(customers // 3, None)):
            own.add(rows[part], rows_of(rows[part], self.features).numbers, scores[part])
        return read_profile(own.keep())

    def nights(self, home: Path, last: datetime, seed: int, change: Change) -> list[NightProfile]:
        """A reference night, and a week later one in which something was planted."""
        return [
            self.night(home, last - timedelta(days=7), seed),
            self.night(home, last, seed + 1000, change),
        ]


def operator(home: Path, as_of: datetime) -> Operator:
    """The last night of this home, its customers in the order of their ids."""
    histories = open_histories(home)
    rows = pd.concat([part.rows for part in matrix_parts(histories, as_of)])
    scores = last_scores(home).set_index("customer_id")
    rows = rows.reset_index(drop=True)
    scores = scores.loc[rows["customer_id"]].reset_index()
    first = scores["reasons"].str.extract(r'"feature": ?"(\w+)"', expand=False)
    return Operator(
        rows, scores.assign(first_reason=first), tuple(histories.features), histories.definitions
    )
