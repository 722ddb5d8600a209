"""Campaigns played in arrays, friends' spill-over included, with the truth of each list beside.

A population, its circles of friends and what offers do are drawn; the arms, the choice and the
read-out are the service's own. Who accepts is talked about: the hazards of the others in their
circle change as well, in a direction that is drawn too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.settings.typed import read_toml
from features.simulate.world.offers import GROUPS, OfferKind, Targets, draw_tastes, effects
from features.windows import MONTH_DAYS
from serving.campaigns.readout.shown import shown
from serving.campaigns.trial.holding import Holding
from serving.campaigns.trial.randomised import list_test
from serving.campaigns.trial.staying import LEFT, STAYED, Staying
from serving.retention.choice import Limits
from serving.retention.drawing.arms import CONTROL, TREATED, draw
from serving.retention.retention_settings import SHIPPED, RetentionSettings
from serving.retention.selection.gains import Valued, arms_of, options_of
from serving.retention.selection.picking import picked
from training.value.at_stake import value_at_stake

Floats = NDArray[np.float64]
SETTINGS = read_toml(SHIPPED, RetentionSettings)
COSTS = {"data_bonus": 800, "discount": 3000, "service_visit": 4000, "better_plan": 1000}
TIERS = np.array(["standard", "silver", "gold", "diamond"], dtype=object)
CUSTOMERS, WINDOW_DAYS, HORIZON_DAYS = 6_000, 44, 30
CIRCLES = (0.55, 0.15, 0.1, 0.08, 0.06, 0.03, 0.02, 0.01)  # the shares of circles of 1 to 8
TRUTH_DRAWS = 200
FEN = 100
MEASURES = ("stay", "margin", "profit")


@dataclass(frozen=True)
class World:
    """Customers, and what each offer (rows) would do to each; hazards are of the window.

    `spill`: by how much the log hazard falls where all others of the circle have accepted.
    """

    people: pd.DataFrame
    hazard: Floats
    reach: Floats
    acceptance: Floats
    accepted: Floats
    refused: Floats
    spill: float
    persistence: float


def world(seed: int, *, null: bool = False) -> World:
    """Another operator with every seed; `null`: no offer and no friend does anything."""
    luck = np.random.default_rng([seed, 15])
    count = CUSTOMERS
    unit = np.repeat(np.arange(count), 1 + luck.choice(len(CIRCLES), count, p=CIRCLES))[:count]
    prepaid = luck.random(count) < luck.uniform(0.05, 0.9)
    fee, tenure = luck.gamma(4, 2500, count), luck.uniform(100, 3000, count)
    hazard = np.clip(luck.gamma(luck.uniform(0.5, 2), luck.uniform(0.02, 0.1), count), 0.001, 0.9)
    kinds = tuple(_kind(name, luck) for name in COSTS)
    found = effects(kinds, Targets(prepaid, tenure, fee, draw_tastes(count, luck)), luck)
    known = hazard * HORIZON_DAYS / WINDOW_DAYS * np.exp(luck.uniform(0.1, 0.6)
                                                         * luck.standard_normal(count))  # fmt: skip
    people = pd.DataFrame(
        {
            "customer_id": [f"C{number:06}" for number in range(count)],
            "unit": unit,
            "churn_risk": 1 - np.exp(-known),
            "margin": 0.6 * fee / FEN,
            "revenue": fee / FEN,
            "tenure_days": tenure,
            "days_to_contract_end": luck.uniform(0, 700, count),
            "value_tier": TIERS[np.searchsorted(np.quantile(fee, [0.5, 0.8, 0.95]), fee)],
            "payment_mode": np.where(prepaid, "prepaid", "postpaid"),
            "brand": luck.choice(["A", "B", "C"], count),
            "city": luck.choice(["Foshan", "Zhuhai", "Jiangmen", "Yunfu"], count),
            "store_id": luck.choice([f"S{number}" for number in range(12)], count),
        }
    )  # fmt: skip
    acts = (0.0 if null else 1.0) * np.asarray([found.accepted, found.refused], dtype=float)
    spill = 0.0 if null else float(luck.uniform(-0.4, 0.8))
    own = World(
        people, hazard, found.reach, found.acceptance, acts[0], acts[1], spill,
        float(luck.uniform(0.75, 0.95)),
    )  # fmt: skip
    mean = people.groupby("payment_mode")["churn_risk"].transform("mean").to_numpy()
    at_stake = value_at_stake(
        people["margin"].to_numpy(), people["churn_risk"].to_numpy(), mean, HORIZON_DAYS, 0.05
    )
    return replace(own, people=people.assign(value_at_stake=at_stake, mean_risk=mean))


def _kind(name: str, luck: np.random.Generator) -> OfferKind:
    """One offer: nine of ten keep customers, the others drive them out."""
    own, helps = SETTINGS.offers[name], luck.random() < 0.9
    strength = luck.uniform(0.1, 1.2) if helps else -luck.uniform(0.05, 0.4)
    return OfferKind(
        name, name, "both", COSTS[name], 6, str(luck.choice(GROUPS)), float(luck.uniform(0.4, 0.9)),
        float(luck.uniform(0.15, 0.6)), float(strength), own.lasts_months,
        float(luck.uniform(0.0, 0.3)), 1.0,
    )  # fmt: skip


@dataclass(frozen=True)
class Campaign:
    """A list of this world: its members' places, offers (rows of the effects) and arms."""

    world: World
    members: pd.DataFrame
    place: NDArray[np.int64]
    offer: NDArray[np.int64]
    if_stayed: Floats  # of who stays, as the read-out counts it

    def played(self, treated: NDArray[np.bool_], seed: int) -> pd.DataFrame:
        """What comes of it if these are contacted; the luck of customers is the seed's."""
        own, draws = self.world, np.random.default_rng([seed, 3])
        luck = draws.random((3, len(self.place)))
        at = self.offer, self.place
        reached = treated & (luck[0] < own.reach[at])
        accepted = reached & (luck[1] < own.acceptance[at])
        acts = np.where(accepted, own.accepted[at], np.where(reached, own.refused[at], 0.0))
        units = self.members["unit"].to_numpy()
        inside = np.bincount(units, minlength=CUSTOMERS)[units]
        friends = np.bincount(units, accepted, minlength=CUSTOMERS)[units] - accepted
        acts = acts - own.spill * friends / np.maximum(inside - 1, 1)
        hazard = own.hazard[self.place] * np.exp(acts)
        day = WINDOW_DAYS * -np.log(luck[2]) / hazard
        left = day < WINDOW_DAYS
        margin = self.members["margin"].to_numpy() * day / MONTH_DAYS
        calls = SETTINGS.channels["hotline"].cost_fen * treated
        gifts = np.array(list(COSTS.values()))[self.offer] * accepted
        cost = (calls + gifts) / FEN
        brought = np.where(left, margin, self.if_stayed)
        return pd.DataFrame(
            {
                "reached": reached, "accepted": accepted, "contacts": treated.astype(int),
                "cost": cost, "day": np.where(left, day, WINDOW_DAYS), "stay": ~left * 1.0,
                "margin": brought, "profit": brought - cost,
            }
        )  # fmt: skip

    def truth(self, seed: int) -> pd.DataFrame:
        """By member what being contacted with their circle changes in each measure, on average."""
        everyone = np.ones(len(self.place), dtype=bool)
        total = np.zeros((len(self.place), len(MEASURES)))
        for number in range(TRUTH_DRAWS):
            luck = seed * TRUTH_DRAWS + number
            after = [self.played(flags, luck)[[*MEASURES]] for flags in (everyone, ~everyone)]
            total += after[0].to_numpy() - after[1].to_numpy()
        return pd.DataFrame(total / TRUTH_DRAWS, columns=[*MEASURES])

    def read(self, seed: int, level: float) -> dict[str, Any]:
        """The campaign as it was drawn, played, and read out by the service's read-out."""
        treated = (self.members["arm"] == TREATED).to_numpy()
        own = self.played(treated, seed)
        names = ["reached", "accepted", "contacts", "cost"]
        members = self.members.assign(**{name: own[name] for name in names})
        outcome = pd.Series(np.where(own["stay"] > 0, STAYED, LEFT))
        moment = datetime(2026, 3, 2)
        staying = Staying(outcome, own["day"], WINDOW_DAYS, moment, is_known=True)
        test = list_test(members, staying, own["margin"].to_numpy())
        nothing: Mapping[str, int] = {CONTROL: 0, TREATED: 0}
        return shown(test, Holding(0, nothing, 0), "en", level)


