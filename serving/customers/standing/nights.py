"""The standing of everyone at a night, kept as changes: each dated, with its cause.

    <home>/lake/standing/2026-03-02.parquet    what changed at that night, of whom, and why

A night compares with the nights before it. Scored again, it replaces its own file. Columns:
customer_id, as_of, measure, before (null at first), after, cause, `rules` (their fingerprint) and
`inputs` (the values that the rule read, by name), by which the next night knows what moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.disk.atomic import replacing
from features.engine.store import Histories
from features.home import Home
from serving.customers.standing.causes import causes_of
from serving.customers.standing.rules import (
    MEASURES,
    Floats,
    input_names,
    points_at,
    standing_of,
)
from serving.customers.standing.standing_settings import StandingSettings

SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("measure", pa.string()),
        ("before", pa.string()),
        ("after", pa.string()),
        ("cause", pa.string()),
        ("rules", pa.string()),
        ("inputs", pa.map_(pa.string(), pa.float64())),
    ]
)


@contextmanager
def keeping_standing(
    home: Path, histories: Histories, as_of: datetime, rules: StandingSettings
) -> Iterator[Callable[[pd.DataFrame], int]]:
    """Yield what keeps a part of the night's rows and returns how many changes it has.

    They have the features of `feature_names`, where delivered; no customer is in two parts. The
    night's file takes its place at the end, if the block succeeds. What all parts look up is read
    once, into tables of the histories' DuckDB, which go to the disk beyond its memory.
    """
    path = Home(home).standing / f"{as_of:%F}.parquet"
    known = histories.connection.con.cursor()
    with known, replacing(path) as temporary, pq.ParquetWriter(temporary, SCHEMA) as writer:
        known.register("held", points_at(histories, as_of, rules))
        known.execute("create temp table points as from held")
        known.unregister("held")
        _read_last(known, home, as_of, rules)

        def keep(rows: pd.DataFrame) -> int:
            theirs = pa.table({"customer_id": pa.array(rows["customer_id"], pa.string())})
            known.register("theirs", theirs)
            now = standing_of(rows, _points(known), rules, histories.settings.currency)
            changes = _changes(now, _last(known), as_of, rules)
            writer.write_table(changes)
            return len(changes)

        yield keep


def kept_nights(home: Path) -> list[Path]:
    """The files of the nights whose standing is kept, the oldest first."""
    return sorted(Home(home).standing.glob("????-??-??.parquet"))


def history_of(home: Path, customer_id: str) -> list[dict[str, Any]]:
    """Every change that is kept of the customer, the oldest first."""
    files = [str(path) for path in kept_nights(home)]
    if not files:
        return []
    with duckdb.connect() as connection:
        found = connection.execute(
            "select as_of, measure, before, after, cause, inputs from read_parquet($1)"
            " where customer_id = $2 order by as_of, measure",
            [files, customer_id],
        ).fetchall()
    names = ("as_of", "measure", "before", "after", "cause")
    return [
        dict(zip(names, (f"{own[0]:%F}", *own[1:5]), strict=True)) | {"inputs": own[5]}
        for own in found
    ]


def _read_last(
    known: duckdb.DuckDBPyConnection, home: Path, as_of: datetime, rules: StandingSettings
) -> None:
    """Make the table `last`: by customer and measure the latest of the nights before.

    `was` has the inputs in order of `input_names`, null where the rules of then had none so called.
    """
    known.execute(
        "create temp table last (customer_id text, measure text, old text, rules_before text,"
        " was double[])"
    )
    files = [str(path) for path in kept_nights(home) if path.stem < f"{as_of:%F}"]
    for measure in MEASURES if files else ():
        known.execute(
            "insert into last select customer_id, measure, arg_max(after, as_of),"
            " arg_max(rules, as_of),"
            " arg_max([map_extract(inputs, name)[1] for name in $names], as_of)"
            " from read_parquet($files) where measure = $measure group by all",
            {"files": files, "measure": measure, "names": list(input_names(measure, rules))},
        )


def _last(known: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Of `theirs`, by measure: `old`, `rules_before` and `was`, the inputs' values in order."""
    found = known.sql("from last semi join theirs using (customer_id)").to_arrow_table()
    # The lists stay Arrow's: most customers' are never looked at, and objects would take longest.
    was = pd.Series(found["was"].to_pandas(types_mapper=pd.ArrowDtype))
    last: pd.DataFrame = found.drop_columns(["was"]).to_pandas()
    return last.assign(was=was)


def _points(known: duckdb.DuckDBPyConnection) -> pd.Series:
    """The points of `theirs`, by customer_id."""
    found: pd.DataFrame = known.sql("from points semi join theirs using (customer_id)").df()
    return found.set_index("customer_id")["points"]


def _changes(
    now: pd.DataFrame, last: pd.DataFrame, as_of: datetime, rules: StandingSettings
) -> pa.Table:
    parts = [
        _changed(measure, now, last[last["measure"] == measure], rules) for measure in MEASURES
    ]
    return pa.concat_tables(
        [part.add_column(1, SCHEMA.field("as_of"), _constant(as_of, part)) for part in parts]
    ).cast(SCHEMA)


def _changed(
    measure: str, now: pd.DataFrame, last: pd.DataFrame, rules: StandingSettings
) -> pa.Table:
    """Those of whom the measure is another than before, without `as_of`."""
    both = now.merge(last.drop(columns="measure"), on="customer_id", how="left")
    after = both[measure].astype("str")
    is_new = both["old"].isna()
    changed = is_new | (after != both["old"])
    part = both[changed].reset_index(drop=True)
    names = input_names(measure, rules)
    values = part[list(names)].to_numpy(dtype=float)
    columns = {
        "customer_id": pa.array(part["customer_id"], pa.string()),
        "measure": pa.array([measure] * len(part), pa.string()),
        "before": pa.array(part["old"], pa.string(), from_pandas=True),
        "after": pa.array(after[changed], pa.string()),
        "cause": pa.array(causes_of(measure, part, values, rules), pa.string()),
        "rules": pa.array([rules.fingerprint(measure)] * len(part), pa.string()),
        "inputs": _as_maps(names, values),
    }
    return pa.table(columns)


def _as_maps(names: tuple[str, ...], values: Floats) -> pa.MapArray:
    """The values of each row by their names; null where not known."""
    offsets = np.arange(len(values) + 1, dtype=np.int32) * len(names)
    items = pa.array(np.round(values.ravel(), 4), pa.float64(), from_pandas=True)
    return pa.MapArray.from_arrays(offsets, pa.array(list(names) * len(values), pa.string()), items)


def _constant(value: datetime, part: pa.Table) -> pa.Array:
    return pa.array([value] * part.num_rows, SCHEMA.field("as_of").type)
