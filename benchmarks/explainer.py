"""The bars of the explainer, each peer side by side with it: LightGBM itself and woodelf.

On a model of 300 trees, 31 leaves and depth 6 over 100 features with missing values. All work on
the same rows with the same threads; no library is timed before its values were compared with
LightGBM's and it has run once. A peer that takes seconds has fewer runs than one that takes
milliseconds; runs of all take turns, and the median counts.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from bars import Bar, table

from training.explainer import Explainer
from training.explainer.compiled import read_compiled, write_compiled
from training.statistics.metrics import Floats

TREES, LEAVES, DEPTH, FEATURES = 300, 31, 6, 100
TREES_TO_COMPILE = 500
SEED = 7
FIRST_CALL = """
import sys, time
import lightgbm as lgb, numpy as np
from pathlib import Path
from training.explainer import Explainer
from training.explainer.compiled import read_compiled
booster = lgb.Booster(model_file=sys.argv[1])
start = time.perf_counter()
explainer = Explainer(booster, read_compiled(Path(sys.argv[2])))
loaded = time.perf_counter()
explainer.shap_values_row(np.zeros(booster.num_feature()))
first = time.perf_counter()
explainer.shap_values(np.zeros((1000, booster.num_feature())))
print(loaded - start, first - loaded, time.perf_counter() - first)
"""


def draw(count: int, seed: int) -> Floats:
    """Rows of measures and of small counts; one value in ten is missing."""
    random = np.random.default_rng(seed)
    rows: Floats = random.normal(size=(count, FEATURES))
    rows[:, ::5] = np.round(2 * rows[:, ::5])
    rows[random.random(rows.shape) < 0.1] = np.nan
    return rows


def fitted(trees: int, threads: int) -> lgb.Booster:
    """A model in which every feature has a say, alone and with its neighbour."""
    rows = draw(30_000, SEED)
    random = np.random.default_rng(SEED + 1)
    known = np.nan_to_num(rows)
    score = 0.3 * known @ random.normal(size=FEATURES) + np.isnan(rows[:, 4]) - 1
    score += (known[:, :-1] * known[:, 1:])[:, ::4].sum(axis=1) / 4
    label = random.random(len(rows)) < 1 / (1 + np.exp(-score))
    parameters = {
        "objective": "binary",
        "num_leaves": LEAVES,
        "max_depth": DEPTH,
        "learning_rate": 0.05,
        "max_bin": 63,
        "seed": SEED,
        "num_threads": threads,
        "verbose": -1,
    }
    return lgb.train(parameters, lgb.Dataset(rows, label.astype(float)), trees)


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def largest_difference(found: Floats, expected: Floats) -> float:
    """The largest difference, over the largest of the expected values."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def first_call(booster: lgb.Booster, explainer: Explainer) -> tuple[float, ...]:
    """Seconds in a new process: explainer from its cached form, first row, first 1,000 rows."""
    with tempfile.TemporaryDirectory() as folder:
        model, compiled = Path(folder) / "model.txt", Path(folder) / "explainer.npz"
        booster.save_model(model)
        write_compiled(compiled, explainer.compiled)
        assert read_compiled(compiled) is not None
        done = subprocess.run(
            [sys.executable, "-c", FIRST_CALL, str(model), str(compiled)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    return tuple(float(part) for part in done.stdout.split())


def woodelf_of(booster: lgb.Booster, rows: Floats) -> Callable[[], Floats] | None:
    """The peer's values of these rows; null where it is not installed (make bench does that)."""
    try:
        from woodelf import WoodelfExplainer
    except ImportError:
        return None
    frame = pd.DataFrame(rows, columns=booster.feature_name())
    peer = WoodelfExplainer(booster)
    return lambda: np.asarray(peer.shap_values(frame, verbose=False))


def section(chosen: argparse.Namespace) -> str:
    """The section of the page, in Markdown, of one run."""
    booster, rows = fitted(TREES, chosen.threads), draw(chosen.rows, SEED + 2)
    explainer = Explainer(booster)
    explainer.warm()
    some = rows[: chosen.rows_of_lightgbm]

    def own() -> Floats:
        return explainer.shap_values(rows, threads=chosen.threads)

    def lightgbm() -> Floats:
        values: Floats = np.asarray(
            booster.predict(some, pred_contrib=True, num_threads=chosen.threads)
        )
        return values

    expected = lightgbm()
    difference = largest_difference(own()[: len(some)], expected)
    if difference > 1e-6:
        raise SystemExit(f"the values differ by {difference:.1e} of their scale; nothing is timed")
    woodelf = woodelf_of(booster, rows)
    if woodelf is not None:
        theirs = largest_difference(woodelf()[: len(some)], expected[:, :-1])
        if theirs > 1e-4:
            raise SystemExit(f"woodelf's values differ by {theirs:.1e} of their scale")
    took: dict[str, list[float]] = {"own": [], "lightgbm": [], "woodelf": []}
    for _ in range(chosen.rounds):
        took["own"] += [seconds(own) / len(rows) for _ in range(5)]
        took["lightgbm"].append(seconds(lightgbm) / len(some))
        if woodelf is not None:
            took["woodelf"].append(seconds(woodelf) / len(rows))
    speed = {name: 1 / statistics.median(times) for name, times in took.items() if times}
    single = np.array([seconds(lambda row=row: explainer.shap_values_row(row)) for row in rows])  # type: ignore[misc]
    larger = fitted(TREES_TO_COMPILE, chosen.threads)
    compiling = statistics.median([seconds(lambda: Explainer(larger)) for _ in range(3)])
    loading, first_row, first_rows = first_call(booster, explainer)
    bars = [
        Bar("rows per second over `pred_contrib`", speed["own"] / speed["lightgbm"], least=30),
        Bar("one row, p50", float(np.median(single)) * 1e3, " ms", most=0.3),
        Bar("largest difference from `pred_contrib`, of its scale", difference, most=1e-6),
        Bar(f"compiling {TREES_TO_COMPILE} trees", compiling, " s", most=2),
    ]
    if woodelf is not None:
        bars.insert(
            1, Bar("rows per second over woodelf", speed["own"] / speed["woodelf"], least=5)
        )
    peers = {"own": "training.explainer", "lightgbm": "LightGBM pred_contrib", "woodelf": "woodelf"}
    speeds = [f"| {peers[name]} | {rate:,.0f} |" for name, rate in speed.items()]
    return "\n".join(
        [
            "## The explainer",
            "",
            f"{TREES} trees, {LEAVES} leaves, depth {DEPTH}, {FEATURES} features with one value in "
            f"ten missing; {chosen.rows:,} rows ({len(some):,} for LightGBM), {chosen.threads} "
            f"threads, medians of {chosen.rounds} rounds ({5 * chosen.rounds} of the explainer)"
            + (f"; woodelf-explainer {version('woodelf_explainer')}." if woodelf else "."),
            "",
            *table(bars),
            "",
            "| peer | rows per second |",
            "|---|---|",
            *speeds,
            "",
            f"One row: p50 {np.median(single) * 1e3:.3f} ms, p99 "
            f"{np.percentile(single, 99) * 1e3:.3f} ms. In a new process: the explainer from its "
            f"cached form {loading:.2f} s, then the first row {first_row:.2f} s (with the import "
            f"of Numba), the first 1,000 rows {first_rows:.2f} s. The cached form has "
            f"{sum(array.nbytes for array in explainer.compiled) / 1e6:.1f} MB.",
            "" if woodelf is not None else "\nwoodelf is not installed and was not measured.\n",
        ]
    )
