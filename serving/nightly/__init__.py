"""The nightly run: every customer in the network scored with reasons, all or nothing.

<home>/lake/scores/2026-03-02-*.parquet   for retention lists
<home>/latest.sqlite                      for the service; names the scores that count
<home>/counter.sqlite                     for the counter: bills and use by month
<home>/lake/standing/2026-03-02.parquet   what changed in RFM, credit rating and points
<home>/lake/profiles/2026-03-02.3.json.gz what it was computed from, counted
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.builder.base import base_rows, current_histories
from features.disk.atomic import remove, replacing, sweep
from features.disk.locks import writing
from features.disk.parquet import ParquetParts
from features.engine.store import Histories, histories_id
from features.histories.bills.tiers import TIERS
from features.histories.contacts import in_universal_holdout
from features.home import Home
from features.progress import Progress, silent
from features.settings import FeatureSettings, home_settings
from serving.campaigns.publishing import publish_last
from serving.customers.potential import check_rule, potential
from serving.customers.rights.objections import objecting
from serving.customers.standing.nights import keeping_standing
from serving.customers.standing.rules import check_rules
from serving.customers.standing.standing_settings import standing_settings
from serving.decision.bill_fit.prepared import prepare_counter
from serving.monitoring.profiles import Profiling
from serving.scores import (
    AGES,
    DISTANCES,
    PROFILE,
    SCORES,
    SIGNS,
    reasons_changed,
    scores_of_last_night,
)
from serving.scores.known import known_facts
from serving.scores.latest import Night, Rows, as_json, places_of, replacing_latest, rows_of
from serving.scoring import (
    OTHER_FEATURES,
    LoadedChampion,
    check_features,
    load_champion,
    score_rows,
)
from serving.service_settings import serving_settings
from training.models.definitions import FeatureRows

REVENUE = "bill_{currency}_13w_mean"
COMPLAINTS = "unresolved_complaints"
OVERDUE = "overdue_{currency}"


@dataclass(frozen=True)
class ScoredBase:
    """What a night brought: where it lies, of whom, by which version.

    `reasons_changed`: see `serving.scores.reasons_changed`, against last night; null without one.
    """

    path: Path
    as_of: str
    customers: int
    eligible: int
    mean_risk: float | None
    model_version: str
    reasons_changed: float | None


def score_base(home: Path, as_of: datetime, progress: Progress = silent) -> ScoredBase:
    """Score everyone in the network at `as_of` with the champion and replace last night's result.

    Part after part, so that the memory does not grow with the customers. Raises NoChampion,
    FingerprintMismatch, BundleError, LakeError, SettingsError, OutputError, HomeBusy; last night's
    result is then as it was.
    """
    with writing(home, "liuke score"):
        return _score_base(home, as_of, progress)


def _score_base(home: Path, as_of: datetime, progress: Progress) -> ScoredBase:
    champion = load_champion(home)
    rule = serving_settings(home).potential
    check_rule(home, rule)
    standing = standing_settings(home)
    check_rules(standing, home_settings(home, "features", FeatureSettings).currency)
    publish_last(home, as_of, progress)
    histories = current_histories(home, as_of, progress)
    names = tuple(feature.name for feature in histories.features)
    given = FeatureRows(names, histories.fingerprint, histories.definitions)
    check_features(champion.bundle, given, "of the imported feeds", OTHER_FEATURES)
    path = Home(home).scores / f"{as_of:%F}-{uuid.uuid4().hex[:8]}.parquet"
    sweep(path.parent)
    before, objected = scores_of_last_night(home), objecting(home)
    night = Night(
        f"{as_of:%F}",
        names,
        histories.fingerprint,
        path.name,
        definitions=histories.definitions,
        histories=histories_id(home),
    )
    profiling = Profiling(home, as_of, champion.version, histories.features, histories.definitions)
    customers, eligible, risk = 0, 0, 0.0
    try:
        # The scores take their place first; from the swap of the service's rows on, which name
        # them, the new night counts; the standing follows.
        with (
            keeping_standing(home, histories, as_of, standing) as keep,
            replacing_latest(home, night) as add,
            replacing(path) as temporary,
            ParquetParts(temporary, SCORES) as parquet,
        ):
            for rows in base_rows(histories, as_of, "scores and reasons", progress):
                # All that the feeds give, so that another version can answer from the rows too.
                kept = rows_of(rows, histories.features)
                own = kept.of(champion.bundle.features, names)
                scores = _scores(champion, histories, rows, own)
                scores["potential"] = potential(scores, rows, rule)
                scores.loc[scores["customer_id"].isin(objected), "potential"] = None
                parquet.write(scores.assign(model_version=champion.version))
                add(rows["customer_id"], kept, places_of(rows))
                keep(rows)
                profiling.add(rows, kept.numbers, scores)
                customers += len(scores)
                eligible += int(scores["eligible"].sum())
                risk += float(scores["churn_risk"].where(scores["eligible"], 0).sum())
        changed = None
        if before is not None:
            changed = reasons_changed(before, path, histories.connection.con)
    except BaseException:
        # A failure after the swap must not take the scores that the swap names.
        if scores_of_last_night(home) != path:
            remove(path)
        raise
    histories.connection.disconnect()  # what it holds would stand beside the counter's
    prepare_counter(home, as_of)
    known_facts(home, night, None).keep_parts()
    profiling.keep()
    for older in path.parent.glob(f"{as_of:%F}-*.parquet"):
        if older != path:
            remove(older)
    return ScoredBase(
        path,
        night.as_of,
        customers,
        eligible,
        risk / eligible if eligible else None,
        champion.version,
        changed,
    )


def _scores(
    champion: LoadedChampion, histories: Histories, rows: pd.DataFrame, kept: Rows
) -> pd.DataFrame:
    scored = score_rows(champion, kept, min_leaving=SIGNS)
    value = scored.value
    chances = np.full((len(rows), len(TIERS)), np.nan) if value.chances is None else value.chances
    return _about(rows, histories).assign(
        churn_risk=scored.risk,
        raw_score=scored.raw,
        reasons=[as_json(own) for own in scored.reasons],
        first_reason=_column(
            [own[0]["feature"] if own else None for own in scored.reasons], len(rows), "str"
        ),
        value_tier=_column(value.tier, len(rows), "str"),
        predicted_tier=_column(value.predicted, len(rows), "str"),
        **{f"chance_{tier}": chances[:, place] for place, tier in enumerate(TIERS)},
        margin=_column(value.margin, len(rows), "float64"),
        value_at_stake=_column(value.at_stake, len(rows), "float64"),
        expected_loss=_column(
            value.expected_loss(champion.bundle, scored.modes), len(rows), "float64"
        ),
    )


def _column(values: Any, count: int, dtype: str) -> pd.Series:
    """A column of the scores, null throughout where there are no values."""
    return pd.Series(values if values is not None else [None] * count, dtype=dtype)


def _about(rows: pd.DataFrame, histories: Histories) -> pd.DataFrame:
    """Who the customers are, as far as the rules of contact and searches need to know."""
    currency = histories.settings.currency.lower()
    revenue = REVENUE.format(currency=currency)
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
            **{name: rows.get(name) for name in PROFILE},
            **{name: _days(rows, name) for name in (*DISTANCES, *AGES)},
            "overdue": rows.get(OVERDUE.format(currency=currency)),
        },
        index=rows.index,
    )


def _days(rows: pd.DataFrame, name: str) -> pd.Series | None:
    """Whole days of a feature, null where it is not known; null where it is not delivered."""
    return rows[name].astype("Int64") if name in rows else None
