"""A small extract, its mapping, and a home to import it into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from features.imports.sources import ImportReport, import_feeds
from features.lake import feed_files

NOW = datetime(2025, 6, 1)

BILLS = """
max_bad_share = 0.0
[feed.bills]
sql = "from read_csv('bills.csv', all_varchar = true)"
event_time = "issued"
known_at = "learned"
"""
HEADER = "customer_id,period,revenue_fen,issued,learned\n"
BILL = "C1,2025-03-01,4600,2025-04-01 08:00:00,2025-04-02 09:30:00\n"


@dataclass
class Extract:
    """`folder` holds the raw files; bills are mapped until another mapping is given."""

    folder: Path
    mapping: Path
    home: Path

    def map(self, text: str) -> None:
        self.mapping.write_text(text, "utf-8")

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def bills(self, *rows: str) -> None:
        """Rewrite bills.csv: customer, period, revenue, issued, learned, separated by commas."""
        self.write("bills.csv", HEADER + "".join(row.rstrip("\n") + "\n" for row in rows))

    def load(self, now: datetime = NOW) -> ImportReport:
        return import_feeds(self.home, self.mapping, self.folder, now)

    def stored(self, feed: str = "bills", columns: str = "*") -> list[tuple[Any, ...]]:
        """All versions in the lake, in the order of their columns."""
        files = [str(path) for path in feed_files(self.home, feed)]
        query = f"SELECT {columns} FROM read_parquet(?) ORDER BY ALL"
        found: list[tuple[Any, ...]] = duckdb.connect().execute(query, [files]).fetchall()
        return found

    def lake(self) -> dict[str, bytes]:
        """Every file in the lake by name, but for the lock and the records of the imports."""
        folder = self.home / "lake"
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
            and path.name != ".writer.lock"
            and not {"quarantine", "imports"} & set(path.parts)
        }


@pytest.fixture
def extract(tmp_path: Path) -> Extract:
    made = Extract(tmp_path / "extract", tmp_path / "mapping.toml", tmp_path / "home")
    made.folder.mkdir()
    made.map(BILLS)
    made.bills(BILL)
    return made
