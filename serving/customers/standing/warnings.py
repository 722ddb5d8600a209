"""Warnings (异动): who changed sharply since the night before, and what changed.

Two nights are compared: of each customer in both, the churn risk as each night predicted it, and
the features of declared signs (settings), each as it was known at its night. What changed is said
in words, with the reasons for leaving that are new. Ranked by the later night's value at stake. Of
who objects to automated decisions no prediction is used: only their facts can warn.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features import catalogue
from features.builder import without_days
from features.builder.queries import rows_at
from features.catalogue.families import Feature
from features.engine.store import Histories, open_histories
from features.errors import LakeError
from features.home import Home
from features.words import say
from serving.customers.standing.standing_settings import (
    Sign,
    WarningSettings,
    features_of,
    standing_settings,
)
from serving.scores import kept_scores, last_scores
from serving.scoring.reasons import sign as reason_in_words
from serving.scoring.reasons import spoken

RISK = "risk_rose"
PREDICTED = ("churn_risk", "value_at_stake")
PLACES = ("city", "store_id", "manager_id")


@dataclass(frozen=True)
class Warned:
    """The two nights, who changed, and how many by sign, manager and store."""

    before: str
    as_of: str
    other_model: bool
    customers: list[dict[str, Any]]
    counts: dict[str, dict[str, int]]


def warnings(
    home: Path,
    objecting: Collection[str],
    language: str,
    places: Mapping[str, str] | None = None,
    since: datetime | None = None,
) -> Warned:
    """Who changed sharply between the night before (or that of `since`) and the last one.

    Each customer: customer_id, `PLACES`, value_tier, value_at_stake, risk_before, risk (null for
    who objects), `changes` (sign, about, feature, before, after, text), `new_reasons` in words.
    Raises LakeError where no two nights are kept (its detail `night` where that is about `since`),
    SettingsError where a sign is wrong.
    """
    rules = standing_settings(home).warnings
    features = features_of(home, rules.signs)
    now = last_scores(home)
    then = kept_scores(home, _night_before(home, now["as_of"].iloc[0], since))
    nights = [pd.Timestamp(own["as_of"].iloc[0]).to_pydatetime() for own in (then, now)]
    histories = open_histories(home)
    both = _both(then, now, objecting)
    for name, value in (places or {}).items():
        both = both[both[name] == value].reset_index(drop=True)
    values = _values(histories, nights, list(features.values()), both["customer_id"])
    changed = {RISK: _risk_rose(both, rules)}
    changed |= {name: _changed(values, features[name], sign) for name, sign in rules.signs.items()
                if features[name].name in values}  # fmt: skip
    any_sign = np.any(list(changed.values()), axis=0)
    order = both.assign(any_sign=any_sign)
    order = order[order["any_sign"]].sort_values(
        ["value_at_stake", "customer_id"], ascending=[False, True], na_position="last"
    )
    known = {one.name: one for one in catalogue.features(histories.settings.currency)}
    found = [
        _warning(row, place, changed, values, features, rules, known, language)
        for place, row in zip(order.index, order.to_dict("records"), strict=True)
    ]
    models = {own["model_version"].iloc[0] for own in (then, now)}
    before, as_of = (f"{night:%F}" for night in nights)
    return Warned(before, as_of, len(models) > 1, found, _counts(found))


def nights_kept(home: Path) -> list[str]:
    """The days of the nights whose scores are there, in order."""
    return sorted({path.name[:10] for path in Home(home).scores.glob("????-??-??-*.parquet")})


def _night_before(home: Path, last: Any, since: datetime | None) -> datetime:
    if since is not None:
        if since >= last:
            raise LakeError(
                f"--since {since:%F} is not before the last night, {last:%F}.", night=f"{since:%F}"
            )
        return since
    earlier = [night for night in nights_kept(home) if night < f"{last:%F}"]
    if not earlier:
        raise LakeError(
            f"only the night of {last:%F} was scored, so nothing can be compared. Warnings begin "
            f"with the next `liuke score --as-of DATE`."
        )
    return datetime.fromisoformat(earlier[-1])


def _both(then: pd.DataFrame, now: pd.DataFrame, objecting: Collection[str]) -> pd.DataFrame:
    """The customers of both nights as of now, with risk and reasons before; none of objectors."""
    before = then[["customer_id", "churn_risk", "reasons"]]
    both = now.merge(before, on="customer_id", suffixes=("", "_before"))
    hidden = both["customer_id"].isin(list(objecting))
    both.loc[hidden, [*PREDICTED, "churn_risk_before"]] = np.nan
    both.loc[hidden, ["reasons", "reasons_before"]] = "[]"
    return both


def _values(
    histories: Histories, nights: list[datetime], features: list[Feature], customers: pd.Series
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Of each feature that is delivered its values at both nights, in the customers' order."""
    delivered = {feature.name for feature in histories.features}
    own = {one.name: one for one in features if one.name in delivered}
    chosen = replace(histories, features=tuple(own.values()))
    rows = rows_at(chosen, nights, without_days).to_pandas()
    at = [
        rows[rows["as_of"] == night].set_index("customer_id").reindex(customers) for night in nights
    ]
    return {
        name: (at[0][name].to_numpy(dtype=float), at[1][name].to_numpy(dtype=float)) for name in own
    }


