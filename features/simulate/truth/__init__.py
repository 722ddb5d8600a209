"""What no operator knows, written beside the feeds for judging models: hazards, odds, departures.

No feature may be computed from it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.simulate.behaviour.hazard import CAUSES
from features.simulate.behaviour.leaving import COMPETING, Departures
from features.simulate.events.ledger import DAY
from features.simulate.world.offers import GROUPS
from features.simulate.world.weeks import Week, microseconds

Array = NDArray[Any]

TABLES = ("hazard", "oracle", "departures", "customers", "effects", "future")


class Truth:
    """Gathers and writes a block's part of the truth, `<folder>/<table>/<part>.parquet`.

    `hazard`: customer_id, month, one column per cause (hazard of the month, hidden traits and
    contacts included), `dominant_cause`. A week counts to the month of its Monday.
    `oracle`: customer_id, as_of, probability_observable, probability_full, of the watched
    customers there then. `departures`: customer_id, departure_day (the last day), kind, cause,
    competing, and for those who come back back_day and back_event. `customers`: customer_id,
    the hidden traits by group, and as `taste_<group>` the tastes that make the effects of offers.
    `effects` and `future`: see `offers` and `respond`.
    """

    def __init__(self, folder: Path, part: str, ids: Array, traits: Array, tastes: Array) -> None:
        self._folder, self._part = folder, part
        self._ids, self._traits, self._tastes = pa.array(ids, pa.string()), traits, tastes
        self._sum = np.zeros((len(CAUSES), len(ids)), dtype=np.float32)
        self._month: date | None = None
        self._tables: dict[str, list[pa.Table]] = {name: [] for name in TABLES}

    def add_hazards(self, week: Week, hazards: Array, at_risk: Array) -> None:
        month = week.monday.replace(day=1)
        if self._month != month:
            self._close_month()
            self._month = month
        self._sum += hazards * at_risk

    def add_oracle(self, week: Week, who: Array, observable: Array, full: Array) -> None:
        columns = {"as_of": np.full(len(who), microseconds(week.monday))}
        columns |= {"probability_observable": observable, "probability_full": full}
        self._add("oracle", who, columns)

    def add_departures(self, gone: Departures, week: Week, back_day: Array) -> None:
        day = microseconds(week.monday) + gone.day * DAY
        back = back_day >= 0
        columns = {
            "departure_day": day.astype("datetime64[D]"),
            "kind": gone.kind,
            "cause": gone.cause,
            "competing": np.isin(gone.kind, COMPETING),
            "back_day": np.where(
                back,
                day + (back_day - 7 * week.number - gone.day) * DAY,
                np.datetime64("NaT"),
            ).astype("datetime64[D]"),
            "back_event": np.where(back, gone.back_event, np.array(None)),
        }
        self._add("departures", gone.who, columns)

    def add_table(self, name: str, table: pa.Table) -> None:
        self._tables[name].append(table)

    def write(self) -> None:
        self._close_month()
        traits = dict(zip(GROUPS, self._traits, strict=True))
        tastes = {f"taste_{name}": row for name, row in zip(GROUPS, self._tastes, strict=True)}
        self.add_table("customers", pa.table({"customer_id": self._ids, **traits, **tastes}))
        for name, tables in self._tables.items():
            if tables:
                (self._folder / name).mkdir(parents=True, exist_ok=True)
                path = self._folder / name / f"{self._part}.parquet"
                pq.write_table(pa.concat_tables(tables), path, compression="zstd")

    def _close_month(self) -> None:
        who = np.flatnonzero(self._sum.sum(axis=0))
        if len(who):
            values = self._sum[:, who]
            dominant = pa.array(values.argmax(axis=0))
            columns: dict[str, Any] = {
                "month": np.full(len(who), np.datetime64(self._month, "D")),
                **dict(zip(CAUSES, values, strict=True)),
                "dominant_cause": pa.array(CAUSES).take(dominant),
            }
            self._add("hazard", who, columns)
        self._sum[:] = 0

    def _add(self, name: str, who: Array, columns: dict[str, Any]) -> None:
        arrays = {"customer_id": self._ids.take(pa.array(who))}
        for column, values in columns.items():
            kind = (
                pa.string() if values.__class__ is np.ndarray and values.dtype == object else None
            )
            arrays[column] = pa.array(values, kind)
        self._tables[name].append(pa.table(arrays))


def gather(folder: Path) -> None:
    """Makes one file of the parts of each table, in the order of the parts."""
    for name in TABLES:
        parts = sorted((folder / name).glob("*.parquet"))
        if not parts:
            continue
        with pq.ParquetWriter(
            folder / f"{name}.parquet", pq.read_schema(parts[0]), compression="zstd"
        ) as writer:
            for part in parts:
                writer.write_table(pq.read_table(part))
                part.unlink()
        (folder / name).rmdir()
