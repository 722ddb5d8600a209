"""Plans into the feed `plans`, by the import's own door."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.feeds import CLOCKS, FEEDS
from features.imports.sources import import_feeds
from features.imports.staging import FeedReport
from features.progress import Progress, silent
from serving.decision.bill_fit.rating import Plan

FEED = "plans"


def import_plan_file(
    home: Path,
    plans: Sequence[Plan],
    since: datetime,
    now: datetime,
    progress: Progress = silent,
) -> FeedReport:
    """Import the plans as on sale, and known, from `since` on; the same ones again are ignored.

    Raises what an import does; then nothing was imported.
    """
    columns = [column.name for column in FEEDS[FEED].columns if column.name != "cost_fen"]
    rows = [{name: getattr(plan, name) for name in columns} for plan in plans]
    clocks = dict.fromkeys(CLOCKS, since)
    with tempfile.TemporaryDirectory() as folder:
        pq.write_table(
            pa.Table.from_pylist([row | clocks for row in rows]), Path(folder) / f"{FEED}.parquet"
        )
        mapping = ["max_bad_share = 0.0", f"[feed.{FEED}]", f"sql = \"from '{FEED}.parquet'\""]
        mapping += [f'{clock} = "{clock}"' for clock in CLOCKS]
        agreed = Path(folder) / "mapping.toml"
        agreed.write_text("\n".join(mapping), "utf-8")
        report = import_feeds(home, agreed, Path(folder), now, progress)
    return report.feeds[0]
