"""A list from a request: who may be on it, the draw, the choice, and what is said of it all.

The same base, request, settings and seed give the same list to the last row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from features.engine.store import open_last_histories
from features.errors import LakeError, RequestRefused, SettingsError
from features.histories.bills.tiers import FEN
from features.progress import Progress, silent
from serving.access.principal import Scope
from serving.retention.campaign.store import ANYONE, Caller
from serving.retention.choice import Options
from serving.retention.choice.curve import Curve, curve
from serving.retention.drawing.arms import CONTROL, TREATED, Draw, draw
from serving.retention.drawing.circles import circles, crossing, friends
from serving.retention.drawing.power import Power, power
from serving.retention.learned.posterior import Learned, learned
from serving.retention.offers import offer_costs
from serving.retention.retention_settings import RetentionSettings
from serving.retention.rules.last import last_contacts
from serving.retention.selection.expected import Expected, expected
from serving.retention.selection.gains import (
    Valued,
    arms_of,
    entitlements,
    hopeful_fen,
    options_of,
)
from serving.retention.selection.limits import Limited, limited
from serving.retention.selection.people import People, check_capacities, people, unknown
from serving.retention.selection.picking import Picked, picked
from serving.retention.selection.request import RANKINGS, ListRequest
from serving.retention.selection.trying import Lots, by_lot
from serving.scores import last_scores
from serving.scoring import load_version
from training.models.bundle import Bundle


@dataclass(frozen=True)
class Made:
    """A list, and all that it followed from.

    `members` are its rows (see `members_of`), both arms, with the last contact of each; `free` the
    places, in `people`, of the customers that the options of `lots` number from 0; `entitled`: of
    each of them a number, the same for who may have the same offers. `label`: what the risk is of;
    `held_days`: from now until the labels are known; `learned`: what evidence changed of the
    assumptions.
    """

    request: ListRequest
    as_of: datetime
    model_version: str
    people: People
    free: NDArray[np.int64]
    draw: Draw
    entitled: NDArray[np.int64]
    ties: NDArray[np.int64]
    lots: Lots
    limited: Limited
    picked: Picked
    members: pd.DataFrame
    expected: Expected
    power: Power
    curve: Curve
    label: Mapping[str, Any]
    crossing: int
    crossing_alone: int
    held_days: int
    learned: Learned | None = None

    @property
    def options(self) -> Options:
        return self.lots.options


def make(
    home: Path,
    connection: Connection,
    request: ListRequest,
    settings: RetentionSettings,
    now: datetime,
    caller: Caller = ANYONE,
    progress: Progress = silent,
) -> Made:
    """The list. Raises RequestRefused for what the base cannot give, and LakeError."""
    scores = _within(last_scores(home), caller.scope)
    check_capacities(request, scores, settings)
    known = learned(home, connection, settings)
    settings = settings if known is None else known.settings
    costs = offer_costs(home, now)
    arms = arms_of(settings, costs, request.offers)
    offered = [settings.offers[name] for name in dict.fromkeys(arm.offer for arm in arms)]
    _check_offers(request, settings, costs)
    step = _Steps(progress)
    owner = caller.id or request.owner
    found = people(
        home, connection, scores, request, settings, now, caller.role, caller.scope, owner
    )
    step.done()
    own = scores.iloc[found.free].reset_index(drop=True)
    bundle = load_version(home, str(scores["model_version"].iloc[0])).bundle
    customers = valued(own, bundle, settings.risk.persistence)
    bounds = limited(request, own, settings)
    lots = by_lot(
        options_of(customers, arms, settings, costs, bounds.codes),
        lambda: hopeful_fen(customers, arms, settings, costs),
        len(own), request.trial_share, request.seed,
    )  # fmt: skip
    options = lots.options
    step.done()
    ties = friends(
        open_last_histories(home), own["customer_id"].to_numpy(), scores["as_of"].iloc[0]
    )
    units = circles(own["group_id"].to_numpy(dtype=object), ties)
    drawn, alone = (
        draw(
            own["customer_id"].to_numpy(), each, customers.tier, customers.churn_risk,
            request.control_share, request.seed,
        )
        for each in (units, np.arange(len(own)))
    )  # fmt: skip
    step.done()
    by = None if request.ranking == RANKINGS[0] else own[request.ranking].fillna(-1.0).to_numpy()
    chosen = picked(options, drawn.control, bounds.limits, by)
    step.done()
    members = members_of(own, lots, chosen, drawn, request, bundle, now, units)
    members = members.join(
        last_contacts(
            home, connection, members["customer_id"].tolist(), settings.rules,
            scores["as_of"].iloc[0].to_pydatetime(), now,
        )
    )  # fmt: skip
    places = np.concatenate([chosen.treated, chosen.control])
    on_list = options.customer[places]
    outlook = expected(
        customers, options, lots.expected_fen, chosen.treated, settings, costs, request.seed
    )
    is_control = np.repeat([False, True], [len(chosen.treated), len(chosen.control)])
    return Made(
        request, scores["as_of"].iloc[0].to_pydatetime(), str(scores["model_version"].iloc[0]),
        found, found.free, drawn, entitlements(customers, offered), ties, lots, bounds, chosen,
        members, outlook,
        power(customers.churn_risk[on_list], units[on_list], is_control, outlook.churn),
        curve(chosen.options, bounds.limits), bundle.label,
        crossing(ties, drawn.control), crossing(ties, alone.control),
        request.days + known_after_days(bundle), known,
    )  # fmt: skip


def _within(scores: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """The customers of the scope: no count and no name of the others gets into what is said."""
    for name, value in scope.limits.items():
        scores = scores[scores[name] == value]
    return scores.reset_index(drop=True)


class _Steps:
    """Reports the steps of a list as they end."""

    ALL = 5

    def __init__(self, progress: Progress) -> None:
        self._progress, self._done = progress, 0

    def done(self) -> None:
        self._done += 1
        self._progress("list", self._done, self.ALL)


def _check_offers(
    request: ListRequest, settings: RetentionSettings, costs: Mapping[str, int]
) -> None:
    active = {name for name in settings.offers if _is_active(name, settings)}
    if not active:
        raise SettingsError(
            "no offer is active with an active channel; see settings/retention.toml"
        )
    for name in request.offers:
        if name not in settings.offers:
            raise unknown("offer", name, set(settings.offers))
        if name not in active:
            raise RequestRefused(
                "invalid_request",
                f"the offer {name} is not active, or none of its channels is; active are "
                + ", ".join(sorted(active)),
            )
    missing = [name for name in request.offers if name not in costs]
    if missing or not active & costs.keys():
        named = ", ".join(missing) or "any of " + ", ".join(sorted(active))
        raise LakeError(
            f"the feed `offers` has no cost of {named}, so no gain can be computed. Import it."
        )


def _is_active(name: str, settings: RetentionSettings) -> bool:
    offer = settings.offers[name]
    return offer.active and any(settings.channels[own].active for own in offer.channels)


def valued(scores: pd.DataFrame, bundle: Bundle, persistence: float) -> Valued:
    """These customers as the gains need them. Raises SettingsError where no value is predicted."""
    if bundle.value is None:
        raise SettingsError(
            "the version that scored last night predicts no value, so an expected gain cannot be "
            "computed. Train with bills, promote, score, and request the list again."
        )
    modes = scores["payment_mode"].to_numpy(dtype=object)
    return Valued(
        churn_risk=scores["churn_risk"].to_numpy(dtype=float),
        margin_fen=scores["margin"].to_numpy(dtype=float) * FEN,
        mean_risk=bundle.value.mean_risk(modes),
        tier=scores["value_tier"].fillna("").to_numpy(dtype=object),
        payment_mode=modes,
        tenure_days=scores["tenure_days"].fillna(0).to_numpy(dtype=float),
        horizon_days=bundle.label["horizon_days"],
        annual_discount=bundle.value.annual_discount,
        persistence=persistence,
    )


def known_after_days(bundle: Bundle) -> int:
    """How many days after a contact the label of a customer contacted on the last day is known."""
    label = bundle.label
    return int(label["lead_days"] + label["horizon_days"] + label.get("silent_days", 0))


MEMBER_COLUMNS = (
    "customer_id", "churn_risk", "value_tier", "value_at_stake", "revenue", "city", "plan",
    "payment_mode", "brand", "store_id", "manager_id", "group_id", "days_to_contract_end",
    "as_of", "reasons", "margin", "tenure_days",
)  # fmt: skip


def members_of(
    scores: pd.DataFrame,
    lots: Lots,
    chosen: Picked,
    drawn: Draw,
    request: ListRequest,
    bundle: Bundle,
    now: datetime,
    units: NDArray[np.int64],
) -> pd.DataFrame:
    """One row a customer on the list, the treated by rank, then the control group.

    Columns: rank (null of the control group), arm, propensity, `MEMBER_COLUMNS`, offer, channel,
    expected_gain and cost in fen (of what a control customer would have been offered), call_by; and
    for the read-out `unit` and `stratum`, as whom and within which they were drawn.
    """
    options, places = lots.options, np.concatenate([chosen.treated, chosen.control])
    who = options.customer[places]
    found = scores.iloc[who][list(MEMBER_COLUMNS)].reset_index(drop=True)
    arms = [options.arms[arm] for arm in options.arm[places].tolist()]
    found["arm"] = np.where(drawn.control[who], CONTROL, TREATED)
    found["propensity"] = 1 - request.control_share
    found["offer"], found["channel"] = [arm.offer for arm in arms], [arm.channel for arm in arms]
    found["expected_gain_fen"] = np.rint(lots.expected_fen[places]).astype(np.int64)
    found["cost_fen"] = options.cost_fen[places]
    days = min(request.days, (request.expires - now.date()).days)
    found["call_by"] = call_by(found, days, bundle.label["lead_days"], now)
    found["unit"], found["stratum"] = units[who], drawn.stratum[who]
    by = found["expected_gain_fen" if request.ranking == RANKINGS[0] else request.ranking]
    found = found.assign(by=by, is_control=found["arm"] == CONTROL).sort_values(
        ["is_control", "by", "customer_id"], ascending=[True, False, True], ignore_index=True
    )
    treated = ~found["is_control"]
    found.insert(0, "rank", treated.cumsum().where(treated).astype("Int64"))
    made: pd.DataFrame = found.drop(columns=["by", "is_control"])
    return made


def call_by(members: pd.DataFrame, days: int, lead_days: int, now: datetime) -> list[Any]:
    """The latest day to call: the last before the period that the risk speaks of begins.

    Sooner where the campaign ends or the contract does, and not before today. The lead and the
    contract count from the night, `as_of`, the campaign's `days` from now.
    """
    since = (pd.Timestamp(now).normalize() - pd.to_datetime(members["as_of"])).dt.days
    left = members["days_to_contract_end"]
    ends = left.where(left >= 1) - 1 - since
    last = pd.concat([lead_days - 1 - since, ends], axis=1).min(axis=1).clip(0, days - 1)
    return [(now + timedelta(days=int(own))).date() for own in last]
