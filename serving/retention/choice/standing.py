"""Where one customer stands against the line: what the limits make of each of their options."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from serving.retention.choice.options import Arm, Multipliers, Options


@dataclass(frozen=True)
class Standing:
    """One option of a customer at the limits' multipliers.

    `tolls_fen` is by limit ("budget", "channel", each kind of group) what the room that the option
    takes is good for elsewhere; `net_fen` is what the gain exceeds all of them by. Below 0 the
    option is below the line, and so much more gain would have lifted it there. At most one option
    a customer is chosen, the one of the largest `net_fen`, but for the few whom rounding changed.
    """

    place: int
    arm: Arm
    gain_fen: float
    cost_fen: int
    tolls_fen: dict[str, float]
    net_fen: float


def standings(options: Options, multipliers: Multipliers, customer: int) -> list[Standing]:
    """The customer's options by what they gain net of tolls, the largest first.

    >>> options = Options.of([(0, 0, 90.0, 10), (1, 0, 50.0, 10)], (Arm("gift", "call"),))
    >>> (one,) = standings(options, Multipliers(6.0, {}, {}), 1)
    >>> one.tolls_fen, one.net_fen
    ({'budget': 60.0}, -10.0)
    """
    first, last = np.searchsorted(options.customer, [customer, customer + 1])
    found = [_standing(options, multipliers, place) for place in range(int(first), int(last))]
    return sorted(found, key=lambda one: -one.net_fen)


def _standing(options: Options, multipliers: Multipliers, place: int) -> Standing:
    customer, arm = int(options.customer[place]), options.arms[options.arm[place]]
    gain, cost = float(options.gain_fen[place]), int(options.cost_fen[place])
    tolls = {"budget": multipliers.budget * cost}
    tolls["channel"] = multipliers.channels.get(arm.channel, 0.0)
    for kind, by_code in multipliers.groups.items():
        tolls[kind] = by_code.get(int(options.groups[kind][customer]), 0.0)
    tolls = {limit: toll for limit, toll in tolls.items() if toll}
    return Standing(place, arm, gain, cost, tolls, gain - sum(tolls.values()))
