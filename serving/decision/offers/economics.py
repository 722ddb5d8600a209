"""What an action is expected to bring, by DESIGN's formula.

    gain = r (a (S1 V1 - C) + (1 - a) Sr V0 - S0 V0) - c

with reach r, acceptance a, cost C on acceptance and contact cost c. S V is one sum over twelve
months (`training.value.at_stake`), of which the month's survival S is a factor: so `certain` is
the sum of a customer who is certain to stay the month, and S V = S * certain. A hazard that is h
times as high makes of S the survival S ** h.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.windows import MONTH_DAYS
from serving.decision.decision_settings import Action, DecisionSettings, to_fen
from serving.decision.offers.ladder import Rung


@dataclass(frozen=True)
class Predicted:
    """What a model predicts of a customer; null where it predicts no value.

    `risk` is over `horizon_days`; `margin_fen` a month; `certain_fen` the twelve months' sum of
    a customer who is certain to stay the first.
    """

    risk: float
    horizon_days: int
    margin_fen: float | None = None
    certain_fen: float | None = None

    def survival(self, assumed_risk: float) -> float:
        """The chance of staying the month, at a risk of at least the assumed one.

        >>> round(Predicted(0.1, 30).survival(0.7), 3)
        0.295
        """
        return float((1 - max(self.risk, assumed_risk)) ** (MONTH_DAYS / self.horizon_days))


@dataclass(frozen=True)
class Effect:
    """The expected gain of an action in fen, and the largest cost C at which it is not negative."""

    gain_fen: float
    breaks_even_fen: float


def effect(
    action: Action, rung: Rung, predicted: Predicted, settings: DecisionSettings, intent: str
) -> Effect | None:
    """What the action brings; null where no value is predicted."""
    if predicted.certain_fen is None or predicted.margin_fen is None:
        return None
    own, value = settings.economics, predicted.certain_fen
    stays = predicted.survival(settings.intents[intent].assumed_risk)
    share = action.margin_share * _kept(predicted.margin_fen, rung, settings)
    accepted = stays**action.hazard * value * share
    refused = stays**action.refused_hazard * value
    r, a = own.reach, action.acceptance
    without_cost = r * (a * accepted + (1 - a) * refused - stays * value)
    contact_fen = to_fen(own.contact_cost)
    gain = without_cost - r * a * rung.cost_fen - contact_fen
    return Effect(gain, (without_cost - contact_fen) / (r * a))


def _kept(margin_fen: float, rung: Rung, settings: DecisionSettings) -> float:
    """Which share of the monthly margin remains on a plan that costs the customer less."""
    if not rung.saving_fen or margin_fen <= 0:
        return 1.0
    return max(0.0, 1 - rung.saving_fen / settings.bill_fit.months / margin_fen)


def colour(found: Effect | None, settings: DecisionSettings) -> str | None:
    """green, amber or red; null where no value is predicted."""
    if found is None:
        return None
    if found.gain_fen >= to_fen(settings.economics.green_from):
        return "green"
    return "red" if found.gain_fen < to_fen(settings.economics.red_below) else "amber"


def value_band(at_stake_fen: float | None, settings: DecisionSettings) -> str | None:
    """low, middle or high, by the declared bounds; null where no value is predicted."""
    if at_stake_fen is None:
        return None
    return _band(at_stake_fen, [to_fen(bound) for bound in settings.economics.value_bands])


def risk_band(risk: float | None, settings: DecisionSettings) -> str | None:
    """low, middle or high, by the declared bounds; null where no score may be used."""
    return None if risk is None else _band(risk, settings.economics.risk_bands)


def _band(amount: float, bounds: Sequence[float]) -> str:
    low, high = bounds
    return "low" if amount < low else "middle" if amount < high else "high"


def largest_paying(effects: Mapping[str, Effect | None], rungs: tuple[Rung, ...]) -> int | None:
    """The largest incentive that still pays: the greatest break-even cost among money actions.

    In whole fen, 0 where none pays; null without money actions or a predicted value.
    """
    costs = [
        found.breaks_even_fen
        for rung in rungs
        if rung.kind == "money" and (found := effects[rung.action]) is not None
    ]
    return max(0, int(max(costs))) if costs else None
