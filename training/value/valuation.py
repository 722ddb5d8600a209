"""Value in a training: the bounds of the tiers, the models, and what the test dates say of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from features.engine.store import Histories
from features.errors import NotEnoughData
from features.histories import contracts, people
from features.histories.bills.tiers import Bounds, cut_bounds, names, tiers_of
from features.progress import Progress, silent
from training.churn import ChurnModel, churned
from training.churn.calibration import EVERYONE
from training.fit_settings import TrainingSettings
from training.panels import modelled, weights
from training.value import ValueModels, sums_of
from training.value.figures import Figures, value_figures
from training.value.fit import fit_value
from training.value.margins import recent_sums, value_panel


@dataclass(frozen=True)
class Valuation:
    """`bounds` is null without bills; `models` where the history is too short, and `figures`
    then hold only the `note` that says why."""

    bounds: Bounds | None
    models: ValueModels | None
    figures: Figures


def valuate(
    histories: Histories,
    as_of: datetime,
    rows: pd.DataFrame,
    churn: ChurnModel,
    settings: TrainingSettings,
    progress: Progress = silent,
) -> Valuation:
    """The value part of a training at `as_of`; `rows` is the churn model's panel.

    Too little history is not an error here: churn can be predicted from less.
    """
    bounds = tier_bounds(histories, as_of)
    if bounds is None:
        return Valuation(None, None, {"note": "no bill is known, so no value can be predicted."})
    try:
        panel = value_panel(histories, as_of, settings, rows, progress)
    except NotEnoughData as little:
        return Valuation(bounds, None, {"note": little.message})
    models = fit_value(
        panel, churn.columns, churn.maps, bounds, settings, base_risks(rows), progress
    )
    figures = value_figures(models, panel, churn.columns, churn.maps, bounds, settings.fit)
    return Valuation(bounds, models, figures)


def tier_bounds(histories: Histories, as_of: datetime) -> Bounds | None:
    """The bounds of the tiers over the individual customers in the network, by bills known."""
    if "bills" not in histories.tables:
        return None
    sums = recent_sums(histories, [as_of])
    standing = contracts.standing(histories.tables["contracts"], [as_of])
    there = standing.filter(standing.standing != "left").select("customer_id")
    sums = sums[sums["customer_id"].isin(histories.connection.execute(there)["customer_id"])]
    profiles = people.profile(histories.tables["customers"], [as_of])
    if "group_id" in profiles.columns:
        members = profiles.filter(profiles.group_id.notnull()).select("customer_id")
        apart = histories.connection.execute(members)["customer_id"]
        sums = sums[~sums["customer_id"].isin(apart)]
    revenue_fen, bills = (sums[name].to_numpy(dtype=np.int64) for name in ("revenue_fen", "bills"))
    return cut_bounds(revenue_fen, bills, histories.settings.tiers)


def with_tiers(histories: Histories, rows: pd.DataFrame, bounds: Bounds | None) -> pd.DataFrame:
    """The rows (customer_id, as_of) with the `value_tier` known then; as given without bounds."""
    if bounds is None:
        return rows
    dates = [pd.Timestamp(date).to_pydatetime() for date in rows["as_of"].unique()]
    keys = rows[["customer_id", "as_of"]].astype({"as_of": "datetime64[us]"})
    sums = sums_of(
        keys.merge(recent_sums(histories, dates), on=["customer_id", "as_of"], how="left")
    )
    tier = pd.Series(names(tiers_of(sums[:, 1], sums[:, 0], bounds)), rows.index, name="value_tier")
    return pd.concat([rows, tier], axis=1)


def base_risks(rows: pd.DataFrame) -> dict[str, float]:
    """The share that left within the horizon, of each payment mode and of everyone.

    Over the calibration period of the panel, as the calibrated risks are.
    """
    own = rows[(rows["period"] == "calibration").to_numpy() & modelled(rows)]
    label, weight, modes = churned(own), weights(own), own["payment_mode"].astype(str)
    parts = {mode: (modes == mode).to_numpy() for mode in modes.unique()}
    shares = {
        mode: float(np.average(label[part], weights=weight[part])) for mode, part in parts.items()
    }
    return {EVERYONE: float(np.average(label, weights=weight)), **shares}
