"""The bars of the model on three simulated worlds: against RFM, the oracle and the known causes.

    .venv/bin/python benchmarks/worlds.py > docs/worlds.md
    .venv/bin/python benchmarks/worlds.py --random 40 --seed 5000 --customers 20000

Each world is another operator: other causes, other strengths, one with a cause that no feature
measures. Seeds from 101 on are for judging alone: a world that is changed after it was judged is
judged on another one. Progress goes to standard error; 200,000 customers take about an hour a
world. With `--keep FOLDER` a world's figures are kept there as JSON, and a world that is there
already is not run again.

With `--random` as many worlds that no choice was tuned to, drawn one a seed from `--seed` on
(`drawn.py` has the ranges): a row each, and how many hold their bars.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from alone import Figures, figures_of
from drawn import drawn

from features.disk.atomic import remove
from features.engine.store import open_histories
from features.imports.sources import import_feeds
from features.progress import Progress
from features.settings import home_settings
from features.simulate import read_world, simulate
from features.simulate.world.weeks import weeks_of
from serving.console import reporting
from training.evaluation.causes import dominant_causes, reason_groups_found, riskiest
from training.fit_settings import TrainingSettings
from training.models.bundle import Bundle
from training.panels import modelled, panel
from training.pipeline import train

WORLDS = {"default": 101, "prepaid-market": 102, "hidden-cause": 101}  # and the seed of each
ABOUT = {
    "default": "somewhat more than half postpaid, every cause at work.",
    "prepaid-market": "mostly prepaid; dropped calls do not make customers leave.",
    "hidden-cause": "a strong cause that no feed shows; what the feeds do show matters less.",
}
MONTHS = 15


@dataclass(frozen=True)
class Bar:
    """A figure by its path in the results, and the bounds within which it holds."""

    words: str
    path: tuple[str, ...]
    least: float | None = None
    most: float | None = None
    only: str = ""  # the one world that it is a bar of

    def value(self, figures: Figures) -> float | None:
        found: Any = figures
        for name in self.path:
            found = None if found is None else found[int(name)] if name.isdigit() else found[name]
        return None if found is None else float(found)

    def holds(self, value: float | None) -> bool:
        if value is None:
            return False
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )


def _per_mode(words: str, name: str) -> list[Bar]:
    return [
        Bar(f"{words}, {mode}", ("by_payment_mode", mode, name), 0.9, 1.1)
        for mode in ("postpaid", "prepaid")
    ]


def _gain(name: str, other: str) -> tuple[str, ...]:
    return ("value", f"{name}_over_{other}_interval", "0")


BARS = (
    Bar("oracle AUC over RFM's", ("oracle_over_rfm",), 0.03),
    Bar("oracle over the model, upper bound", ("oracle_over_auc_interval", "1"), 0.0),
    Bar("gap between RFM and oracle closed", ("gap_closed",), 0.5),
    Bar("share of the oracle", ("share_of_oracle",), 0.9, only="default"),
    Bar("calibration slope", ("calibration_slope",), 0.9, 1.1),
    *_per_mode("calibration slope", "calibration_slope"),
    Bar("observed over expected", ("observed_over_expected",), 0.9, 1.1),
    *_per_mode("observed over expected", "observed_over_expected"),
    Bar("the same, top decile", ("top_decile_observed_over_expected",), 0.9, 1.1),
    *_per_mode("the same, top decile", "top_decile_observed_over_expected"),
    Bar("Brier skill, lower bound", ("brier_skill_interval", "0"), 0.0),
    Bar("kappa of the tier over unchanged, lower bound", _gain("tier_kappa", "unchanged"), 0.0),
    Bar("moves up over unchanged, lower bound", _gain("tier_up_ap", "unchanged"), 0.0),
    Bar("moves up over the trend, lower bound", _gain("tier_up_ap", "trend"), 0.0),
    Bar("moves down over unchanged, lower bound", _gain("tier_down_ap", "unchanged"), 0.0),
    Bar("moves down over the trend, lower bound", _gain("tier_down_ap", "trend"), 0.0),
    Bar("margin error under unchanged, lower bound", _gain("margin_mae", "unchanged"), 0.0),
    Bar("riskiest whose cause's group is shown", ("reasons", "share"), 0.6),
    Bar("the same over shuffled, lower bound", ("reasons", "difference_interval", "0"), 0.0),
)
RANDOM = "random"
RANDOM_BARS = (
    Bar("share of the oracle", ("share_of_oracle",), 0.85),
    Bar("gap closed", ("gap_closed",), 0.5),
    Bar("slope", ("calibration_slope",), 0.9, 1.1),
    Bar("observed over expected", ("observed_over_expected",), 0.9, 1.1),
    *_per_mode("observed over expected", "observed_over_expected"),
    Bar("the same, top decile", ("top_decile_observed_over_expected",), 0.9, 1.1),
    Bar("Brier skill", ("brier_skill",), 0.0),
    Bar("cause's group shown", ("reasons", "share"), 0.6),
)
BESIDE_THE_BARS = (
    "auc",
    "oracle_auc",
    "rfm_auc",
    "average_precision",
    "top_decile_lift",
    "brier_skill",
)


def judge_reasons(home: Path, bundle: Bundle, progress: Progress) -> Figures:
    """Whether the riskiest rows' reasons name the true cause (`training.evaluation.causes`)."""
    settings = home_settings(home, "training", TrainingSettings)
    histories = open_histories(home)
    dates = [datetime.fromisoformat(date) for date in bundle.evaluation["counts"]["dates"]]
    rows = panel(histories, dates, settings.label, progress)
    rows = rows[modelled(rows)].reset_index(drop=True)
    rows = rows.iloc[riskiest(bundle.score(rows))].reset_index(drop=True)
    hazard = pd.read_parquet(home / "truth" / "hazard.parquet")
    group_of = {feature.name: feature.group for feature in histories.features}
    return reason_groups_found(
        bundle.shap_values(bundle.encode(rows))[:, :-1],
        [group_of[name] for name in bundle.features],
        dominant_causes(rows, hazard),
        np.asarray(rows["customer_id"], dtype=object),
    )


