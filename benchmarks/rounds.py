"""An operator in arrays and its truth, on which campaign after campaign is played and learned from.

Lists are chosen, answered and valued by the real parts; only features, model and database are
absent: the predicted risk is the true one with noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.settings.typed import read_toml
from features.simulate.truth.respond import MONTHS, expect, future_table, respond
from features.simulate.world.offers import (
    GROUPS,
    OfferKind,
    Targets,
    draw_tastes,
    effects,
    effects_table,
)
from serving.campaigns.learning.cells import counts_of, effects_of
from serving.campaigns.trial.randomised import ARMS, ListTest
from serving.retention.choice import Limits, Options
from serving.retention.learned.evidence import CampaignEvidence, Evidence
from serving.retention.learned.posterior import Learned, posterior
from serving.retention.retention_settings import SHIPPED, RetentionSettings
from serving.retention.selection.gains import Valued, arms_of, options_of
from serving.retention.selection.picking import picked
from training.experiments.trial import Trial

Floats = NDArray[np.float64]
SETTINGS = read_toml(SHIPPED, RetentionSettings)
COSTS = {"data_bonus": 800, "discount": 3000, "service_visit": 4000, "better_plan": 1000}
ACTS_ON = {
    "data_bonus": "loyalty", "discount": "price", "service_visit": "quality", "better_plan": "need",
}  # fmt: skip
CUSTOMERS, CONTROL_SHARE, CONTACTS, BUDGET_FEN = 20_000, 0.4, 6000, 12_000_000
HORIZON_DAYS, WINDOW_MONTHS = 30, 2


@dataclass(frozen=True)
class Offered:
    """What an offer really does to typical customers."""

    acceptance: float
    strength: float
    wakes: float


@dataclass(frozen=True)
class Market:
    """An operator's customers: the mean hazard of a month and how it spreads and lasts.

    `noise`: the standard deviation by which the logarithm of a predicted hazard is off.
    """

    hazard: float = 0.04
    shape: float = 1.0
    persistence: float = 0.85
    prepaid: float = 0.4
    noise: float = 0.2
    evenness: float = 1.0  # of the causes, as Dirichlet's parameter


USUAL = Market()


@dataclass(frozen=True)
class Operator:
    truth: Path
    ids: NDArray[np.object_]
    valued: Valued
    seed: int

    def listed(
        self, settings: RetentionSettings, number: int, by: Floats | None = None,
        gains: Mapping[str, Floats] | None = None,
    ) -> tuple[Options, NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
        """The options of list `number`, and the places of the treated and of the controls.

        `by`: rank by this value of each customer. `gains`: by offer those that are assumed, in fen.
        """
        arms = tuple(arm for arm in arms_of(settings, COSTS, ()) if arm.channel == "hotline")
        options = options_of(self.valued, arms, settings, COSTS, {})
        if gains is not None:
            assumed = np.array([gains[arm.offer] for arm in arms])
            options = replace(options, gain_fen=assumed[options.arm, options.customer])
        control = np.random.default_rng([self.seed, number]).random(CUSTOMERS) < CONTROL_SHARE
        own = picked(options, control, Limits(BUDGET_FEN, {"hotline": CONTACTS}), by)
        return options, own.treated, own.control

    def true_gain(
        self, settings: RetentionSettings, number: int, by: Floats | None = None,
        gains: Mapping[str, Floats] | None = None,
    ) -> float:  # fmt: skip
        """What list `number` by these settings brings on average over all luck, in fen."""
        options, treated, _ = self.listed(settings, number, by, gains)
        if not len(treated):
            return 0.0
        rows = self._contacts(options, treated)
        found = expect(self.truth, rows)
        paid = found["acceptance"] * rows["offer"].map(COSTS)
        calls = SETTINGS.channels["hotline"].cost_fen * len(rows)
        return float((found["saved_margin_fen"] - paid).sum() - calls)

    def spent(self, settings: RetentionSettings, number: int) -> int:
        options, treated, _ = self.listed(settings, number)
        return int(options.cost_fen[treated].sum())

    def _contacts(self, options: Options, places: NDArray[np.int64]) -> pd.DataFrame:
        offers = np.array([arm.offer for arm in options.arms], dtype=object)
        return pd.DataFrame(
            {
                "customer_id": self.ids[options.customer[places]],
                "offer": offers[options.arm[places]],
            }
        )

    def played(self, settings: RetentionSettings, number: int) -> CampaignEvidence | None:
        """Campaign `number` by these settings and what it says; null where an arm is empty."""
        options, treated, control = self.listed(settings, number)
        if not (len(treated) and len(control)):
            return None
        places = np.concatenate([treated, control])
        members = self._contacts(options, places)
        is_treated = np.arange(len(places)) < len(treated)
        contacts = members.assign(offer=members["offer"].where(is_treated, None))
        answers = respond(self.truth, contacts, draw=number)
        who = options.customer[places]
        members = members.assign(
            arm=np.where(is_treated, ARMS[1], ARMS[0]), channel="hotline",
            value_tier=self.valued.tier[who], churn_risk=self.valued.churn_risk[who],
            contacts=is_treated.astype(int), reached=answers["reached"].to_numpy(),
            accepted=answers["accepted"].to_numpy(), unit=who,
        )  # fmt: skip
        left = answers["left_month"].fillna(99).to_numpy() <= WINDOW_MONTHS
        test = _test(members, is_treated, left)
        days = round(WINDOW_MONTHS * 365 / 12)
        return CampaignEvidence(
            f"c{number}", "2026-03-01", f"d{number}", days, counts_of(members),
            effects_of(test, HORIZON_DAYS, days, {"hotline": 0.6}),
        )  # fmt: skip


def _test(
    members: pd.DataFrame, is_treated: NDArray[np.bool_], left: NDArray[np.bool_]
) -> ListTest:
    rows, nothing = len(members), np.zeros(len(members))
    trial = Trial(
        ARMS, is_treated.astype(np.intp),
        np.tile([CONTROL_SHARE, 1 - CONTROL_SHARE], (rows, 1)), (~left).astype(float), nothing,
        np.zeros((rows, 2)), members[["churn_risk"]],
    )  # fmt: skip
    return ListTest(trial, members, {}, trial.arm, np.ones(rows, bool))


def operator(
    folder: Path, seed: int, offered: dict[str, Offered], market: Market = USUAL
) -> Operator:
    """A simulated operator of this market whose offers really do that."""
    draw = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    ids = np.array([f"C{number:06}" for number in range(CUSTOMERS)], dtype=object)
    prepaid, fee = draw.random(CUSTOMERS) < market.prepaid, draw.gamma(4, 2500, CUSTOMERS)
    tenure, margin = draw.uniform(100, 3000, CUSTOMERS), 0.6 * fee
    own = draw.gamma(market.shape, market.hazard / market.shape, CUSTOMERS)
    own = np.clip(own, 0.001, 0.7)
    fading = market.persistence ** np.arange(MONTHS)[:, None]
    hazard = market.hazard + (own - market.hazard) * fading
    split = draw.dirichlet(np.full(len(GROUPS), market.evenness), CUSTOMERS).T
    future = future_table(ids, seed, split[:, None, :] * hazard, margin)
    kinds = tuple(
        OfferKind(
            name, name, "both", COSTS[name], 6, ACTS_ON[name], 0.6, one.acceptance, one.strength,
            SETTINGS.offers[name].lasts_months, one.wakes, 1.0,
        )
        for name, one in offered.items()
    )  # fmt: skip
    targets = Targets(prepaid, tenure, fee, draw_tastes(CUSTOMERS, draw))
    pq.write_table(future, folder / "future.parquet")
    pq.write_table(
        effects_table(ids, kinds, effects(kinds, targets, draw)), folder / "effects.parquet"
    )
    noisy = own * np.exp(market.noise * draw.standard_normal(CUSTOMERS))
    tiers = np.array(["standard", "silver", "gold", "diamond"], dtype=object)
    valued = Valued(
        churn_risk=1 - np.exp(-noisy), margin_fen=margin,
        mean_risk=np.full(CUSTOMERS, 1 - np.exp(-market.hazard)),
        tier=tiers[np.searchsorted(np.quantile(fee, [0.5, 0.8, 0.95]), fee)],
        payment_mode=np.where(prepaid, "prepaid", "postpaid").astype(object), tenure_days=tenure,
        horizon_days=HORIZON_DAYS, annual_discount=0.0,
        persistence=SETTINGS.risk.persistence,
    )  # fmt: skip
    return Operator(folder, ids, valued, seed)


def learned_from(*campaigns: CampaignEvidence | None) -> Learned:
    """What settings become after these campaigns."""
    there = tuple(one for one in campaigns if one is not None)
    return posterior(SETTINGS, Evidence("2026-06-01T06:00:00", "a" * 64, there))


def drawn_offers(seed: int) -> dict[str, Offered]:
    """Acceptances and effects two to three times the declared ones, or so many times less."""
    draw = np.random.default_rng([seed, 99])
    found = {}
    for name in COSTS:
        own = SETTINGS.offers[name]
        factors = np.exp(draw.choice([-1, 1], 2) * draw.uniform(np.log(2), np.log(3), 2))
        acceptance = float(np.clip(own.acceptance["gold"] * factors[0], 0.05, 0.9))
        found[name] = Offered(acceptance, float(-np.log(own.hazard["gold"]) * factors[1]), 0.15)
    return found


def harmful_offers() -> dict[str, Offered]:
    """All are accepted as declared, and drive out who accepts and who refuses."""
    return {name: Offered(SETTINGS.offers[name].acceptance["gold"], -0.45, 0.4) for name in COSTS}
