"""What a list is expected to bring, and between which bounds, as far as the priors are doubtful.

The interval is of the doubts about acceptance and effect, the declared ones or what evidence left
of them (all of one offer are too high or too low together), not of luck.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serving.retention.choice import Options
from serving.retention.learned.posterior import LearnedOffer
from serving.retention.retention_settings import RetentionSettings
from serving.retention.selection.gains import Doubt, Valued, by_tier, gain_fen
from training.statistics.estimate import Estimate

Places = NDArray[np.int64]
DRAWS = 200
SHARES = (0.05, 0.95)


@dataclass(frozen=True)
class Expected:
    """`gain_fen` with its 90 % interval; `churn` is the expected change of churn over the horizon.

    Of the treated, a share; below 0 where the list keeps customers.
    """

    gain_fen: Estimate
    cost_fen: int
    churn: float


def expected(
    customers: Valued,
    options: Options,
    gains: NDArray[np.float64],
    treated: Places,
    settings: RetentionSettings,
    costs: Mapping[str, int],
    seed: int,
) -> Expected:
    """What the treated are expected to bring; `gains`: each option's expected gain in fen."""
    by_arm = list(_by_arm(customers, options, treated))
    random = np.random.default_rng(seed)
    totals = np.zeros(DRAWS)
    for offer in dict.fromkeys(options.arms[arm].offer for arm, _ in by_arm):
        own = [(options.arms[arm], who) for arm, who in by_arm if options.arms[arm].offer == offer]
        for place, doubt in enumerate(_doubts(settings, offer, random)):
            for arm, who in own:
                terms = settings.offers[offer], settings.channels[arm.channel], costs[offer]
                totals[place] += gain_fen(who, *terms, doubt).sum()
    low, high = np.quantile(totals, SHARES)
    gain = float(gains[treated].sum())
    changes = [
        _churn(who, settings, options.arms[arm].offer, options.arms[arm].channel)
        for arm, who in by_arm
    ]
    churn = float(np.concatenate(changes).mean()) if changes else 0.0
    return Expected(
        Estimate(gain, float(low), float(high)), int(options.cost_fen[treated].sum()), churn
    )


def _by_arm(customers: Valued, options: Options, treated: Places) -> Iterator[tuple[int, Valued]]:
    for arm in np.unique(options.arm[treated]).tolist():
        own = treated[options.arm[treated] == arm]
        yield arm, customers.at(options.customer[own].astype(np.int64))


def _doubts(settings: RetentionSettings, offer: str, random: np.random.Generator) -> list[Doubt]:
    own = settings.offers[offer]
    if isinstance(own, LearnedOffer):
        spreads = own.acceptance_doubt, own.hazard_doubt
        factors = (np.exp(random.normal(0.0, spread, DRAWS)).tolist() for spread in spreads)
        return [Doubt(a, hazard=h) for a, h in zip(*factors, strict=True)]
    acceptance = np.exp(random.normal(0.0, settings.doubt.acceptance, DRAWS))
    effect = np.exp(random.normal(0.0, settings.doubt.effect, DRAWS))
    return [Doubt(a, e) for a, e in zip(acceptance.tolist(), effect.tolist(), strict=True)]


def _churn(
    customers: Valued, settings: RetentionSettings, offer: str, channel: str
) -> NDArray[np.float64]:
    """The expected change of each one's churn over the horizon if contacted."""
    own, by = settings.offers[offer], settings.channels[channel]
    stays = 1 - customers.churn_risk
    a = np.clip(by_tier(own.acceptance, customers) * by.persuasion, 0.0, 1.0)
    hazard = by_tier(own.hazard, customers)
    stays_then = a * stays**hazard + (1 - a) * stays**own.refused_hazard
    return np.asarray(by.reach * (stays - stays_then))
