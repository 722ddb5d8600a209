"""Rows of a table of one's own in, risk and reasons out, by the table's model.

A reason is a value that is there: neither a missing one, nor a level that training did not see.

The same functions score a file (`liuke table score`), so a row alone scores exactly as in it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from features.errors import RequestRefused, TableRefused
from features.home import Home
from serving.scoring import file_identity
from serving.scoring.reasons import FORMS, MAX_REASONS
from training.columns import TableColumn
from training.columns.values import check_columns
from training.forms.texts import MISSING, text_of
from training.models.bundle import Bundle
from training.models.scored import scored
from training.tables.shelf import current_path, read_table_model, table_names

Row = Mapping[str, Any]
ROW_SIGN = {"en": "The value of {column} is {value}", "zh": "{column}的值为{value}"}
ROW_MEANINGS = {
    True: {"en": "a sign that goes with a higher risk", "zh": "风险较高时常见的迹象"},
    False: {"en": "a sign that goes with a lower risk", "zh": "风险较低时常见的迹象"},
}


class TableScorer:
    """The service's scorer of tables: a model stays open until another version answers.

    `most_rows`: as many are scored at once.
    """

    def __init__(self, home: Path, most_rows: int) -> None:
        self._home = home
        self._most_rows = most_rows
        self._open: dict[str, tuple[object, str, Bundle]] = {}

    def score(self, name: str, rows: Sequence[Row], language: str) -> dict[str, Any]:
        """Risk and reasons of each row, in order; `ScoreRowsAnswer` has its fields.

        Raises UnknownTable, BundleError, TableRefused, and RequestRefused for too many rows.
        """
        if len(rows) > self._most_rows:
            raise RequestRefused(
                "invalid_request",
                f"{len(rows):,} rows in one request; expected at most {self._most_rows:,}. "
                f"Send them in parts, or score a file with `liuke table score`.",
            )
        version, bundle = self._current(name)
        scores = score_rows(bundle, rows, language)
        return {"model": name, "model_version": version, "scores": scores}

    def _current(self, name: str) -> tuple[str, Bundle]:
        """The model as its files are now; a replaced one is opened again."""
        seen = file_identity(current_path(self._home, name))
        known = self._open.get(name)
        if known is None or seen is None or known[0] != seen:
            version, bundle = read_table_model(self._home, name)
            self._open[name] = known = (seen, version, bundle)
        return known[1], known[2]


def tables_alone(home: Path) -> bool:
    """Whether the home holds models of tables, and neither an operator's data nor its model."""
    base = Home(home).lake.is_dir() or Home(home).models.is_dir()
    return not base and bool(table_names(home))


def score_rows(bundle: Bundle, rows: Sequence[Row], language: str) -> list[dict[str, Any]]:
    """Risk, reasons and unknown levels of each row. Raises TableRefused."""
    read = _checked(rows, bundle.kind.columns)
    frame = pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=object) for name in read}
    )
    found = scored(bundle, frame)
    effects = bundle.shap_values(found.matrix)[:, :-1]
    is_known = (found.prepared.notna() & (found.prepared != MISSING)).to_dict("records")
    answers = []
    for place, row in enumerate(rows):
        own = dict(zip(bundle.features, effects[place].tolist(), strict=True))
        unknown = {
            name: level
            for name, levels in found.unknown.items()
            if (level := found.prepared[name].iat[place]) in levels
        }
        known = {name for name in own if is_known[place][name] and name not in unknown}
        reasons = _reasons(own, row, known, language)
        answers.append(
            {"risk": float(found.risk[place]), "reasons": reasons, "unknown_levels": unknown}
        )
    return answers


def _checked(rows: Sequence[Row], columns: Sequence[TableColumn]) -> list[str]:
    """The names of the columns that the model reads, if every row has them and no unknown one."""
    check_columns({name for row in rows for name in row}, columns, others_allowed=False)
    read = [column.name for column in columns if column.is_read]
    for place, row in enumerate(rows):
        lacking = [name for name in read if name not in row]
        if lacking:
            raise TableRefused(
                f"row {place} (counted from 0) lacks {', '.join(lacking)}. Give every column in "
                f"every row; a missing value is null.",
                row=place,
                missing=lacking,
            )
    return read


def _reasons(
    effects: Mapping[str, float], row: Row, known: Collection[str], language: str
) -> list[dict[str, Any]]:
    """At most `MAX_REASONS` reasons, strongest first; only of columns that are known."""
    strongest = sorted(effects, key=lambda name: -abs(effects[name]))
    chosen = [name for name in strongest if effects[name] != 0 and name in known]
    return [
        {
            "feature": name,
            "text": row_sign(name, row[name], effects[name], language),
            "direction": "up" if effects[name] > 0 else "down",
            "value": row[name],
            "effect": float(effects[name]),
        }
        for name in chosen[:MAX_REASONS]
    ]


def row_sign(column: str, value: Any, effect: float, language: str) -> str:
    """A column's value and what it goes with, in a sentence.

    >>> row_sign("months", 7, 0.4, "en")
    'The value of months is 7 (a sign that goes with a higher risk)'
    """
    sign = ROW_SIGN[language].format(column=column, value=text_of(value))
    return FORMS[language].format(sign=sign, meaning=ROW_MEANINGS[effect > 0][language])