def measure(world: str | Path, customers: int, seed: int, home: Path) -> Figures:
    """Simulate, import, train and judge in `home`; the world `RANDOM` is drawn by the seed."""
    started = time.monotonic()
    own = drawn(seed, weeks_of(MONTHS)) if world == RANDOM else None
    if own is not None:
        world = home / "world.toml"
        world.write_text(own.text(seed), "utf-8")
    with reporting() as progress:
        made = simulate(home / "raw", customers, MONTHS, seed, read_world(world), progress)
        (home / "raw" / "truth").rename(home / "truth")
        if own is not None:
            mapping, first_day = home / "raw" / "mapping.toml", read_world(world).first_day
            mapping.write_text(own.mapping(mapping.read_text("utf-8"), first_day), "utf-8")
        as_of = datetime.combine(made.as_of, datetime.min.time())
        now = as_of + timedelta(hours=6)
        import_feeds(home, home / "raw" / "mapping.toml", home / "raw", now, progress)
        remove(home / "raw")
        trained = train(home, as_of, progress)
        figures = dict(trained.bundle.evaluation)
        figures["reasons"] = judge_reasons(home, trained.bundle, progress)
    figures["customers_ever"] = made.customers
    figures["features"] = len(trained.bundle.features)
    figures["seconds"] = round(time.monotonic() - started)
    return figures


def page(chosen: argparse.Namespace, results: dict[str, Figures]) -> str:
    """The Markdown page: the bars, a column a world; what misses its bar carries a star."""
    worlds = list(results)
    lines = [
        "# Three worlds",
        "",
        f"{chosen.customers:,} customers on the first day, 15 months; every figure is out of "
        "time, of that run's own test period. What misses its bar carries a star. The oracle is "
        "the true probability of leaving given all that the feeds show by then; RFM a logistic "
        "regression on recency, frequency and amount."
        f" {platform.machine()}, Python {platform.python_version()}, LightGBM "
        f"{version('lightgbm')}, {os.cpu_count()} cores.",
        "",
        f"Made by `benchmarks/worlds.py --customers {chosen.customers}`.",
        "",
        *(f"- `{world}`: {ABOUT[world]}" for world in worlds if world in ABOUT),
        "",
        "| figure | bar | " + " | ".join(worlds) + " |",
        "|---" * (len(worlds) + 2) + "|",
    ]
    for bar in BARS:
        cells = [_cell(bar, world, figures) for world, figures in results.items()]
        lines.append(f"| {bar.words} | {_bound(bar)} | " + " | ".join(cells) + " |")
    for name in BESIDE_THE_BARS:
        cells = [f"{figures[name]:.3f}" for figures in results.values()]
        lines.append(f"| {name.replace('_', ' ')} | | " + " | ".join(cells) + " |")
    for name in ("features", "customers_ever", "seconds"):
        cells = [f"{figures[name]:,}" for figures in results.values()]
        lines.append(f"| {name.replace('_', ' ')} | | " + " | ".join(cells) + " |")
    lines.append("| seed | | " + " | ".join(str(_seed(world, chosen)) for world in worlds) + " |")
    return "\n".join(lines) + "\n"


