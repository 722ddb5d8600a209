"""What comes of contacts whose customers' futures and whose offers' effects are at hand as arrays.

`respond` reads both from a truth's folder. Luck is common (see there).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.simulate.world.offers import REFUSED_MONTHS, multipliers

Array = NDArray[Any]

MONTHS = 12
MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True)
class Contacted:
    """Contacts, one element each: what awaits the customer, and what the offer would do to them.

    `requested`: customer_id and offer, null without a contact. `hazards`: groups x MONTHS x
    contacts. `terms`: reach, acceptance, effect_accepted, effect_refused, acts_on, lasts_months and
    margin_share of the offer; reach 0 without a contact.
    """

    requested: pd.DataFrame
    hazards: Array
    margin: Array
    luck: Array
    terms: Mapping[str, Any]

    def term(self, name: str) -> Array:
        return np.asarray(self.terms[name])


def answers(own: Contacted, draw: int) -> pd.DataFrame:
    """As `respond`, with the index 0 to n - 1."""
    reach, accept, leave = (
        uniform(own.luck, f"{purpose}{draw or ''}") for purpose in ("reach", "accept", "leave")
    )
    contacted = own.requested["offer"].notna().to_numpy()
    reached = contacted & (reach < own.term("reach"))
    accepted = reached & (accept < own.term("acceptance"))
    threshold = -np.log1p(-leave)
    stayed0 = _months_stayed(own.hazards.sum(axis=0), threshold)
    stayed = _months_stayed(_changed(own, reached, accepted), threshold)
    lasts = np.minimum(stayed, np.where(accepted, own.term("lasts_months"), 0))
    margin_fen = own.margin * (stayed + lasts * (own.term("margin_share") - 1))
    left_month = pd.array(stayed + 1, dtype="Int64")
    left_month[stayed == MONTHS] = pd.NA
    return pd.DataFrame(
        {
            "customer_id": own.requested["customer_id"].to_numpy(),
            "offer": own.requested["offer"].to_numpy(),
            "reached": reached,
            "accepted": accepted,
            "left_month": left_month,
            "saved_months": stayed - stayed0,
            "margin_fen": np.rint(margin_fen).astype(np.int64),
            "saved_margin_fen": np.rint(margin_fen - own.margin * stayed0).astype(np.int64),
        }
    )


def expectations(own: Contacted) -> pd.DataFrame:
    """As `expect`, with the index 0 to n - 1."""
    reach, acceptance = own.term("reach"), own.term("acceptance")
    accepted, refused, none = (
        np.exp(-np.cumsum(hazard, axis=0))
        for hazard in (
            *(_changed(own, *flags) for flags in _outcomes(len(own.requested))),
            own.hazards.sum(axis=0),
        )
    )
    lasts = np.arange(MONTHS)[:, None] < own.term("lasts_months")
    kept = np.where(lasts, own.term("margin_share"), 1.0)
    without = none.sum(axis=0)
    gained = acceptance * ((accepted * kept).sum(axis=0) - without)
    lost = (1 - acceptance) * (refused.sum(axis=0) - without)
    return pd.DataFrame(
        {
            "customer_id": own.requested["customer_id"].to_numpy(),
            "offer": own.requested["offer"].to_numpy(),
            "acceptance": reach * acceptance,
            "saved_margin_fen": own.margin * reach * (gained + lost),
        }
    )


def _outcomes(count: int) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Reached and accepted of all: where they accept, and where they refuse."""
    yes, no = np.ones(count, dtype=bool), np.zeros(count, dtype=bool)
    return (yes, yes), (yes, no)


def _changed(own: Contacted, reached: Array, accepted: Array) -> Array:
    """The total hazard of each month (rows) under the contact's outcome."""
    effect = np.where(accepted, own.term("effect_accepted"), own.term("effect_refused"))
    effect = np.where(reached, effect, 0.0)
    times = multipliers(own.term("acts_on"), accepted, effect)
    lasts = np.where(accepted, own.term("lasts_months"), REFUSED_MONTHS)
    within = np.arange(MONTHS)[:, None] < lasts
    return np.asarray((own.hazards * np.where(within, times[:, None, :], 1.0)).sum(axis=0))


def _months_stayed(hazard: Array, threshold: Array) -> Array:
    """Whole months until the cumulated hazard (months x customers) passes the threshold."""
    return np.asarray((np.cumsum(hazard, axis=0) < threshold).sum(axis=0))


def uniform(luck: Array, purpose: str) -> Array:
    """A number in [0, 1) of each customer for the purpose (splitmix64; Steele et al. 2014)."""
    salt = int.from_bytes(blake2b(purpose.encode(), digest_size=8).digest(), "big")
    z = luck ^ np.uint64(salt)
    z = (z ^ (z >> np.uint64(30))) * MIX[0]
    z = (z ^ (z >> np.uint64(27))) * MIX[1]
    return np.asarray(((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53)
