"""Rows scored by a model, with what it read of them: for files, requests and MLflow alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from training.columns.values import unknown_levels
from training.encoding import Matrix, check_frame, encode
from training.models.bundle import Bundle
from training.statistics.metrics import Floats

MAX_LISTED = 3


@dataclass(frozen=True)
class ScoredRows:
    """The risks, shape (n,), the rows as its kind prepares them and as the model's input.

    `unknown` are by column of a table the levels that training never saw, or in fewer than 3 rows.
    """

    risk: Floats
    prepared: pd.DataFrame
    matrix: Matrix
    unknown: dict[str, Counter[str]]


def scored(bundle: Bundle, rows: pd.DataFrame) -> ScoredRows:
    """The rows scored by this bundle. Raises what `Bundle.encode` does."""
    check_frame(rows)
    prepared = bundle.kind.prepare(rows)
    matrix = encode(prepared, bundle.features, bundle.maps)
    risk = bundle.risk(bundle.raw(matrix), bundle.kind.modes(rows))
    unknown = unknown_levels(prepared, bundle.kind.columns, bundle.maps)
    return ScoredRows(risk, prepared, matrix, unknown)


def unknown_words(unknown: dict[str, Counter[str]]) -> str:
    """The unknown levels in a sentence, else "".

    >>> unknown_words({"plan": Counter({"gold": 3})})
    "Levels that training did not see, or in fewer than 3 rows: plan 'gold' (3 rows). They are \
scored as rare levels."
    """
    if not unknown:
        return ""
    parts = [
        f"{name} "
        + ", ".join(
            f"{level[:40]!r} ({rows:,} rows)" for level, rows in own.most_common(MAX_LISTED)
        )
        + (f" and {len(own) - MAX_LISTED:,} more" if len(own) > MAX_LISTED else "")
        for name, own in unknown.items()
    ]
    return (
        f"Levels that training did not see, or in fewer than 3 rows: {'; '.join(parts)}. They are "
        f"scored as rare levels."
    )
