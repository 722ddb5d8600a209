"""Tables whose outcome hangs on a few thresholds and their products, drawn at random.

    python benchmarks/thresholds.py --seeds 1 2 3

Each seed is a table: 2,000 to 10,000 rows, numbers and categories of which a few count, by steps
at random places and by products of two or three such steps, with random noise (--sharp: little).
Liuke and the other libraries at their defaults are judged on the same folds; of each figure the
mean over the tables is printed, and ours less theirs.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import pandas as pd
from comparison import (
    FIGURES,
    OURS,
    PEERS,
    SETTINGS,
    judged_by_peer,
    judged_by_us,
)

from training.statistics.logistic import probability
from training.statistics.metrics import Floats
from training.statistics.ranking import rank
from training.tables.sample import TableRequest, labelled_sample

REQUEST = TableRequest("thresholds", "left", "1")
LEVELS = "abcdef"


def table(seed: int, *, noisy: bool = True) -> pd.DataFrame:
    """One table with its outcome `left`, which hardly depends on chance unless `noisy`.

    >>> table(1)["left"].isin([0, 1]).all()
    np.True_
    """
    random = np.random.default_rng(seed)
    rows = int(random.integers(2_000, 10_001))
    numbers = random.normal(size=(rows, int(random.integers(8, 21)))).round(3)
    levels = random.integers(0, len(LEVELS), size=(rows, int(random.integers(1, 4))))
    found = pd.DataFrame(numbers).add_prefix("n")
    for place in range(levels.shape[1]):
        found[f"c{place}"] = np.array(list(LEVELS))[levels[:, place]]

    def step() -> Floats:
        """1 above a threshold of a number, or for some levels of a category; else 0."""
        if random.random() < 0.2:
            some = random.permutation(len(LEVELS))[: int(random.integers(1, 4))]
            return np.isin(levels[:, random.integers(levels.shape[1])], some).astype(float)
        column = numbers[:, random.integers(numbers.shape[1])]
        return (column > np.quantile(column, random.uniform(0.2, 0.8))).astype(float)

    score = np.zeros(rows)
    for _ in range(int(random.integers(2, 5))):
        score += random.normal(0, 1.0) * step()
    for _ in range(int(random.integers(2, 6))):
        product = np.prod([step() for _ in range(int(random.integers(2, 4)))], axis=0)
        score += random.normal(0, 2.5) * product
    score = (random.uniform(0.7, 1.8) if noisy else random.uniform(3, 5)) * score
    base = np.quantile(score, random.uniform(0.5, 0.9))
    found["left"] = (random.random(rows) < probability(score - base)).astype(int)
    return found


def judged(seed: int, peers: list[str], *, noisy: bool) -> dict[str, dict[str, float]]:
    """By method every figure, and the processor's seconds."""
    sample = labelled_sample(table(seed, noisy=noisy).astype(str), REQUEST, SETTINGS)
    found = {OURS: judged_by_us(sample)}
    found |= {peer: judged_by_peer(sample, PEERS[peer][0]) for peer in peers}
    once = np.ones(len(sample.churned))
    return {
        method: {
            figure: float(of(rank(sample.churned, one.risk).weigh(once)) or 0.0)
            for figure, of in FIGURES.items()
        }
        | {"seconds": one.processor_seconds}
        for method, one in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", nargs="+", type=int, required=True)
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=PEERS)
    parser.add_argument("--sharp", action="store_true", help="outcomes with little chance")
    chosen = parser.parse_args()
    every = {seed: judged(seed, chosen.peers, noisy=not chosen.sharp) for seed in chosen.seeds}
    for method in (OURS, *chosen.peers):
        for figure in (*FIGURES, "seconds"):
            own = np.array([one[method][figure] for one in every.values()])
            ours = np.array([one[OURS][figure] for one in every.values()])
            gap = ours - own
            error = gap.std(ddof=1) / np.sqrt(len(gap)) if len(gap) > 1 else np.nan
            sys.stdout.write(
                f"{method:34}{figure:24}{own.mean():9.4f}  ours less {gap.mean():+.4f}"
                f" +- {error:.4f}, least {gap.min():+.4f}, most {gap.max():+.4f}\n"
            )


if __name__ == "__main__":
    main()