def random_page(customers: int, results: dict[int, Figures]) -> str:
    """A row a world, and for each bar in how many of them it holds."""
    runs = list(results.values())
    shown = [bar for bar in RANDOM_BARS if any(bar.value(own) is not None for own in runs)]
    lines = [
        f"{len(results)} worlds, drawn one a seed; {customers:,} customers on the first day, "
        f"{MONTHS} months.",
        "",
        "| seed | " + " | ".join(bar.words for bar in shown) + " | oracle AUC | AUC | churn |",
        "|---" * (len(shown) + 4) + "|",
    ]
    for seed, own in results.items():
        cells = [_cell(bar, RANDOM, own) for bar in shown]
        beside = [_number(own.get(name)) for name in ("oracle_auc", "auc", "churn_rate")]
        lines.append(f"| {seed} | " + " | ".join([*cells, *beside]) + " |")
    lines += ["", "| bar | holds in | median | tenth percentile |", "|---|---|---|---|"]
    for bar in shown:
        found = [own for one in runs if (own := bar.value(one)) is not None]
        holding = sum(bar.holds(own) for own in found)
        lines.append(
            f"| {bar.words}, {_bound(bar)} | {holding} of {len(found)} | {np.median(found):.3f} "
            f"| {np.quantile(found, 0.1):.3f} |"
        )
    return "\n".join(lines) + "\n"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _cell(bar: Bar, world: str, figures: Figures) -> str:
    value = bar.value(figures)
    applies = not bar.only or bar.only == world
    shown = "unknown" if value is None else f"{value:.3f}"
    return shown + ("" if not applies or bar.holds(value) else " *")


def _bound(bar: Bar) -> str:
    if bar.least is not None and bar.most is not None:
        text = f"{bar.least:g} to {bar.most:g}"
    else:
        text = f"at least {bar.least:g}" if bar.least is not None else f"at most {bar.most:g}"
    return f"{text} ({bar.only})" if bar.only else text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", nargs="+", default=list(WORLDS))
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--seed", type=int, help="of every world; else each has its own")
    parser.add_argument("--random", type=int, help="so many drawn worlds, from --seed on")
    parser.add_argument("--keep", type=Path, help="a folder for the figures of each world")
    parser.add_argument("--alone", action="store_true", help="one world, its figures as JSON")
    chosen = parser.parse_args()
    if chosen.alone:
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(chosen.worlds[0], chosen.customers, chosen.seed, Path(folder))
        sys.stdout.write(json.dumps(figures))
        return
    if chosen.random is not None:
        first = _seed(RANDOM, chosen)
        seeds = range(first, first + chosen.random)
        found = {seed: _kept(RANDOM, chosen, seed) for seed in seeds}
        sys.stdout.write(random_page(chosen.customers, found))
        return
    results = {world: _kept(world, chosen) for world in chosen.worlds}
    sys.stdout.write(page(chosen, results))


def _seed(world: str, chosen: argparse.Namespace) -> int:
    return int(WORLDS.get(world, 101) if chosen.seed is None else chosen.seed)


def _kept(world: str, chosen: argparse.Namespace, seed: int | None = None) -> Figures:
    """The world's figures: as they are kept, or of a run."""
    seed = _seed(world, chosen) if seed is None else seed
    kept = chosen.keep and chosen.keep / f"{world}-{chosen.customers}-{seed}.json"
    options = ["--worlds", world, "--customers", str(chosen.customers), "--seed", str(seed)]
    return figures_of([__file__, "--alone", *options], kept)


if __name__ == "__main__":
    main()
