"""Rows scored by a model, with what it read of them: for files, requests and MLflow alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from features.words import say, words
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


def unknown_words(unknown: dict[str, Counter[str]], language: str = "en") -> str:
    """The unknown levels in a sentence, else "".

    >>> unknown_words({"plan": Counter({"gold": 3})})
    "Levels that training did not see, or in fewer than 3 rows: plan 'gold' (3 rows). They are \
scored as rare levels."
    """
    if not unknown:
        return ""
    parts = [f"{name} {_levels(own, language)}" for name, own in unknown.items()]
    separator = words(language, "card")["between_columns"]
    return say("card", "unknown_levels", language, parts=separator.join(parts))


def _levels(own: Counter[str], language: str) -> str:
    """The most frequent ones, and how many more there are."""
    listed = [
        say("card", "unknown_level", language, level=level[:40], rows=rows)
        for level, rows in own.most_common(MAX_LISTED)
    ]
    more = len(own) - MAX_LISTED
    rest = say("card", "more_levels", language, count=more) if more > 0 else ""
    return words(language, "card")["between"].join(listed) + rest
