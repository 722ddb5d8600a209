"""Writing a list of a million customers: how long, and in how much memory; pandas beside it.

The demo's customers with what a list says of each in 20 columns, so many times under ids of their
own, in a Parquet file that is read part by part. Each writing is a process of its own, timed from
the open file to both files in their places: with the mark, the receipt and the wait for the disk.
pandas reads the file before its time begins; its to_excel writes with XlsxWriter.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from bars import Bar, table
from memory import measured_run

from features import catalogue
from serving.retention.export.approval import Export
from serving.retention.export.cells import SheetColumn
from serving.retention.export.receipt import write_export
from serving.retention.export.sheets import Sheet
from serving.retention.lists import ranked, signs
from serving.scores import last_scores

DIGITS = {
    "rank": 0, "churn_risk": 4, "revenue": 2, "value_at_stake": 2, "expected_loss": 2,
    "tenure_days": 0, "days_to_contract_end": 0, "overdue": 2,
}  # fmt: skip
TEXTS = (
    "customer_id", "phone", "value_tier", "city", "store_id", "manager_id", "brand", "plan",
    "payment_mode", "sign_1", "sign_2", "sign_3",
)  # fmt: skip
COLUMNS = ("rank", *TEXTS[:2], *list(DIGITS)[1:], *TEXTS[2:])
SMALL = 100_000
ROWS_OF_TO_EXCEL = 50_000  # it takes long, and all its cells are in memory


def make_list(home: Path, rows: int, target: Path) -> None:
    """The Parquet file of a list of so many customers."""
    scores = ranked(last_scores(home))
    features = {feature.name: feature for feature in catalogue.features("CNY")}
    found = [signs(reasons, features, "zh") for reasons in scores["reasons"]]
    for place in range(3):
        scores[f"sign_{place + 1}"] = [own[place] if len(own) > place else None for own in found]
    scores["phone"] = [f"154****{place % 10_000:04d}" for place in range(len(scores))]
    schema = pa.schema(
        [(name, pa.float64() if name in DIGITS else pa.string()) for name in COLUMNS]
    )
    with pq.ParquetWriter(target, schema) as writer:
        for start in range(0, rows, len(scores)):
            part = scores.head(rows - start).assign(
                rank=np.arange(start + 1.0, min(start + len(scores), rows) + 1),
                customer_id=lambda own, start=start: own["customer_id"] + f"-{start:07d}",
            )
            part = pa.Table.from_pandas(part[list(COLUMNS)], preserve_index=False)
            writer.write_table(part.cast(schema))


def write(source: Path, rows: int, out: Path) -> None:
    """Export the first `rows` of the list."""
    now = datetime(2026, 3, 2)
    own = Export(
        id="E1", campaign_id="K1", at=now, requested_by="li.na", approved_by="wang.wei",
        approved_at=now, recipient="a call centre", purpose="retention",
        expires_at=now + timedelta(days=7), rows=rows, sha256="", file=out.name, phones=False,
        state="waiting", watermark_key=bytes(range(32)),
    )  # fmt: skip
    columns = [SheetColumn(name, DIGITS.get(name), name.startswith("sign")) for name in COLUMNS]
    sheet = Sheet(columns, _first(source, rows), rows, {}, {})
    write_export(out, sheet, own, "en", now, lambda *_: None)


def _first(source: Path, rows: int) -> Any:
    for part in pq.ParquetFile(source).iter_batches(10_000):
        if rows > 0:
            yield part.slice(0, rows)
        rows -= part.num_rows


def write_with_pandas(source: Path, rows: int, out: Path) -> float:
    """The same rows by pandas; the seconds without reading them."""
    frame = pd.read_parquet(source).head(rows)
    started = time.monotonic()
    if out.suffix == ".csv":
        frame.to_csv(out, index=False, encoding="utf-8-sig")
    else:
        frame.to_excel(out, index=False, engine="xlsxwriter")
    return time.monotonic() - started


def measured(kind: str, source: Path, rows: int, ending: str) -> dict[str, float]:
    """One writing in a process of its own: seconds, peak memory and size of the file in MB."""
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        out = Path(folder) / f"list{ending}"
        sys.stderr.write(f"{kind} writes {rows:,} rows to {ending}\n")
        command = [sys.executable, __file__, kind, str(source), str(rows), str(out)]
        seconds, peak = measured_run(command)
        return {
            "seconds": json.loads(seconds),
            "peak_mb": peak,
            "file_mb": out.stat().st_size / 1e6,
        }


def section(chosen: argparse.Namespace) -> str:
    """The section of the page, in Markdown, of one run."""
    rows = chosen.rows_of_export
    runs = (
        ("liuke", rows, ".csv"), ("pandas", rows, ".csv"), ("liuke", SMALL, ".csv"),
        ("liuke", rows, ".xlsx"), ("liuke", SMALL, ".xlsx"),
        ("liuke", ROWS_OF_TO_EXCEL, ".xlsx"), ("pandas", ROWS_OF_TO_EXCEL, ".xlsx"),
    )  # fmt: skip
    with tempfile.TemporaryDirectory(dir=chosen.home.parent) as folder:
        source = Path(folder) / "list.parquet"
        make_list(chosen.home, rows, source)
        found = {run: measured(run[0], source, *run[1:]) for run in runs}
    csv, xlsx = found["liuke", rows, ".csv"], found["liuke", rows, ".xlsx"]
    bars = [
        Bar(f"{rows:,} rows of {len(COLUMNS)} columns as CSV", csv["seconds"], " s", most=15),
        Bar("the same as XLSX", xlsx["seconds"], " s", most=60),
        *(
            Bar(
                f"peak memory over that of {SMALL:,}, {ending[1:].upper()}",
                found["liuke", rows, ending]["peak_mb"] / found["liuke", SMALL, ending]["peak_mb"],
                most=1.1,
            )
            for ending in (".csv", ".xlsx")
        ),
    ]
    lines = [
        "## Export",
        "",
        "A list read from Parquet part by part, marked for its recipient, written with its receipt "
        "and synced to the disk; pandas' `to_csv` and `to_excel` on the same rows, in memory "
        "already and without mark or receipt.",
        "",
        *table(bars),
        "",
        "| | rows | seconds | rows a second | peak memory, MB | file, MB |",
        "|---|---|---|---|---|---|",
    ]
    for (kind, count, ending), run in found.items():
        lines.append(
            f"| {kind} {ending[1:].upper()} | {count:,} | {run['seconds']:.1f} | "
            f"{count / run['seconds']:,.0f} | {run['peak_mb']:,.0f} | {run['file_mb']:,.0f} |"
        )
    return "\n".join(lines) + "\n"


def main(kind: str, source: str, rows: str, out: str) -> None:
    """Write once, and print the seconds."""
    if kind == "pandas":
        seconds = write_with_pandas(Path(source), int(rows), Path(out))
    else:
        started = time.monotonic()
        write(Path(source), int(rows), Path(out))
        seconds = time.monotonic() - started
    sys.stdout.write(json.dumps(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
