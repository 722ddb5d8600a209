"""What may be offered to keep a customer, and what an offer does to whom.

A contact reaches the customer or not; reached, the customer accepts or refuses. Each outcome
multiplies the hazards of leaving: acceptance those of the offer's cause group fully and the
others by half of it (in log terms), refusal all of them alike. Both differ by customer: a
discount keeps those with a taste for a low price, a visit those with one for a good network, and
a contact wakes customers who have stayed for long and are loyal by taste.

Tastes are drawn apart from the hidden traits that multiply the hazards (`traits`). So neither
whether an offer is accepted nor what it does shows who is about to leave: were it otherwise, the
oracle could not integrate the traits out.

Sizes: in a randomised test of 65,000 customers, advice on a better-fitting plan raised churn
from 6.4 to 10.0 % (Ascarza, Iyengar and Schleicher 2016, Journal of Marketing Research 53:46);
the packaged worlds' offers raise the hazard of all customers on average by less than that ratio,
MAX_HARM, and no offer ever that of a single customer by more than its square.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.errors import SettingsError

Array = NDArray[Any]

GROUPS = ("price", "quality", "loyalty", "need")
MODES = ("both", "postpaid", "prepaid")
MAX_HARM = 10.0 / 6.4
MAX_HELP = 0.2  # of the hazard remains at least
ELSEWHERE = 0.5  # of an accepted offer's log effect acts on the other cause groups
REFUSED_MONTHS = 2  # for so long a refused contact is remembered
SETTLED_DAYS = 3 * 365
TASTE_SHAPE = 5.0
MAX_TASTE = 3
FATIGUE_SHAPE = 2.0


@dataclass(frozen=True)
class OfferKind:
    """An offer of the world's catalogue (`[[offers]]`).

    `cost_fen`: committed on acceptance, over the whole term of `months`. `acts_on`: one of
    GROUPS. `reach` and `acceptance`: shares of typical customers. `strength`: how far acceptance
    lowers the log hazard of a typical customer, for `lasts_months`. `wakes`: how far refusal
    raises that of a settled one. `margin_share`: the monthly margin after acceptance, over that
    before, the offer's cost apart; may be above 1.
    """

    offer: str
    name: str
    payment_mode: str
    cost_fen: int
    months: int
    acts_on: str
    reach_share: float
    acceptance_share: float
    strength: float
    lasts_months: int
    wakes: float
    margin_share: float

    def __post_init__(self) -> None:
        for key, allowed in (("payment_mode", MODES), ("acts_on", GROUPS)):
            if getattr(self, key) not in allowed:
                raise SettingsError(
                    f"offers: {self.offer}: {key} is {getattr(self, key)!r}; expected one of "
                    f"{', '.join(allowed)}"
                )
        for key in ("reach_share", "acceptance_share"):
            if not 0 < getattr(self, key) < 1:
                raise SettingsError(
                    f"offers: {self.offer}: {key} is {getattr(self, key)}; expected between 0 and 1"
                )


@dataclass(frozen=True)
class Targets:
    """Whom offers are made to, one element per customer.

    `fee_fen`: of the plan, a month. `tastes`: rows as GROUPS, 1 on average, hidden.
    """

    prepaid: Array
    tenure_days: Array
    fee_fen: Array
    tastes: Array

    def __len__(self) -> int:
        return len(self.prepaid)


@dataclass(frozen=True)
class Effects:
    """Per offer (rows) and customer (columns), float32.

    `may_have`: whether the offer is for the customer's payment mode. `accepted` and `refused`:
    natural logarithms of what the hazard is multiplied by.
    """

    may_have: Array
    reach: Array
    acceptance: Array
    accepted: Array
    refused: Array


def draw_tastes(customers: int, rng: np.random.Generator) -> Array:
    """How much each offer group (rows as GROUPS) means to each customer, 1 on average."""
    return np.asarray(rng.gamma(TASTE_SHAPE, 1 / TASTE_SHAPE, (len(GROUPS), customers)))


def effects(kinds: tuple[OfferKind, ...], targets: Targets, rng: np.random.Generator) -> Effects:
    """What each offer would do to each customer."""
    n = len(targets)
    fatigue = rng.gamma(FATIGUE_SHAPE, 1 / FATIGUE_SHAPE, n)
    at_home = 0.5 * rng.standard_normal(n)
    # Long with us and little moved by what rivals offer: has not thought of leaving.
    moved = targets.tastes[GROUPS.index("loyalty")]
    settled = np.minimum(targets.tenure_days / SETTLED_DAYS, 1.5) * np.exp(1 - moved)
    rows: dict[str, list[Array]] = {key: [] for key in Effects.__dataclass_fields__}
    for kind in kinds:
        taste = np.minimum(targets.tastes[GROUPS.index(kind.acts_on)], MAX_TASTE)
        value = np.log(kind.cost_fen / (0.6 * targets.fee_fen)) if kind.cost_fen else np.zeros(n)
        keen = 0.7 * (taste - 1) + 0.3 * np.clip(value, -2, 2) + 0.4 * rng.standard_normal(n)
        acts = np.where(targets.prepaid, 0.85, 1.0) * (0.3 + 0.7 * taste)
        accepted = -kind.strength * acts + 0.15 * rng.standard_normal(n)
        refused = kind.wakes * (fatigue * settled - 0.15) + 0.05 * rng.standard_normal(n)
        mode = np.where(targets.prepaid, "prepaid", "postpaid")
        rows["may_have"].append((mode == kind.payment_mode) | (kind.payment_mode == "both"))
        rows["reach"].append(_share(kind.reach_share, at_home))
        rows["acceptance"].append(_share(kind.acceptance_share, keen))
        rows["accepted"].append(np.clip(accepted, np.log(MAX_HELP), np.log(MAX_HARM)))
        rows["refused"].append(np.clip(refused, np.log(MAX_HELP), 2 * np.log(MAX_HARM)))
    return Effects(
        **{
            key: np.array(values, dtype=bool if key == "may_have" else np.float32).reshape(-1, n)
            for key, values in rows.items()
        }
    )


def multipliers(acts_on: Array, accepted: Array, effect: Array) -> Array:
    """What the hazards of each group (rows as GROUPS) are multiplied by, per contacted customer.

    `acts_on`: the offer's group by name; `accepted`: whether the customer, who was reached,
    accepted; `effect`: the log effect of that outcome.
    """
    full = ~accepted | (acts_on == np.array(GROUPS, dtype=object)[:, None])
    return np.asarray(np.exp(np.where(full, 1.0, ELSEWHERE) * effect))


def effects_table(ids: Array, kinds: tuple[OfferKind, ...], found: Effects) -> pa.Table:
    """`truth/effects`: one row per customer and offer open to them.

    Columns: customer_id, offer, reach, acceptance, effect_accepted, effect_refused, and of the
    offer acts_on, lasts_months, margin_share.
    """
    kind, who = np.nonzero(found.may_have)
    names = pa.array(ids, pa.string())

    def of_offer(key: str) -> pa.Array:
        return pa.array([getattr(one, key) for one in kinds]).take(pa.array(kind))

    return pa.table(
        {
            "customer_id": names.take(pa.array(who)),
            "offer": of_offer("offer"),
            "reach": found.reach[kind, who],
            "acceptance": found.acceptance[kind, who],
            "effect_accepted": found.accepted[kind, who],
            "effect_refused": found.refused[kind, who],
            "acts_on": of_offer("acts_on"),
            "lasts_months": of_offer("lasts_months"),
            "margin_share": of_offer("margin_share"),
        }
    )


def catalogue(kinds: tuple[OfferKind, ...], since: date) -> pa.Table:
    """The feed `offers`: every offer open, and known, since that day."""
    moment = pa.array([np.datetime64(since, "us")] * len(kinds), pa.timestamp("us"))
    return pa.table(
        {
            "offer": pa.array([kind.offer for kind in kinds], pa.string()),
            "name": pa.array([kind.name for kind in kinds], pa.string()),
            "payment_mode": pa.array(
                [None if kind.payment_mode == "both" else kind.payment_mode for kind in kinds],
                pa.string(),
            ),
            "cost_fen": pa.array([kind.cost_fen for kind in kinds], pa.int64()),
            "months": pa.array([kind.months for kind in kinds], pa.int64()),
            "event_time": moment,
            "known_at": moment,
        }
    )


def _share(typical: float, logit: Array) -> Array:
    return np.asarray(1 / (1 + (1 - typical) / typical * np.exp(-logit)))
