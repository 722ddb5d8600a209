"""`liuke table train` against four other libraries at their defaults, on identical folds.

    make compare            # or: python benchmarks/comparison.py --out docs/comparison.md

The tables are those of `data/` under LIUKE_SHARED (default ../shared), read, typed and parted
into folds by Liuke; every library gets the same columns and rows, categories in its own native
form, and one thread, so that seconds can be compared. Differences are ours less theirs, with
95 % intervals of a bootstrap over different rows, both judged on the same draw.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd

from features.disk.atomic import replacing
from training.statistics.metrics import Floats, log_loss
from training.statistics.ranking import Weighed, rank
from training.statistics.resamples import Key, intervals
from training.tables.files import read_table
from training.tables.fit.crossfit import crossfit
from training.tables.sample import Sample, TableRequest, labelled_sample
from training.tables.table_settings import TableSettings

SETTINGS = TableSettings(folds=4, inner_folds=5, bootstrap=1000, seed=7)
COSTS = ("C_FP", "C_FN", "C_TP", "C_TN")  # what errors cost: no features
TABLES = {
    "iranian_churn": ("Customer_Churn.csv", TableRequest("iranian", "Churn", "1")),
    "ibm_telco_7043": ("WA_Fn-UseC_-Telco-Customer-Churn.csv", TableRequest("ibm", "Churn", "Yes")),
    "tv_subscriptions_costcla": (
        "churn_tv_subscriptions.csv.gz",
        TableRequest("tv", "target", "1", dropped=COSTS),
    ),
}
OURS = "Liuke"
FIGURES: dict[str, Callable[[Weighed], float | None]] = {
    "AUC": Weighed.auc,
    "average precision": Weighed.average_precision,
    "log loss": lambda rows: log_loss(rows.ranking.churned, rows.ranking.risk, rows.weight),
    "lift in the top decile": lambda rows: rows.lift_at(0.1),
}
LESS_IS_BETTER = {"log loss"}

Fit = Callable[[pd.DataFrame, Floats, pd.DataFrame, list[str]], Floats]


@dataclass(frozen=True)
class Judged:
    """A method's risks out of fold, shape (n,), and what they took."""

    risk: Floats
    processor_seconds: float


def catboost(rows: pd.DataFrame, churned: Floats, others: pd.DataFrame, texts: list[str]) -> Floats:
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(
        cat_features=texts, thread_count=1, verbose=0, allow_writing_files=False
    )
    risk: Floats = model.fit(rows, churned).predict_proba(others)[:, 1]
    return risk


def sklearn(rows: pd.DataFrame, churned: Floats, others: pd.DataFrame, texts: list[str]) -> Floats:
    from sklearn.ensemble import HistGradientBoostingClassifier

    rows, others = categorical(rows, others, texts)
    model = HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=0)
    risk: Floats = model.fit(rows, churned).predict_proba(others)[:, 1]
    return risk


def lightgbm(rows: pd.DataFrame, churned: Floats, others: pd.DataFrame, texts: list[str]) -> Floats:
    from lightgbm import LGBMClassifier

    rows, others = categorical(rows, others, texts)
    risk: Floats = (
        LGBMClassifier(n_jobs=1, verbose=-1).fit(rows, churned).predict_proba(others)[:, 1]
    )
    return risk


def xgboost(rows: pd.DataFrame, churned: Floats, others: pd.DataFrame, texts: list[str]) -> Floats:
    from xgboost import XGBClassifier

    rows, others = categorical(rows, others, texts)
    model = XGBClassifier(enable_categorical=True, n_jobs=1)
    risk: Floats = model.fit(rows, churned).predict_proba(others)[:, 1].astype(float)
    return risk


PEERS: dict[str, tuple[Fit, tuple[str, ...]]] = {
    "CatBoost": (catboost, ("catboost",)),
    "LightGBM": (lightgbm, ("lightgbm",)),
    "scikit-learn's histogram boosting": (sklearn, ("scikit-learn",)),
    "XGBoost": (xgboost, ("xgboost-cpu", "xgboost")),
}


