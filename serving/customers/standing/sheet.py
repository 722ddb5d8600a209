"""Rows as a CSV: UTF-8 with its mark, and no text that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from features.disk.outputs import FORMULA_STARTS


def as_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """A line a row; null is empty, of a list the parts with `; ` between.

    >>> as_csv(["a", "b"], [{"a": "=1", "b": None}]).decode("utf-8-sig")
    "a,b\\r\\n'=1,\\r\\n"
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    text = "; ".join(map(str, value)) if isinstance(value, list) else value
    if isinstance(text, str) and text.startswith(FORMULA_STARTS):
        return f"'{text}"
    return text
