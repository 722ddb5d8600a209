"""Campaigns played by the hundred: is the read-out right, and do lists get better by it?

    .venv/bin/python benchmarks/campaigns.py --campaigns 400 --worlds 20

The first part plays campaigns in as many worlds, and counts how often the read-out's interval of
90 % covers the true effect of the list; in worlds without any effect, how often one is named. The
second draws operators whose customers and offers are not as declared, some of whom have offers that
only harm, plays two campaigns with read-outs, and compares what the third list truly brings with
other policies; `--rows` keeps them a line each, for `rounds_page.py`. Worlds are drawn from the
seed; progress goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from contested import world as contested
from spilled import MEASURES, campaign, world

LEVEL, NULL_LEVEL = 0.9, 0.95


def covered(seed: int) -> dict[str, Any]:
    """Of one campaign by measure: covered or not, the width over the plain one's; by offer too."""
    own = campaign(world(seed), seed)
    truth, found = own.truth(seed), own.read(seed, LEVEL)
    row: dict[str, Any] = {"seed": seed, "members": len(own.members), "named": found["is_named"]}
    for one in found["effects"]:
        name = one["measure"]
        value = truth[name].mean()
        row[name] = one["low"] <= value <= one["high"]
        row[f"{name}_plain"] = one["plain"]["low"] <= value <= one["plain"]["high"]
        row[f"{name}_narrower"] = one["narrower_by"]
    for name in ("stay", "profit"):
        parts = [p for p in found["parts"] if p["measure"] == name and p["by"] == "offer"]
        by_offer = truth[name].groupby(own.members["offer"]).mean()
        row[f"{name}_offers"] = [p["low"] <= by_offer[p["of"]] <= p["high"] for p in parts]
    nothing = campaign(world(seed, null=True), seed).read(seed, NULL_LEVEL)
    row["null"] = {e["measure"]: e["p_value"] < 1 - NULL_LEVEL for e in nothing["effects"]}
    return row


def _progress(done: int, of: int) -> None:
    sys.stderr.write(f"\r{done} of {of}" + ("" if done < of else "\n"))
    sys.stderr.flush()


def coverage(count: int, seed: int, processes: int) -> list[dict[str, Any]]:
    found = []
    with ProcessPoolExecutor(processes) as pool:
        for row in pool.map(covered, range(seed, seed + count)):
            found.append(row)
            _progress(len(found), count)
    return found


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    named = [row for row in rows if row["named"]]
    said: dict[str, Any] = {"campaigns": len(rows), "named": len(named)}
    for name in MEASURES:
        said[name] = {
            "covered": np.mean([row[name] for row in named]),
            "plain": np.mean([row[f"{name}_plain"] for row in named]),
            "narrower": np.median([row[f"{name}_narrower"] for row in named]),
            "null_named": np.mean([row["null"].get(name, False) for row in rows]),
        }
    for name in ("stay_offers", "profit_offers"):
        said[name] = {
            "each": np.mean(np.concatenate([row[name] for row in named])),
            "all": np.mean([all(row[name]) for row in named if row[name]]),
        }
    return said


def played_out(count: int, customers: int, seed: int, processes: int) -> Iterator[dict[str, Any]]:
    with ProcessPoolExecutor(processes) as pool:
        seeds = range(seed, seed + count)
        for done, row in enumerate(pool.map(contested, seeds, [customers] * count), start=1):
            yield row
            _progress(done, count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--campaigns", type=int, default=400)
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--customers", type=int, default=200_000, help="of each world")
    parser.add_argument("--rows", type=Path, help="a file for the worlds, a line each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    requested = parser.parse_args()
    if requested.campaigns:
        rows = coverage(requested.campaigns, requested.seed, requested.processes)
        sys.stdout.write(json.dumps(summary(rows), indent=2, default=float) + "\n")
    with requested.rows.open("a", encoding="utf-8") if requested.rows else sys.stdout as out:
        for row in played_out(
            requested.worlds, requested.customers, requested.seed, requested.processes
        ):
            out.write(json.dumps(row, default=float) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
