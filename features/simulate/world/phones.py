"""A simulated operator's file of phone numbers: `phones.csv` beside the feeds.

The numbers begin with 154, which China has given to no operator, so that no number is real. They
come from a random stream of their own: with or without them the feeds are the same.
"""

from __future__ import annotations

import csv
from math import gcd
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

PREFIX = "154"
NUMBERS = 10**8  # that begin with the prefix
STREAM = 2**32 - 1  # the streams of the blocks are counted from 0


def write_phones(folder: Path, seed: int) -> Path:
    """Give each customer of the folder's feed a number of their own; the file that has them."""
    parts = sorted((folder / "customers").glob("*.parquet"))
    ids = sorted({own for part in parts for own in _ids(part)})
    path = folder / "phones.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("customer_id", "phone"))
        rows.writerows(zip(ids, phone_numbers(len(ids), seed), strict=True))
    return path


def phone_numbers(count: int, seed: int) -> list[str]:
    """So many numbers, each once, in an order that only the seed decides."""
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(STREAM,)))
    start, step = (int(number) for number in random.integers(1, NUMBERS, 2))
    while gcd(step, NUMBERS) > 1:  # else it would come back before all numbers were met
        step += 1
    return [f"{PREFIX}{(start + place * step) % NUMBERS:08d}" for place in range(count)]


def _ids(part: Path) -> list[str]:
    ids: list[str] = pq.read_table(part, columns=["customer_id"])["customer_id"].to_pylist()
    return ids