def _risk_rose(both: pd.DataFrame, rules: WarningSettings) -> NDArray[np.bool_]:
    now, then = both["churn_risk"].to_numpy(float), both["churn_risk_before"].to_numpy(float)
    found: NDArray[np.bool_] = (now - then >= rules.risk_rise) & (now >= rules.risk_times * then)
    found &= both["eligible"].to_numpy(dtype=bool)
    return found


def _changed(
    values: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
    feature: Feature,
    sign: Sign,
) -> NDArray[np.bool_]:
    """Who changed by as much as the sign says; who has no value at one of the nights did not."""
    then, now = values[feature.name]
    moved = sign.sign * (now - then)
    found: NDArray[np.bool_] = (moved >= sign.by) & (moved >= sign.share * np.abs(then))
    return found


def _warning(
    row: dict[Any, Any],
    place: int,
    changed: dict[str, NDArray[np.bool_]],
    values: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
    features: dict[str, Feature],
    rules: WarningSettings,
    known: dict[str, Feature],
    language: str,
) -> dict[str, Any]:
    changes = [_risk_words(row, language)] if changed[RISK][place] else []
    for name, sign in rules.signs.items():
        if name in changed and changed[name][place]:
            then, now = (float(own[place]) for own in values[features[name].name])
            changes.append(_change(name, sign, features[name], then, now, language))
    return {
        "customer_id": row["customer_id"],
        **{name: _known(row[name]) for name in PLACES},
        "value_tier": _known(row["value_tier"]),
        "value_at_stake": _rounded(row["value_at_stake"], 2),
        "risk_before": _rounded(row["churn_risk_before"], 4),
        "risk": _rounded(row["churn_risk"], 4),
        "changes": changes,
        "new_reasons": _new_reasons(row, known, rules.new_reasons, language),
    }


def _risk_words(row: dict[Any, Any], language: str) -> dict[str, Any]:
    then, now = float(row["churn_risk_before"]), float(row["churn_risk"])
    text = say("standing", "risk_rose", language, before=then, after=now)
    return {
        "sign": RISK, "about": "risk", "feature": None,
        "before": round(then, 4), "after": round(now, 4), "text": text,
    }  # fmt: skip


def _change(
    name: str, sign: Sign, feature: Feature, then: float, now: float, language: str
) -> dict[str, Any]:
    words = feature.zh if language == "zh" else feature.en
    text = say(
        "standing", "changed", language,
        what=words[:1].upper() + words[1:],
        before=spoken(then, feature.unit, language), after=spoken(now, feature.unit, language),
    )  # fmt: skip
    return {
        "sign": name, "about": sign.about, "feature": feature.name,
        "before": round(then, 4), "after": round(now, 4), "text": text,
    }  # fmt: skip


def _new_reasons(
    row: dict[Any, Any], known: dict[str, Feature], most: int, language: str
) -> list[str]:
    """The strongest reasons for leaving of now that were none before, in words."""
    before = {one["feature"] for one in json.loads(row["reasons_before"]) if one["effect"] > 0}
    new = [
        one
        for one in json.loads(row["reasons"])
        if one["effect"] > 0 and one["feature"] not in before and one["feature"] in known
    ]
    texts = [reason_in_words(one, known[one["feature"]], language) for one in new]
    return [text for text in texts if text is not None][:most]


def _counts(found: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """How many warnings by sign, and how many customers by manager and store, most first."""
    signs = Counter(change["sign"] for own in found for change in own["changes"])
    counts = {"sign": signs}
    for name in ("manager_id", "store_id"):
        counts[name] = Counter(own[name] for own in found if own[name] is not None)
    return {
        name: dict(sorted(own.items(), key=lambda one: (-one[1], one[0])))
        for name, own in counts.items()
    }


def _known(value: Any) -> Any:
    return None if pd.isna(value) else value


def _rounded(value: Any, digits: int) -> float | None:
    return None if pd.isna(value) else round(float(value), digits)
