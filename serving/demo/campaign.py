"""The demo's campaign: a list for a budget, and what it and other policies would really bring.

Only a simulation knows that: its truth says how each customer would answer each offer. All policies
choose among the same treated customers under the same limits, and are played with the same luck,
several times over. The oracle chooses by the true expected gains.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sqlalchemy import Engine

from features.errors import RequestRefused
from features.home import Home
from features.progress import Progress
from features.simulate.truth.respond import expect, respond
from serving.retention.campaign import store
from serving.retention.campaign.making import Made
from serving.retention.campaign.running import Worker
from serving.retention.choice import Options
from serving.retention.offers import offer_costs
from serving.retention.retention_settings import retention_settings
from serving.retention.selection.picking import picked, ranked
from serving.retention.selection.request import parsed

BUDGET = 60_000
DRAWS = 10
NOTHING_LEFT = ("none_left",)
REQUEST: Mapping[str, Any] = {
    "name": "demo", "purpose": "retention", "owner": "demo", "budget": BUDGET,
    "control_share": 0.1, "seed": 1,
}  # fmt: skip

Places = NDArray[np.int64]
Floats = NDArray[np.float64]


def make_campaign(
    home: Path, engine: Engine, now: datetime, today: datetime, progress: Progress
) -> dict[str, Any] | None:
    """Make the demo's list; its figures, null where the rules leave no customer of a tiny demo.

    `now` is the simulated operator's, `today` that of who runs the demo: the list is valid still.
    """
    started = time.monotonic()
    worker = Worker(
        home, engine, retention_settings(home), lambda: now,
        lambda _found, _detail, work: _in_one(engine, work),
    )  # fmt: skip
    expires = f"{max(now, today) + timedelta(days=60):%F}"
    request = parsed({**REQUEST, "expires": expires}, now)
    try:
        own, made = worker.made(request, "demo", progress)
    except RequestRefused as refused:
        if refused.code in NOTHING_LEFT:
            return None
        raise
    result = own.result
    assert result is not None
    return {
        "id": own.id,
        "folder": str(store.folder(home, own.id)),
        "gain_expected": result["gain_expected"]["value"],
        **true_gains(home, made, now),
        "gap": result["gap"],
        "result": dict(result),
        "seconds": round(time.monotonic() - started, 1),
    }


def _in_one(engine: Engine, work: Any) -> None:
    with engine.begin() as connection:
        work(connection)


def true_gains(home: Path, made: Made, now: datetime) -> dict[str, float]:
    """What the list and the other policies really bring, in the currency's unit.

    Means over `DRAWS` draws of the customers' luck.
    """
    options, control, limits = made.options, made.draw.control, made.limited.limits
    scores = made.people.scores.iloc[made.free]
    truth, costs = Home(home).truth, offer_costs(home, now)
    rows = _contacts(options, scores["customer_id"].to_numpy(), costs, truth)
    true = replace(options, gain_fen=_true_gain(truth, rows))
    chosen = {
        "gain_true": made.picked.treated,
        "gain_true_oracle": picked(true, control, limits).treated,
        "gain_true_by_risk": _ranked(made, scores["churn_risk"]),
        "gain_true_by_value": _ranked(made, scores["value_at_stake"]),
    }
    return {name: _played(truth, rows.iloc[places]) for name, places in chosen.items()}


def _ranked(made: Made, by: pd.Series) -> Places:
    value = by.fillna(-1.0).to_numpy(dtype=float)
    return ranked(made.options, made.draw.control, made.limited.limits, value)[0]


def _contacts(
    options: Options, customer_ids: NDArray[Any], costs: Mapping[str, int], truth: Path
) -> pd.DataFrame:
    """One row an option: customer_id, offer, its cost, that of the contact, and whether in truth.

    Who has left unseen since the night is in no truth: the contact costs, and does not arrive.
    """
    offers = np.array([arm.offer for arm in options.arms], dtype=object)[options.arm]
    offer_cost = np.array([costs[arm.offer] for arm in options.arms])[options.arm]
    there = pq.read_table(truth / "future.parquet", columns=["customer_id"])["customer_id"]
    ids = customer_ids[options.customer]
    return pd.DataFrame(
        {
            "customer_id": ids,
            "offer": offers,
            "offer_fen": offer_cost,
            "contact_fen": options.cost_fen - offer_cost,
            "is_there": np.isin(ids.astype(str), np.unique(there.to_numpy().astype(str))),
        }
    )


def _true_gain(truth: Path, rows: pd.DataFrame) -> Floats:
    """The expected gain of each option in truth, in fen."""
    gain = -rows["contact_fen"].to_numpy(dtype=float)
    there = rows["is_there"].to_numpy()
    pairs = rows.loc[there, ["customer_id", "offer"]]
    kinds = pairs.drop_duplicates(ignore_index=True)
    found = pairs.merge(
        kinds.assign(**expect(truth, kinds)[["acceptance", "saved_margin_fen"]]), how="left"
    )
    offer_fen = rows.loc[there, "offer_fen"].to_numpy()
    gain[there] += (found["saved_margin_fen"] - found["acceptance"] * offer_fen).to_numpy()
    return gain


def _played(truth: Path, rows: pd.DataFrame) -> float:
    """The mean gain of these contacts over the draws, in the currency's unit."""
    there = rows[rows["is_there"]]
    if not len(there):
        return -float(rows["contact_fen"].sum()) / 100
    gains = []
    for draw in range(1, DRAWS + 1):
        found = respond(truth, there, draw)
        spent = np.where(found["accepted"], there["offer_fen"], 0).sum()
        gains.append(found["saved_margin_fen"].sum() - spent)
    return round((float(np.mean(gains)) - float(rows["contact_fen"].sum())) / 100, 2)
