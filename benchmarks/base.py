"""The page of a base of a million customers: rows in order with the exact count, and a breakdown.

    python benchmarks/base.py --home home

The night of the demo's home is repeated with ids made unique and predictions that differ a little,
in the order of the customers as a night writes them; a browser's requests come over loopback.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import httpx
import numpy as np
from bars import Bar, table
from desk import served
from pages import signed_in, whole_copy, with_people

from features.home import Home
from serving.scores import last_night

TIMES = 15
ROWS_MS, COUNTED_MS = 150, 500
ROW_GROUP = 10_000  # about what a night writes at once
SEARCHES: Mapping[str, Mapping[str, str]] = {
    "all, the riskiest first": {},
    "the page behind it": {"after": ""},
    "a city, by value at stake": {"sort": "-value_at_stake", "city": "{city}"},
    "high risk without consent, by id": {
        "churn_risk_min": "0.2", "consent": "false", "sort": "customer_id",
    },
    "prepaid, by tenure, counted by city and tier": {
        "sort": "tenure_days", "payment_mode": "prepaid", "by": "city,value_tier",
    },
    "all, counted by risk and plan": {"by": "churn_risk,plan"},
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """How long the page of a search took, in milliseconds."""

    words: str
    is_counted: bool
    milliseconds: list[float]

    def percentile(self, share: float) -> float:
        return float(np.percentile(self.milliseconds, share))


def section(chosen: argparse.Namespace) -> str:
    """The section of the page, in Markdown, of one run."""
    with tempfile.TemporaryDirectory(dir=chosen.home.resolve().parent) as folder:
        home = Path(folder) / "home"
        whole_copy(chosen.home, home)
        count, city = repeated(home, max(chosen.customers))
        found = list(_shown(home, city))
    return "\n".join(_lines(count, found)) + "\n"


def repeated(home: Path, customers: int) -> tuple[int, str]:
    """Make the night's scores those of so many customers at least: how many, the largest city."""
    latest, scores = last_night(home, ["customer_id", "city"])
    latest.close()
    path = Home(home).scores / latest.night.scores
    times = -(-customers // len(scores))
    larger = path.with_suffix(".larger")
    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        connection.execute(
            "copy (select * replace (lpad(place::varchar, 4, '0') || '-' || customer_id as"
            " customer_id, churn_risk * (1 - place / 1e6) as churn_risk, value_at_stake *"
            f" (1 + place / 1e4) as value_at_stake) from '{path}', range({times}) as places(place)"
            f" order by customer_id) to '{larger}' (format parquet, row_group_size {ROW_GROUP})"
        )
    path.unlink()  # it is linked to the home's own
    larger.rename(path)
    return times * len(scores), str(scores["city"].mode()[0])


def _shown(home: Path, city: str) -> Iterator[Shown]:
    with_people(home)
    with served(home) as (port, _), signed_in(port, "marketing") as reader:
        for words, texts in SEARCHES.items():
            own = {name: text.format(city=city) for name, text in texts.items()}
            if "after" in own:
                further = httpx.URL(_further(reader.get("/base").text))
                own = dict(further.params)
            taken = []
            for _ in range(TIMES + 1):
                begun = time.perf_counter()
                answer = reader.get("/base", params=own)
                taken.append(1000 * (time.perf_counter() - begun))
                assert answer.status_code == 200, answer.text[:500]
            yield Shown(words, "by" in own, taken[1:])


def _further(page: str) -> str:
    """The address of the next page, which a page names."""
    (found,) = {part.split('"')[0] for part in page.split('href="')[1:] if "after=" in part[:200]}
    return found.replace("&amp;", "&")


def _lines(count: int, found: list[Shown]) -> list[str]:
    plain = max(own.percentile(50) for own in found if not own.is_counted)
    counted = max(own.percentile(50) for own in found if own.is_counted)
    bars = [
        Bar("a page of rows and the exact count, slowest search", plain, " ms", most=ROWS_MS),
        Bar("with a breakdown, slowest search", counted, " ms", most=COUNTED_MS),
    ]
    return [
        f"## A base of {count:,} customers",
        "",
        f"The page of the base over loopback, each search {TIMES} times.",
        "",
        *table(bars),
        "",
        "| search | p50, ms | p95, ms |",
        "|---|---|---|",
        *(
            f"| {own.words} | {own.percentile(50):.0f} | {own.percentile(95):.0f} |"
            for own in found
        ),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--customers", type=int, nargs="+", default=[1_000_000])
    sys.stdout.write(section(parser.parse_args()))
