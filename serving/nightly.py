"""The nightly run: every customer in the network scored with reasons, whole or not at all.

    <home>/lake/scores/2026-03-02-*.parquet   for lists and work lists
    <home>/latest.sqlite                      for the service; names the scores that count

Columns of the scores: customer_id, as_of, churn_risk, raw_score, revenue (mean closed bill, in
the currency, null without bills), eligible (the label speaks of the customer), consent,
universal_holdout, open_complaint, reasons (JSON: feature, value, effect), model_version; and of
the value, null where the champion has no model of it: value_tier (today's), foretold_tier,
chance_standard to chance_diamond, margin (a month), value_at_stake and expected_loss (in the
currency; the loss is what the month's churn risk takes from the value at stake), potential
(`serving.potential`: proposed, qualified, or null).
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.atomic import remove, replacing, sweep
from features.contacts import in_universal_holdout
from features.errors import LakeError
from features.histories import Histories, build_histories, open_histories
from features.matrix import matrix
from features.progress import Progress, silent
from features.tiers import TIERS
from serving.latest import (
    SUMS,
    Latest,
    Night,
    Rows,
    categories_of,
    latest_path,
    numbers_of,
    sums_of,
    write_latest,
)
from serving.potential import check_rule, potential
from serving.scoring import Champion, check_fingerprint, load_champion, score_rows
from serving.settings import serving_settings
from training.margins import recent_sums

CHUNK = 1_000
SIGNS = 3  # reasons for leaving that a list can tell of a customer
STALE_DAYS = 9  # use older than this at the base's date is a feed that did not come
REVENUE = "bill_{currency}_13w_mean"
COMPLAINTS = "unresolved_complaints"


@dataclass(frozen=True)
class ScoredBase:
    """What a night brought: where it lies, of whom, by which version."""

    path: Path
    as_of: str
    customers: int
    eligible: int
    mean_risk: float
    model_version: str


@dataclass(frozen=True)
class BuiltBase:
    """The feature rows of everyone in the network at a date, and where they lie."""

    path: Path
    as_of: str
    customers: int
    features: int
    fingerprint: str


def base(
    home: Path, as_of: datetime, progress: Progress = silent
) -> tuple[Histories, pd.DataFrame]:
    """The histories, brought up to date, and the feature rows of everyone in the network."""
    build_histories(home, progress)
    histories = open_histories(home)
    _refuse_stale_use(histories, as_of)
    progress("features", 0, 1)
    rows: pd.DataFrame = histories.connection.execute(matrix(histories, [as_of]))
    progress("features", 1, 1)
    if rows.empty:
        raise LakeError(
            f"nobody is in the network at {as_of:%F}. Is the date within the imported history?"
        )
    return histories, rows.sort_values("customer_id", ignore_index=True)


def build_base(home: Path, as_of: datetime, progress: Progress = silent) -> BuiltBase:
    """Bring the histories up to date and write the base's feature rows as Parquet.

    Raises LakeError, OutputError.
    """
    histories, rows = base(home, as_of, progress)
    path = home / "lake" / "matrix" / f"{as_of:%F}.parquet"
    with replacing(path) as aside:
        rows.to_parquet(aside, index=False)
    return BuiltBase(path, f"{as_of:%F}", len(rows), len(histories.features), histories.fingerprint)


def score_base(home: Path, as_of: datetime, progress: Progress = silent) -> ScoredBase:
    """Score everyone in the network at `as_of` with the champion and replace last night's result.

    Raises NoChampion, FingerprintMismatch, BundleError, LakeError, SettingsError, OutputError;
    last night's result is then as it was.
    """
    champion = load_champion(home)
    rule = serving_settings(home).potential
    check_rule(home, rule)
    histories, rows = base(home, as_of, progress)
    names = tuple(feature.name for feature in histories.features)
    check_fingerprint(champion.bundle, names, histories.fingerprint, "of the imported feeds")
    rows = _with_sums(histories, rows, as_of)
    parts = []
    for start in range(0, len(rows), CHUNK):
        progress("scores and reasons", start, len(rows))
        parts.append(_scored(champion, rows.iloc[start : start + CHUNK]))
    progress("scores and reasons", len(rows), len(rows))
    scores = pd.concat([_about(rows, histories), pd.concat(parts, ignore_index=True)], axis=1)
    scores["potential"] = potential(scores, rows, rule)
    path = scores_folder(home) / f"{as_of:%F}-{uuid.uuid4().hex[:8]}.parquet"
    sweep(path.parent)
    night = Night(f"{as_of:%F}", names, histories.fingerprint, path.name)
    try:
        with replacing(path) as aside:
            scores.assign(model_version=champion.version).to_parquet(aside, index=False)
        # From here on the new night counts, for the service and for the lists.
        write_latest(home, rows, histories.features, night)
    except BaseException:
        # A failure after the swap must not take the scores that the swap names.
        if not _is_of_last_night(home, path):
            remove(path)
        raise
    for older in path.parent.glob(f"{as_of:%F}-*.parquet"):
        if older != path:
            remove(older)
    return ScoredBase(
        path,
        night.as_of,
        len(scores),
        int(scores["eligible"].sum()),
        float(scores.loc[scores["eligible"], "churn_risk"].mean()),
        champion.version,
    )


def scores_folder(home: Path) -> Path:
    return home / "lake" / "scores"


def last_scores(home: Path) -> pd.DataFrame:
    """The scores of the night that the service answers from. Raises LakeError without one."""
    latest = Latest(home)
    latest.close()
    path = scores_folder(home) / latest.night.scores
    if not path.exists():
        raise LakeError(f"{path} is not there. Make it anew with `liuke score --as-of DATE`.")
    return pd.read_parquet(path)


def _is_of_last_night(home: Path, path: Path) -> bool:
    """Whether the rows of the service name these scores; unreadable ones name none."""
    if not latest_path(home).is_file():
        return False
    try:
        latest = Latest(home)
    except LakeError:
        return False
    latest.close()
    return latest.night.scores == path.name


def _refuse_stale_use(histories: Histories, as_of: datetime) -> None:
    """Raises LakeError where the latest use is so old that its feed cannot have come."""
    days = histories.tables["days"]
    newest = histories.connection.execute(days.filter(days.known_at < as_of).day.max())
    if pd.isna(newest) or (as_of - pd.Timestamp(newest)).days > STALE_DAYS:
        found = "there is none" if pd.isna(newest) else f"the latest is of {newest:%F}"
        raise LakeError(
            f"no use is known of the {STALE_DAYS} days before {as_of:%F}; {found}. Import the "
            f"usage of these days first, or ask for an earlier date: missing use would be "
            f"taken for silence."
        )


def _scored(champion: Champion, rows: pd.DataFrame) -> pd.DataFrame:
    features = champion.features
    read = Rows(numbers_of(rows, features), categories_of(rows, features), sums_of(rows))
    scored = score_rows(champion, read, least_leaving=SIGNS)
    value = scored.value
    chances = np.full((len(rows), len(TIERS)), np.nan) if value.chances is None else value.chances
    return pd.DataFrame(
        {
            "churn_risk": scored.risk,
            "raw_score": scored.raw,
            "reasons": [json.dumps(told, ensure_ascii=False) for told in scored.reasons],
            "value_tier": _told(value.tier, len(rows), "str"),
            "foretold_tier": _told(value.foretold, len(rows), "str"),
            **{f"chance_{tier}": chances[:, place] for place, tier in enumerate(TIERS)},
            "margin": _told(value.margin, len(rows), "float64"),
            "value_at_stake": _told(value.at_stake, len(rows), "float64"),
            "expected_loss": _told(value.expected_loss, len(rows), "float64"),
        }
    )


def _told(values: Any, count: int, dtype: str) -> pd.Series:
    """A column of the scores, null throughout where there are no values."""
    return pd.Series(values if values is not None else [None] * count, dtype=dtype)


def _with_sums(histories: Histories, rows: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """The rows with the sums of the latest bills, null where none is known."""
    if "bills" not in histories.tables:
        return rows
    sums = recent_sums(histories, [as_of])[["customer_id", *SUMS]]
    return rows.merge(sums, on="customer_id", how="left", validate="one_to_one")


def _about(rows: pd.DataFrame, histories: Histories) -> pd.DataFrame:
    """Who the customers are, as far as the rules of contact need to know."""
    revenue = REVENUE.format(currency=histories.settings.currency.lower())
    holdout = histories.settings.holdout
    return pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "as_of": rows["as_of"],
            "revenue": rows[revenue] if revenue in rows else float("nan"),
            "eligible": rows["eligible"].astype(bool),
            "consent": rows["consent"].astype(bool),
            "universal_holdout": [
                in_universal_holdout(own, holdout) for own in rows["customer_id"]
            ],
            "open_complaint": rows[COMPLAINTS] > 0 if COMPLAINTS in rows else False,
        }
    )
