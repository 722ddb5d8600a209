"""What no operator knows, written beside the feeds for judging models: hazards, odds, departures.

No feature may be made of it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.simulate.hazard import CAUSES
from features.simulate.leaving import COMPETING, Departures
from features.simulate.ledger import DAY
from features.simulate.weeks import Week, microseconds

Array = NDArray[Any]


class Truth:
    """Gathers and writes `hazard`, `oracle`, `departures` and `customers`.

    `hazard`: customer_id, month, one column per cause (hazard of the month, frailty included),
    `dominant_cause`. A week counts to the month of its Monday.
    `oracle`: customer_id, as_of, probability_observable, probability_full; who is there then.
    `departures`: customer_id, departure_day (the last day), kind, cause, competing, and for
    those who come back back_day and back_event. `customers`: customer_id, frailty.
    """

    def __init__(self, folder: Path, ids: Array, frailty: Array) -> None:
        folder.mkdir()
        self._folder, self._ids, self._frailty = folder, pa.array(ids, pa.string()), frailty
        self._sum = np.zeros((len(CAUSES), len(ids)))
        self._month: date | None = None
        self._tables: dict[str, list[pa.Table]] = {"hazard": [], "oracle": [], "departures": []}

    def add_hazards(self, week: Week, hazards: Array, at_risk: Array) -> None:
        month = week.monday.replace(day=1)
        if self._month != month:
            self._close_month()
            self._month = month
        self._sum += hazards * (self._frailty * at_risk)

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

    def write(self) -> None:
        self._close_month()
        for name, tables in self._tables.items():
            if tables:
                self._write(name, pa.concat_tables(tables))
        self._write("customers", pa.table({"customer_id": self._ids, "frailty": self._frailty}))

    def _write(self, name: str, table: pa.Table) -> None:
        pq.write_table(table, self._folder / f"{name}.parquet", compression="zstd")

    def _close_month(self) -> None:
        who = np.flatnonzero(self._sum[0] + self._sum[1:].sum(axis=0))
        if len(who):
            values = self._sum[:, who]
            columns: dict[str, Any] = {
                "month": np.full(len(who), np.datetime64(self._month, "D")),
                **dict(zip(CAUSES, values, strict=True)),
                "dominant_cause": np.array(CAUSES, dtype=object)[values.argmax(axis=0)],
            }
            self._add("hazard", who, columns)
        self._sum[:] = 0

    def _add(self, name: str, who: Array, columns: dict[str, Any]) -> None:
        arrays = {"customer_id": self._ids.take(pa.array(who))}
        for column, values in columns.items():
            kind = pa.string() if values.dtype == object else None
            arrays[column] = pa.array(values, kind)
        self._tables[name].append(pa.table(arrays))
