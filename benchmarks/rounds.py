"""An operator in arrays and its truth, on which campaign after campaign is played and learned from.

Lists are chosen, answered and valued by the real parts; only features, model and database are
absent: the predicted risk is what the true one is on average, given it with noise. Budget and calls
are in proportion to the customers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from features.settings.typed import read_toml
from features.simulate.truth.answers import MONTHS, Contacted, answers, expectations
from features.simulate.truth.respond import luck_of
from features.simulate.world.offers import (
    GROUPS,
    Effects,
    OfferKind,
    Targets,
    draw_tastes,
    effects,
)
from serving.campaigns.learning.cells import counts_of, effects_of
from serving.campaigns.trial.randomised import ARMS, ListTest
from serving.retention.choice import Arm, Limits, Options
from serving.retention.learned.evidence import CampaignEvidence, Evidence
from serving.retention.learned.posterior import Learned, posterior
from serving.retention.retention_settings import SHIPPED, RetentionSettings
from serving.retention.selection.gains import Valued, arms_of, hopeful_fen, options_of
from serving.retention.selection.picking import picked
from serving.retention.selection.trying import by_lot
from training.experiments.trial import Trial

Floats = NDArray[np.float64]
SETTINGS = read_toml(SHIPPED, RetentionSettings)
COSTS = {"data_bonus": 800, "discount": 3000, "service_visit": 4000, "better_plan": 1000}
ACTS_ON = {
    "data_bonus": "loyalty", "discount": "price", "service_visit": "quality", "better_plan": "need",
}  # fmt: skip
CUSTOMERS, CONTROL_SHARE = 20_000, 0.4
CONTACTS, BUDGET_FEN = 0.3, 600  # of a customer
CALIBRATED_ON = 100_000
PART = 5_000  # customers whose truth is computed at once: so much stays in the cache
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
    """`hazards`: groups x MONTHS x customers, of doing nothing; `effects` of `kinds`, by row."""

    ids: NDArray[np.object_]
    hazards: Floats
    luck: NDArray[np.uint64]
    kinds: tuple[OfferKind, ...]
    effects: Effects
    valued: Valued
    seed: int
    _expected: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def limits(self) -> Limits:
        customers = len(self.ids)
        return Limits(round(BUDGET_FEN * customers), {"hotline": round(CONTACTS * customers)})

    def options(
        self, settings: RetentionSettings, gains: Mapping[str, Floats] | None = None
    ) -> Options:
        """What may be offered whom by a call. `gains`: by offer those that are assumed, in fen."""
        arms = _by_call(settings)
        found = options_of(self.valued, arms, settings, COSTS, {})
        if gains is None:
            return found
        assumed = np.array([gains[arm.offer] for arm in arms])
        return replace(found, gain_fen=assumed[found.arm, found.customer])

    def listed(
        self, options: Options, number: int, by: Floats | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Places of the treated and of the controls of list `number`; `by`: rank by this value."""
        control = np.random.default_rng([self.seed, number]).random(len(self.ids)) < CONTROL_SHARE
        own = picked(options, control, self.limits, by)
        return own.treated, own.control

    def true_gain(self, settings: RetentionSettings, number: int) -> float:
        """What list `number` by these settings brings on average over all luck, in fen."""
        return self.brought(self.options(settings), number)[0]

    def brought(
        self, options: Options, number: int, by: Floats | None = None
    ) -> tuple[float, float]:
        """What list `number` of these options brings on average, and what it spends, in fen."""
        treated, _ = self.listed(options, number, by)
        offers, who = self._contacts(options, treated)
        gain = sum(self.gain_fen(name)[who[offers == name]].sum() for name in np.unique(offers))
        return float(gain), float(options.cost_fen[treated].sum())

    def gain_fen(self, offer: str) -> Floats:
        """Of each customer what contacting them with this offer brings on average."""
        found = self.expected(offer)
        paid = found["acceptance"].to_numpy() * COSTS[offer]
        saved = found["saved_margin_fen"].to_numpy()
        return np.asarray(saved - paid - SETTINGS.channels["hotline"].cost_fen)

    def expected(self, offer: str) -> pd.DataFrame:
        """As `features.simulate.truth.respond.expect`, of all customers."""
        if offer not in self._expected:
            parts = np.array_split(np.arange(len(self.ids)), -(-len(self.ids) // PART))
            self._expected[offer] = pd.concat(
                [
                    expectations(self._contacted(np.full(len(who), offer, dtype=object), who))
                    for who in parts
                ],
                ignore_index=True,
            )
        return self._expected[offer]

    def spent(self, settings: RetentionSettings, number: int) -> float:
        return self.brought(self.options(settings), number)[1]

    def _contacts(
        self, options: Options, places: NDArray[np.int64]
    ) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
        """Offer and customer of these options."""
        offers = np.array([arm.offer for arm in options.arms], dtype=object)
        return offers[options.arm[places]], options.customer[places].astype(np.int64)

    def _contacted(self, offers: NDArray[np.object_], who: NDArray[np.int64]) -> Contacted:
        """These customers, contacted with these offers, null for none."""
        names = [kind.offer for kind in self.kinds]
        row = np.array([names.index(one) if one else 0 for one in offers], dtype=np.intp)
        own, some = self.effects, np.array([bool(one) for one in offers])
        of_kind = {
            name: np.array([getattr(kind, name) for kind in self.kinds])[row]
            for name in ("acts_on", "lasts_months", "margin_share")
        }
        terms = {
            "reach": np.where(some, own.reach[row, who], 0.0),
            "acceptance": own.acceptance[row, who], "effect_accepted": own.accepted[row, who],
            "effect_refused": own.refused[row, who],
        }  # fmt: skip
        requested = pd.DataFrame({"customer_id": self.ids[who], "offer": offers})
        return Contacted(
            requested, self.hazards[:, :, who], np.rint(self.valued.margin_fen[who]),
            self.luck[who], terms | of_kind | {"acts_on": of_kind["acts_on"].astype(object)},
        )  # fmt: skip

    def played(
        self, settings: RetentionSettings, number: int, trial_share: float = 0.0
    ) -> CampaignEvidence | None:
        """Campaign `number` by these settings and what it says; null where an arm is empty."""
        arms = _by_call(settings)
        options = by_lot(
            self.options(settings), lambda: hopeful_fen(self.valued, arms, settings, COSTS),
            len(self.ids), trial_share, self.seed + number,
        ).options  # fmt: skip
        treated, control = self.listed(options, number)
        if not (len(treated) and len(control)):
            return None
        offers, who = self._contacts(options, np.concatenate([treated, control]))
        is_treated = np.arange(len(who)) < len(treated)
        found = answers(
            self._contacted(np.where(is_treated, offers, np.array(None, object)), who), number
        )
        members = pd.DataFrame(
            {
                "offer": offers, "arm": np.where(is_treated, ARMS[1], ARMS[0]),
                "channel": "hotline", "value_tier": self.valued.tier[who],
                "churn_risk": self.valued.churn_risk[who], "contacts": is_treated.astype(int),
                "reached": found["reached"], "accepted": found["accepted"], "unit": who,
            }
        )  # fmt: skip
        left = found["left_month"].fillna(99).to_numpy() <= WINDOW_MONTHS
        test = _test(members, is_treated, left)
        days = round(WINDOW_MONTHS * 365 / 12)
        return CampaignEvidence(
            f"c{number}", "2026-03-01", f"d{number}", days, counts_of(members),
            effects_of(test, HORIZON_DAYS, days, {"hotline": 0.6}),
        )  # fmt: skip


def _by_call(settings: RetentionSettings) -> tuple[Arm, ...]:
    return tuple(arm for arm in arms_of(settings, COSTS, ()) if arm.channel == "hotline")


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
    seed: int, offered: dict[str, Offered], market: Market = USUAL, customers: int = CUSTOMERS
) -> Operator:
    """A simulated operator of this market whose offers really do that."""
    draw = np.random.default_rng(seed)
    ids = np.array([f"C{number:07}" for number in range(customers)], dtype=object)
    prepaid, fee = draw.random(customers) < market.prepaid, draw.gamma(4, 2500, customers)
    tenure, margin = draw.uniform(100, 3000, customers), 0.6 * fee
    own = _hazards(market, customers, draw)
    fading = market.persistence ** np.arange(MONTHS)[:, None]
    hazard = market.hazard + (own - market.hazard) * fading
    split = draw.dirichlet(np.full(len(GROUPS), market.evenness), customers).T
    kinds = tuple(
        OfferKind(
            name, name, "both", COSTS[name], 6, ACTS_ON[name], 0.6, one.acceptance, one.strength,
            SETTINGS.offers[name].lasts_months, one.wakes, SETTINGS.offers[name].margin_share,
        )
        for name, one in offered.items()
    )  # fmt: skip
    targets = Targets(prepaid, tenure, fee, draw_tastes(customers, draw))
    found = effects(kinds, targets, draw)
    tiers = np.array(["standard", "silver", "gold", "diamond"], dtype=object)
    valued = Valued(
        churn_risk=_predicted(market, own, draw), margin_fen=margin,
        mean_risk=np.full(customers, 1 - np.exp(-market.hazard)),
        tier=tiers[np.searchsorted(np.quantile(fee, [0.5, 0.8, 0.95]), fee)],
        payment_mode=np.where(prepaid, "prepaid", "postpaid").astype(object), tenure_days=tenure,
        horizon_days=HORIZON_DAYS, annual_discount=0.0,
        persistence=SETTINGS.risk.persistence,
    )  # fmt: skip
    luck = luck_of(seed, ids)
    return Operator(ids, split[:, None, :] * hazard, luck, kinds, found, valued, seed)


def _hazards(market: Market, customers: int, draw: np.random.Generator) -> Floats:
    own = draw.gamma(market.shape, market.hazard / market.shape, customers)
    return np.asarray(np.clip(own, 0.001, 0.7))


def _predicted(market: Market, hazard: Floats, draw: np.random.Generator) -> Floats:
    """Each one's risk as a calibrated model has it: the mean risk of others of the same signal."""

    def signal(of: Floats) -> Floats:
        return np.asarray(np.log(of) + market.noise * draw.standard_normal(len(of)))

    others = _hazards(market, CALIBRATED_ON, draw)
    known = IsotonicRegression(out_of_bounds="clip").fit(signal(others), 1 - np.exp(-others))
    return np.asarray(known.predict(signal(hazard)))


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