def categorical(
    rows: pd.DataFrame, others: pd.DataFrame, texts: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both with pandas' categories, as the fitted rows have them; a missing value is one."""
    kinds = {name: pd.CategoricalDtype(sorted(set(rows[name]))) for name in texts}
    known = {
        name: others[name].where(others[name].isin(kind.categories)) for name, kind in kinds.items()
    }
    return rows.astype(kinds), others.assign(**known).astype(kinds)


def native(sample: Sample) -> tuple[pd.DataFrame, list[str]]:
    """The rows under names that every library takes, and which columns are texts."""
    read = [column for column in sample.columns if column.is_read]
    names = {column.name: f"x{place}" for place, column in enumerate(read)}
    texts = [names[column.name] for column in read if column.is_category]
    rows = sample.rows.rename(columns=names)
    return rows.astype(dict.fromkeys(texts, object)), texts


def judged_by_peer(sample: Sample, fit: Fit) -> Judged:
    rows, texts = native(sample)
    risk = np.empty(len(rows))
    began = time.process_time()
    for own in np.unique(sample.fold):
        there = sample.fold == own
        risk[there] = fit(rows[~there], sample.churned[~there], rows[there], texts)
    return Judged(risk, time.process_time() - began)


def judged_by_us(sample: Sample) -> Judged:
    began = time.process_time()
    risk = crossfit(sample.rows, sample.churned, sample.columns, sample.keys, sample.fold, SETTINGS)
    return Judged(risk, time.process_time() - began)


def differences(
    sample: Sample, ours: Floats, theirs: Floats
) -> dict[str, tuple[float, float, float]]:
    """Ours less theirs, figure by figure, with the bounds of the interval."""
    groups, group = np.unique(sample.keys, return_inverse=True)
    ranked = [rank(sample.churned, risk) for risk in (ours, theirs)]

    def statistics(times: Floats) -> dict[Key, float | None]:
        own, other = (one.weigh(times[group]) for one in ranked)
        return {(name,): (of(own) or 0.0) - (of(other) or 0.0) for name, of in FIGURES.items()}

    bounds = intervals(statistics, len(groups), SETTINGS.bootstrap, SETTINGS.seed)
    once = statistics(np.ones(len(groups)))
    found = {}
    for name in FIGURES:
        low, high = bounds[(name,)] or (np.nan, np.nan)
        found[name] = (float(once[(name,)] or 0.0), low, high)
    return found


def compare(folder: Path, name: str) -> tuple[str, dict[str, object]]:
    """The Markdown of one table, and its figures as plain values."""
    file, request = TABLES[name]
    sample = labelled_sample(read_table(folder / name / file).rows, request, SETTINGS)
    judged = {OURS: judged_by_us(sample)}
    for peer, (fit, _) in PEERS.items():
        sys.stderr.write(f"{name}: {peer}\n")
        judged[peer] = judged_by_peer(sample, fit)
    once = np.ones(len(sample.churned))
    values = {
        method: {
            figure: of(rank(sample.churned, one.risk).weigh(once)) for figure, of in FIGURES.items()
        }
        | {"seconds": one.processor_seconds}
        for method, one in judged.items()
    }
    gaps = {peer: differences(sample, judged[OURS].risk, judged[peer].risk) for peer in PEERS}
    return _page_part(name, sample, values, gaps), {"values": values, "differences": gaps}


def _page_part(
    name: str,
    sample: Sample,
    values: dict[str, dict[str, float | None]],
    gaps: dict[str, dict[str, tuple[float, float, float]]],
) -> str:
    excluded = ", ".join(column.name for column in sample.columns if not column.is_read) or "none"
    lines = [
        f"## {name}",
        "",
        f"{len(sample.rows):,} rows, {len(np.unique(sample.keys)):,} different, "
        f"{sample.churned.mean():.1%} positive; columns excluded: {excluded}.",
        "",
        f"| | {' | '.join(FIGURES)} | seconds |",
        "|---" * (len(FIGURES) + 2) + "|",
    ]
    for method, own in values.items():
        cells = [f"{own[figure]:.4f}" for figure in FIGURES] + [f"{own['seconds']:.1f}"]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    lines += ["", f"| {OURS} less | {' | '.join(FIGURES)} |", "|---" * (len(FIGURES) + 1) + "|"]
    for peer, found in gaps.items():
        cells = [_gap(figure, *found[figure]) for figure in FIGURES]
        lines.append(f"| {peer} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _gap(figure: str, gap: float, low: float, high: float) -> str:
    """The difference with its interval; + or - where all of it speaks for us or against us."""
    better, worse = (high < 0, low > 0) if figure in LESS_IS_BETTER else (low > 0, high < 0)
    mark = " **+**" if better else " **-**" if worse else ""
    return f"{gap:+.4f} ({low:+.4f} to {high:+.4f}){mark}"


def installed(names: tuple[str, ...]) -> str:
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "unknown"


def page(parts: list[str]) -> str:
    versions = ", ".join(f"{peer} {installed(names)}" for peer, (_, names) in PEERS.items())
    head = f"""# Liuke's tables against other libraries

Made by `make compare` (`benchmarks/comparison.py`). Out of fold, {SETTINGS.folds} folds, equal
rows in one fold; the same folds, rows and columns for all. The others run at their defaults, with
their native form of categories: {versions}.

Seconds are processor seconds of all folds on one thread; Liuke's hold choosing the shape, stopping,
bagging and calibration. Machine: {platform.machine()}, {os.cpu_count()} cores, Python
{platform.python_version()}.

In the second tables a difference has its 95 % interval, paired, over {SETTINGS.bootstrap:,}
resamples of different rows; **+** and **-** mark those that lie on one side of 0 entirely, for and
against us. Of the log loss less is better.
"""
    return "\n".join([head, *parts])


def main() -> None:
    """Print the page; with --out write it too, with --json the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--tables", nargs="+", default=list(TABLES), choices=TABLES)
    chosen = parser.parse_args()
    root = Path(__file__).parents[1]
    folder = (root / os.environ.get("LIUKE_SHARED", "../shared") / "data").resolve()
    if not folder.is_dir():
        sys.exit(f"no folder {folder}; set LIUKE_SHARED to the folder that holds data/")
    parts, figures = [], {}
    for name in chosen.tables:
        part, figures[name] = compare(folder, name)
        parts.append(part)
    text = page(parts)
    sys.stdout.write(text)
    for path, content in ((chosen.out, text), (chosen.json, json.dumps(figures, indent=1))):
        if path is not None:
            with replacing(path) as temporary:
                temporary.write_text(content, "utf-8")


if __name__ == "__main__":
    main()