def campaign(own: World, seed: int) -> Campaign:
    """A list of this operator: the arms drawn, then chosen by what is declared of the offers."""
    luck, people = np.random.default_rng([seed, 16]), own.people
    share = float(luck.uniform(0.2, 0.5))
    arms = draw(
        people["customer_id"].to_numpy(dtype=object), people["unit"].to_numpy(),
        people["value_tier"].to_numpy(), people["churn_risk"].to_numpy(), share, seed,
    )  # fmt: skip
    valued = Valued(
        churn_risk=people["churn_risk"].to_numpy(), margin_fen=people["margin"].to_numpy() * FEN,
        mean_risk=people["mean_risk"].to_numpy(), tier=people["value_tier"].to_numpy(dtype=object),
        payment_mode=people["payment_mode"].to_numpy(dtype=object),
        tenure_days=people["tenure_days"].to_numpy(), horizon_days=HORIZON_DAYS,
        annual_discount=0.05, persistence=own.persistence,
    )  # fmt: skip
    offered = tuple(one for one in arms_of(SETTINGS, COSTS, ()) if one.channel == "hotline")
    options = options_of(valued, offered, SETTINGS, COSTS, {})
    budget = int(luck.uniform(1_500_000, 6_000_000))
    limits = Limits(budget, {"hotline": int(luck.integers(800, 3_000))})
    chosen = picked(options, arms.control, limits)
    places = np.concatenate([chosen.treated, chosen.control])
    who, names = options.customer[places], list(COSTS)
    offer = np.array([names.index(one.offer) for one in options.arms])[options.arm[places]]
    members = people.iloc[who].reset_index(drop=True).assign(
        arm=np.repeat([TREATED, CONTROL], [len(chosen.treated), len(chosen.control)]),
        propensity=1 - share, offer=np.array(names, dtype=object)[offer], channel="hotline",
        stratum=arms.stratum[who],
    )  # fmt: skip
    whole = value_at_stake(
        members["margin"].to_numpy(), np.zeros(len(members)), members["mean_risk"].to_numpy(),
        HORIZON_DAYS, 0.05,
    )  # fmt: skip
    return Campaign(own, members, who.astype(np.int64), offer, whole)
