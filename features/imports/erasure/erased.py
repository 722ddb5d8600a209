"""Rows of customers who were erased: an import passes over them, whatever the extract says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from features.disk.erased import erased_hashes
from features.disk.secrets import read_secrets
from features.errors import LakeError
from features.files.prepared import UnevenRow
from features.imports.fields.checks import quoted

PERSONS = ("customer_id", "other_id")  # the columns that name a customer


class Erased:
    """Who was erased in this home, as far as it can be known: by their hashes."""

    def __init__(self, home: Path) -> None:
        self._hashes = erased_hashes(home)
        self._secrets = read_secrets(home) if self._hashes else None
        if self._hashes and self._secrets is None:
            raise LakeError(
                "customers were erased, and the file of secrets that they are known by is missing. "
                "Bring it back: without it an import could bring them back."
            )

    def includes(self, customer_id: str) -> bool:
        """Whether this customer was erased."""
        return self._secrets is not None and self._secrets.erased_hash(customer_id) in self._hashes

    def hide(self, connection: Any, table: str, columns: Sequence[str]) -> tuple[str, int]:
        """SQL that is true for the rows of others in `table`, and how many rows are theirs."""
        named = [quoted(name) for name in PERSONS if name in columns]
        if not self._hashes or not named:
            return "true", 0
        ids = " UNION ".join(f"SELECT {name} AS id FROM {table}" for name in named)
        found = connection.execute(f"SELECT id FROM ({ids}) WHERE id IS NOT NULL").fetchall()
        gone = [(own,) for (own,) in found if self.includes(own)]
        connection.execute("CREATE OR REPLACE TEMP TABLE gone (id VARCHAR)")
        if not gone:
            return "true", 0
        connection.executemany("INSERT INTO gone VALUES (?)", gone)
        kept = " AND ".join(
            f"({name} IS NULL OR {name} NOT IN (SELECT id FROM gone))" for name in named
        )
        ((hidden,),) = connection.execute(
            f"SELECT count(*) FROM {table} WHERE NOT ({kept})"
        ).fetchall()
        return kept, hidden

    def without(self, rows: Sequence[UnevenRow]) -> list[UnevenRow]:
        """The rows with other fields than their header that name none of them."""
        if not self._hashes:
            return list(rows)
        return [row for row in rows if not any(map(self.includes, map(str, row.fields)))]
