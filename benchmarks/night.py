"""The nightly run at an operator's size: how long, how much memory, and whether it is repeatable.

Takes the demo's home and multiplies its histories: each customer so many
times under ids of its own, with their group and whom they call. `liuke score` then runs on each
multiple in a process of its own, as every night; the largest runs twice, to see whether the same
data gives the same reasons. The figures do not include the multiplying.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from bars import Bar, table
from memory import measured_run

from features.engine.history_tables import STEPS
from features.home import Home
from serving.scores import last_scores

ROW_GROUP = 122_880  # as DuckDB writes them
BY_WEEK = {step.name for step in STEPS if step.by[:1] == ("week",)}
LIUKE = Path(sys.executable).with_name("liuke")


def multiply(home: Path, times: int, target: Path) -> None:
    """A home with the customers of `home`, each `times` times."""
    for name in ("settings", "models"):
        if (home / name).is_dir():
            shutil.copytree(home / name, target / name)
    kept = shutil.ignore_patterns("histories", "scores", "matrix", "spill")
    shutil.copytree(home / "lake", target / "lake", ignore=kept, copy_function=os.link)
    shutil.copytree(
        Home(home).histories, Home(target).histories, ignore=shutil.ignore_patterns("*.parquet")
    )
    for path in sorted(Home(home).histories.glob("*/*.parquet")):
        own = target / path.relative_to(home)
        if _ids(pq.read_schema(path)):
            _multiplied(path, times, own)
        else:
            os.link(path, own)


def _multiplied(path: Path, times: int, target: Path) -> None:
    """The table with every row `times` times, in the order in which the histories store it."""
    source = pq.read_table(path)
    runs = [source]
    if path.stem in BY_WEEK:
        starts = np.unique(source["week"].to_numpy(), return_index=True)[1]
        runs = [source.slice(a, b - a) for a, b in pairwise([*starts.tolist(), len(source)])]
    with pq.ParquetWriter(target, source.schema) as writer:
        for run in runs:
            copies = (_renamed(run, f"{copy:03d}") for copy in range(times))
            for rows in [pa.concat_tables(copies)] if len(runs) > 1 else copies:
                writer.write_table(rows, row_group_size=ROW_GROUP)


def _ids(schema: pa.Schema) -> list[str]:
    """Of customers, groups, payments, complaints: what must not be shared between the copies."""
    return [name for name in schema.names if name.endswith("_id")]


def _renamed(rows: pa.Table, copy: str) -> pa.Table:
    for name in _ids(rows.schema):
        place = rows.schema.get_field_index(name)
        own = pc.binary_join_element_wise(copy, rows.column(place), "-")
        rows = rows.set_column(place, rows.schema.field(place), own)
    return rows


def night(home: Path, as_of: str) -> dict[str, Any]:
    """One `liuke score` in a process of its own: its answer, seconds and peak memory in MB."""
    started = time.monotonic()
    command = [LIUKE, "score", "--as-of", as_of, "--json"]
    environment = os.environ | {"LIUKE_HOME": str(home)}
    answer, peak = measured_run(command, environment)
    seconds = time.monotonic() - started
    return json.loads(answer) | {"seconds": seconds, "peak_mb": peak}


def section(chosen: argparse.Namespace) -> str:
    """The section of the page, in Markdown, of one run."""
    scores = last_scores(chosen.home)
    as_of, customers = f"{scores['as_of'].iloc[0]:%F}", len(scores)
    shape = _shape(chosen.home)
    nights = {}
    for size in sorted(chosen.customers):
        times = -(-size // customers)
        with tempfile.TemporaryDirectory(dir=chosen.home.parent) as folder:
            home = Path(folder)
            sys.stderr.write(f"{customers:,} customers {times} times\n")
            multiply(chosen.home, times, home)
            nights[size] = [night(home, as_of)]
            if size == max(chosen.customers):
                nights[size].append(night(home, as_of))
    least, most = min(nights), max(nights)
    first, again = nights[most]
    bars = [
        Bar(f"{most:,} customers with reasons", first["seconds"], " s", most=300),
        Bar(
            f"peak memory over that of {least:,}",
            first["peak_mb"] / nights[least][0]["peak_mb"],
            most=1.1,
        ),
        Bar("reasons changed on unchanged data", again["reasons_changed"], most=0),
    ]
    lines = [
        "## The night",
        "",
        f"`liuke score` from the histories to scores, reasons and the service's rows; a model of "
        f"{shape['trees']} trees, {shape['leaves']} leaves at most, depth {shape['depth']}, "
        f"{shape['features']} features.",
        "",
        *table(bars),
        "",
        "| customers | seconds | customers a second | peak memory, MB |",
        "|---|---|---|---|",
    ]
    for runs in nights.values():
        for run in runs:
            rate = run["customers"] / run["seconds"]
            lines.append(
                f"| {run['customers']:,} | {run['seconds']:.0f} | {rate:,.0f} |"
                f" {run['peak_mb']:,.0f} |"
            )
    return "\n".join(lines) + "\n"


def _shape(home: Path) -> dict[str, int]:
    champion = json.loads((home / "models" / "champion.json").read_text("utf-8"))["version"]
    bundle = json.loads((home / "models" / str(champion) / "bundle.json").read_text("utf-8"))
    shape: dict[str, int] = bundle["shape"]
    return shape
