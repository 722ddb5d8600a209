"""RFM, credit rating (信誉度) and points (积分) of everyone at a moment, by the declared rules.

Plain sums over features and bills as they were known: nothing is predicted. Points are those earned
by bills; what was redeemed for them is in no feed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from ibis.expr.types import IntegerValue, Table
from numpy.typing import NDArray

from features import catalogue
from features.engine.store import Histories
from features.errors import SettingsError
from features.histories.bills import billing
from features.histories.bills.tiers import FEN
from features.windows import MONTH_DAYS
from serving.customers.standing.standing_settings import (
    CreditSettings,
    Level,
    PointSettings,
    RfmSettings,
    StandingSettings,
    Term,
)

MEASURES = ("rfm", "credit", "points")
Floats = NDArray[np.float64]


def check_rules(rules: StandingSettings, currency: str) -> None:
    """Raises SettingsError where a rule names what no feature that is a number is called."""
    declared = {feature.name: feature for feature in catalogue.features(currency)}
    for name, feature in rules.feature_names(currency).items():
        if feature not in declared or declared[feature].is_category:
            raise SettingsError(
                f"standing.toml: {name} names {feature}; expected a feature that is a number. "
                f"docs/features.md lists them."
            )


def input_names(measure: str, rules: StandingSettings) -> tuple[str, ...]:
    """What a measure is computed from, as `standing_of` names the columns."""
    if measure == "rfm":
        return tuple(rules.rfm.levels)
    return (*rules.credit.terms, "score") if measure == "credit" else ("points",)


def standing_of(
    rows: pd.DataFrame, points: pd.Series, rules: StandingSettings, currency: str
) -> pd.DataFrame:
    """One row a customer: customer_id, `rfm` (such as 535), `credit`, `points`, and their inputs.

    `rows` has the features, where they are delivered; `points` is by customer_id. The inputs are
    the values of the features under the rule's names, NaN where not known, and `score`.
    """
    names = rules.feature_names(currency)
    inputs = {
        name: rows[feature].to_numpy(dtype=float) if feature in rows else np.full(len(rows), np.nan)
        for name, feature in names.items()
    }
    score = scores_of(inputs, rules.credit)
    found = pd.DataFrame(
        {
            "customer_id": rows["customer_id"].to_numpy(),
            "rfm": rfm_of(inputs, rules.rfm),
            "credit": grades_of(score, rules.credit),
            "points": points.reindex(rows["customer_id"]).fillna(0).to_numpy(dtype=np.int64),
            "score": score,
        }
    )
    return found.assign(**inputs)


def rfm_of(inputs: Mapping[str, Floats], rfm: RfmSettings) -> NDArray[np.object_]:
    """The levels of recency, frequency and monetary value side by side, such as 535."""
    levels = [levels_of(inputs[name], level) for name, level in rfm.levels.items()]
    return np.array(["".join(map(str, own)) for own in zip(*levels, strict=True)], dtype=object)


def levels_of(values: Floats, level: Level) -> NDArray[np.int64]:
    """The level of each value, from 1, the worst; a value that is not known is of level 1.

    >>> levels_of(np.array([0, 3, 14, np.nan]), Level("f", "down", (3.0, 7.0)))
    array([3, 2, 1, 1])
    >>> levels_of(np.array([0, 3, 14, np.nan]), Level("f", "up", (3.0, 7.0)))
    array([1, 2, 3, 1])
    """
    reached = np.searchsorted(np.array(level.bounds), values, side="right")
    if level.better == "down":
        reached = len(level.bounds) - reached
    found: NDArray[np.int64] = np.where(np.isnan(values), 0, reached).astype(np.int64) + 1
    return found


def scores_of(inputs: Mapping[str, Floats], credit: CreditSettings) -> Floats:
    """The credit scores; what is not known adds nothing."""
    added = [added_by(inputs[name], term) for name, term in credit.terms.items()]
    found: Floats = np.round(credit.base + np.sum(added, axis=0), 6)
    return found


def added_by(values: Floats, term: Term) -> Floats:
    """What the term adds for each value of its feature.

    >>> added_by(np.array([1, 4, np.nan]), Term("overdue_bills", -15.0, 45.0))
    array([-15., -45.,   0.])
    """
    points = np.nan_to_num(values) * term.points
    found: Floats = np.clip(points, -term.most, term.most) + 0.0  # never -0
    return found


def grades_of(scores: Floats, credit: CreditSettings) -> NDArray[np.object_]:
    """The highest grade whose bound each score reaches."""
    names = np.array([credit.lowest, *credit.grades], dtype=object)
    found: NDArray[np.object_] = names[
        np.searchsorted(np.array(list(credit.grades.values())), scores, side="right")
    ]
    return found


def points_at(histories: Histories, moment: datetime, rules: StandingSettings) -> pa.Table:
    """customer_id and `points` of each customer with a bill in the time that counts."""
    if "bills" not in histories.tables:
        return pa.table({"customer_id": pa.array([], pa.string()), "points": pa.array([], "int64")})
    held = points_held(histories.tables["bills"], [moment], rules.points)
    found: pa.Table = histories.connection.to_pyarrow(held.drop("as_of"))
    return found


def points_held(bills: Table, moments: Sequence[datetime], rule: PointSettings) -> Table:
    """customer_id, as_of and `points`: those of the bills that count at each moment."""
    seen = billing.bills(bills, moments)
    seen = seen.filter(seen.days < rule.months * MONTH_DAYS)
    sums = seen.group_by("customer_id", "as_of").agg(fen=seen.revenue_fen.sum().cast("int64"))
    return sums.select("customer_id", "as_of", points=earned(sums.fen, rule))


def earned(fen: IntegerValue, rule: PointSettings) -> IntegerValue:
    """The points of a sum of bills, exact in whole fen: a rounded product could lose one."""
    return (fen * round(rule.per_unit * 1000) // (FEN * 1000)).cast("int64")
