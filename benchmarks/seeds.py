"""The demo over several seeds: how far its figures move by chance alone.

    .venv/bin/python benchmarks/seeds.py --seeds 1 2 3 4 5 > docs/seeds.md

Each seed is another simulated operator of the same world. Takes some minutes a seed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIUKE = Path(sys.executable).with_name("liuke")
BARS = {
    "share_of_oracle": (0.85, None),
    "calibration_slope": (0.9, 1.1),
    "observed_over_expected": (0.9, 1.1),
    "brier_skill": (0.0, None),
}
FIGURES = ("auc", "oracle_auc", "average_precision", "top_decile_lift", *BARS)
COSTS = ("seconds", "peak_memory_mb")


def run_demo(seed: int, customers: int) -> dict[str, Any]:
    """The figures of one demo, in a home that is removed afterwards."""
    with tempfile.TemporaryDirectory() as home:
        command = [LIUKE, "demo", "--json", "--seed", str(seed), "--customers", str(customers)]
        done = subprocess.run(
            [*command, "--home", home], check=True, stdout=subprocess.PIPE, text=True
        )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def holds(name: str, value: float) -> bool:
    """Whether a figure keeps its bar; figures without one always do."""
    least, most = BARS.get(name, (None, None))
    return (least is None or value >= least) and (most is None or value <= most)


def page(chosen: argparse.Namespace, results: dict[int, dict[str, Any]]) -> str:
    """The Markdown page: a row a seed, then mean and standard deviation."""
    columns = [*FIGURES, *COSTS]
    lines = [
        "# The demo over several seeds",
        "",
        f"{chosen.customers:,} customers on the first day, 15 months, the default world; every "
        "figure is of that run's own test period. A figure outside its bar (share of oracle at "
        "least 0.85, slope and observed over expected 0.9 to 1.1, Brier skill above 0) carries a "
        "star. Seeds 1 to 3 were used to shape the world, the others were not. Seconds and memory "
        f"are of {platform.machine()}, Python {platform.python_version()}, "
        f"LightGBM {version('lightgbm')}, {os.cpu_count()} cores, {chosen.jobs} demos at once.",
        "",
        f"Made by `{' '.join(['benchmarks/seeds.py', *sys.argv[1:]])}`.",
        "",
        "| seed | " + " | ".join(name.replace("_", " ") for name in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for seed, result in results.items():
        cells = [
            f"{result[name]:.3f}{'' if holds(name, result[name]) else ' *'}" for name in FIGURES
        ]
        cells += [f"{result[name]:,.0f}" for name in COSTS]
        lines.append(f"| {seed} | " + " | ".join(cells) + " |")
    for label, summary in (("mean", statistics.mean), ("st. dev.", statistics.stdev)):
        cells = [
            f"{summary([result[name] for result in results.values()]):.3f}" for name in FIGURES
        ]
        cells += [f"{summary([float(r[name]) for r in results.values()]):,.0f}" for name in COSTS]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--jobs", type=int, default=1, help="demos at once; the seconds suffer")
    chosen = parser.parse_args()
    with ThreadPoolExecutor(chosen.jobs) as pool:
        done = pool.map(lambda seed: run_demo(seed, chosen.customers), chosen.seeds)
        results = dict(zip(chosen.seeds, done, strict=True))
    sys.stdout.write(page(chosen, results))


if __name__ == "__main__":
    main()
