"""The facts of single customers out of the stored histories: for those who cannot wait for a night.

The histories lie in the order of the customers, so a look-up reads one row group of a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

import pyarrow as pa

from features.engine.history_tables import VERSIONS
from features.engine.store import Histories

NO_CUSTOMER = ""  # no id is empty; see `_payments`
OF_USE = ("customer_id", "week", "known_day", "data_kb_sum", "voice_out_s_sum")
ONE_CUSTOMER = (*VERSIONS, "topics", "cells", "late")
CATALOGUES = ("plans",)  # about no customer


@dataclass(frozen=True)
class CustomerFacts:
    """The histories, read by customer; safe to use from several threads."""

    histories: Histories

    @cached_property
    def _lock(self) -> Lock:
        return Lock()

    @cached_property
    def schemas(self) -> Mapping[str, pa.Schema]:
        """The columns of each table, as `of` and `catalogue` return them."""
        tables = self.histories.tables
        present = [name for name in (*ONE_CUSTOMER, *CATALOGUES) if name in tables]
        found = {name: _nullable(tables[name].schema().to_pyarrow()) for name in present}
        for name in {"cells", "late"} & found.keys():
            found[name] = pa.schema([own for own in found[name] if own.name in OF_USE])
        if "topics" in found:
            found["topics"] = found["topics"].append(found["complaints"].field("superseded_at"))
        return found

    def of(self, name: str, customer_id: str) -> pa.Table:
        """The customer's rows of this table: every version of each fact, with its lifetime."""
        query = {"topics": self._topics, "payments": self._payments}.get(name, self._rows)(name)
        with self._lock:
            found = self.histories.connection.con.sql(query, params={"id": customer_id})
            return found.to_arrow_table().cast(self.schemas[name])

    def catalogue(self, name: str) -> pa.Table:
        """All rows of a catalogue."""
        with self._lock:
            found: pa.Table = self.histories.tables[name].to_pyarrow()
        return found.cast(self.schemas[name])

    def _rows(self, name: str) -> str:
        return f"SELECT {self._columns(name)} FROM {self._place(name)} WHERE customer_id = $id"

    def _topics(self, name: str) -> str:
        """A complaint's topic lives as long as the version of the complaint that it is of."""
        same = "USING (customer_id, complaint_id, event, event_time, known_at)"
        return (
            f"SELECT {self._columns(name)} FROM {self._place(name)}"
            f" JOIN (SELECT * FROM {self._place('complaints')} WHERE customer_id = $id) {same}"
            " WHERE customer_id = $id"
        )

    def _payments(self, name: str) -> str:
        """With a row of no customer where a payment was moved to another one.

        Accounts read the versions of a payment of all customers, and see there that it is lost.
        """
        given = {"customer_id": f"'{NO_CUSTOMER}'", "known_at": "superseded_at"}
        given["superseded_at"] = "NULL"
        moved = ", ".join(
            f'{given.get(column, f"own.{column}")} AS "{column}"'
            for column in self.schemas[name].names
        )
        return (
            f"WITH own AS ({self._rows(name)}) SELECT * FROM own UNION ALL SELECT {moved} FROM own"
            " WHERE superseded_at IS NOT NULL AND NOT EXISTS (FROM own AS later WHERE"
            " later.payment_id = own.payment_id AND later.known_at = own.superseded_at)"
        )

    def _columns(self, name: str) -> str:
        return ", ".join(f'"{column}"' for column in self.schemas[name].names)

    def _place(self, name: str) -> str:
        return f'"{self.histories.tables[name].get_name()}"'


def _nullable(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field.with_nullable(True) for field in schema])
