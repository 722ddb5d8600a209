"""The base's feature rows: what a night scores, and `liuke build` writes.

<home>/lake/matrix/2026-03-02.parquet     the rows of everyone in the network
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from features.builder.parts import BELONGS, matrix_parts
from features.disk.atomic import replacing
from features.disk.locks import writing
from features.disk.parquet import ParquetParts
from features.engine.coverage import check_covered
from features.engine.prefetch import prefetched
from features.engine.store import Histories, build_histories, open_histories
from features.errors import LakeError
from features.histories.bills.tiers import SUMS
from features.home import Home
from features.progress import Progress, silent

CHUNK = 10_000  # rows at once


@dataclass(frozen=True)
class BuiltBase:
    """The feature rows of everyone in the network at a date, and where they lie."""

    path: Path
    as_of: str
    customers: int
    features: int
    fingerprint: str


def build_base(home: Path, as_of: datetime, progress: Progress = silent) -> BuiltBase:
    """Bring the histories up to date and write the base's feature rows as Parquet.

    Raises LakeError, OutputError, HomeBusy.
    """
    with writing(home, "liuke build"):
        return _build_base(home, as_of, progress)


def _build_base(home: Path, as_of: datetime, progress: Progress) -> BuiltBase:
    histories = current_histories(home, as_of, progress)
    path, count = Home(home).matrix(f"{as_of:%F}"), 0
    with replacing(path) as temporary, ParquetParts(temporary) as parquet:
        for rows in base_rows(histories, as_of, "features", progress):
            parquet.write(rows.drop(columns=[*BELONGS, *SUMS], errors="ignore"))
            count += len(rows)
    return BuiltBase(path, f"{as_of:%F}", count, len(histories.features), histories.fingerprint)


def current_histories(home: Path, as_of: datetime, progress: Progress) -> Histories:
    """The histories, brought up to date. Raises LakeError where the latest use did not come."""
    build_histories(home, progress)
    histories = open_histories(home)
    check_covered(histories, as_of)
    return histories


def base_rows(
    histories: Histories, as_of: datetime, step: str, progress: Progress
) -> Iterator[pd.DataFrame]:
    """The base's rows, part by part and at most `CHUNK` at once; never none at all."""
    empty = True
    for part in prefetched(matrix_parts(histories, as_of)):
        for start in range(0, len(part.rows), CHUNK):
            progress(step, min(part.start + start, part.of - 1), part.of)
            yield part.rows.iloc[start : start + CHUNK].reset_index(drop=True)
            empty = False
        last = part
    if empty:
        raise LakeError(
            f"no customer is in the network at {as_of:%F}. Is the date within the imported history?"
        )
    progress(step, last.of, last.of)
