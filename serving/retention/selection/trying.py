"""Offers by lot for a share of a list, so that offers that would never be chosen get evidence.

What evidence speaks against is tried as well, as long as it may well be better than it seems: else
a list whose first offers all looked harmful would never learn any more. Such trials may lose money,
which is the price of knowing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from serving.retention.choice import Options

LOT = 15  # apart from all else that is drawn from the same seed
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lots:
    """The options that are left; `gain_fen` of those drawn by lot is what they may well bring.

    `expected_fen`: what each of them is expected to bring. `tried`: of each customer, whether
    their offer was drawn.
    """

    options: Options
    expected_fen: Floats
    tried: NDArray[np.bool_]


def by_lot(
    options: Options, hopeful: Callable[[], Floats], customers: int, share: float, seed: int
) -> Lots:
    """The options, with one offer alone, drawn by lot, left to this share of the customers.

    `hopeful` makes of each option what it would gain were it as good as it may well be. The lot is
    among the offers that a customer may have and that would gain then; who has none keeps all
    options. Both arms take part, so that treated and controls with the same offer are alike.
    """
    if not share:
        return Lots(options, options.gain_fen, np.zeros(customers, dtype=bool))
    luck = np.random.default_rng([seed, LOT])
    tries, lot = luck.random(customers) < share, luck.random(customers)
    names = [arm.offer for arm in options.arms]
    offers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    offer = np.array([offers[name] for name in names], dtype=np.int64)[options.arm]
    open_to = np.zeros((customers, len(offers)), dtype=bool)
    hoped = np.maximum(hopeful(), options.gain_fen)
    gains = hoped > 0
    open_to[options.customer[gains], offer[gains]] = True
    place = np.floor(lot * open_to.sum(axis=1)) + 1
    drawn = np.argmax(open_to.cumsum(axis=1) == place[:, None], axis=1)
    tries &= open_to.any(axis=1)
    counted = np.where(tries[options.customer], hoped, options.gain_fen)
    kept = ~tries[options.customer] | (drawn[options.customer] == offer)
    own = {name: getattr(options, name)[kept] for name in ("customer", "arm", "cost_fen")}
    left = replace(options, **own, gain_fen=counted[kept])
    return Lots(left, options.gain_fen[kept], tries)
