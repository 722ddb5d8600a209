"""Offers by lot for a share of a list, so that offers that would never be chosen get evidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from serving.retention.choice import Options

LOT = 15  # apart from all else that is drawn from the same seed


def by_lot(
    options: Options, customers: int, share: float, seed: int
) -> tuple[Options, NDArray[np.bool_]]:
    """The options, with one offer alone, drawn by lot, left to this share of the customers.

    The flags, one a customer, say whose offer was drawn. The lot is among the
    offers that a customer may have and that are expected to gain; who has none keeps all options.
    Both arms take part, so that treated and controls with the same offer are alike.
    """
    if not share:
        return options, np.zeros(customers, dtype=bool)
    luck = np.random.default_rng([seed, LOT])
    tries, lot = luck.random(customers) < share, luck.random(customers)
    names = [arm.offer for arm in options.arms]
    offers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    offer = np.array([offers[name] for name in names], dtype=np.int64)[options.arm]
    open_to = np.zeros((customers, len(offers)), dtype=bool)
    gains = options.gain_fen > 0
    open_to[options.customer[gains], offer[gains]] = True
    place = np.floor(lot * open_to.sum(axis=1)) + 1
    drawn = np.argmax(open_to.cumsum(axis=1) == place[:, None], axis=1)
    tries &= open_to.any(axis=1)
    kept = ~tries[options.customer] | (drawn[options.customer] == offer)
    own = {
        name: getattr(options, name)[kept] for name in ("customer", "arm", "gain_fen", "cost_fen")
    }
    return replace(options, **own), tries
