"""Who is on the list: of the treated the best choice, of the control group who would have been.

The arms were drawn before. A customer of the control group is on the list where the prices of the
limits, the same for both arms, leave one of their options a gain: so both arms hold customers of
the same kind, and the budget is spent on the treated alone. A list may be ranked instead: then the
control group is of those who rank no lower than the last of the treated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from serving.retention.choice import Choice, Limits, Multipliers, Options, choose, judged

Places = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Picked:
    """Places of options, one a customer: of the treated and of the control group on the list.

    `options` are those of the treated, as the certificate has them, `choice` what was chosen among
    them; `priced_fen` is what the limits' prices leave of the gain of each option of all customers,
    null of a list that is ranked, which no price decides.
    """

    treated: Places
    control: Places
    options: Options
    choice: Choice
    priced_fen: Floats | None


def picked(
    options: Options,
    control: NDArray[np.bool_],
    limits: Limits,
    by: Floats | None = None,
) -> Picked:
    """Pick from these options of customers of whom `control` are in the control group.

    `by`: rank those whom a contact gains by this value of each customer, as `ranked` does, instead
    of choosing for the greatest gain.
    """
    of_control = control[options.customer]
    places = np.flatnonzero(~of_control)
    own = _part(options, places)
    if by is not None:
        gains = np.flatnonzero(options.gain_fen > 0)
        treated, drawn = (gains[one] for one in ranked(_part(options, gains), control, limits, by))
        choice = judged(own, limits, np.searchsorted(places, treated))
        return Picked(treated, drawn, own, choice, None)
    choice = choose(own, limits)
    priced = priced_fen(options, choice.multipliers)
    best = _best(options, priced, np.flatnonzero(of_control))
    return Picked(places[choice.place], best[priced[best] > 0], own, choice, priced)


def ranked(
    options: Options, control: NDArray[np.bool_], limits: Limits, by: Floats
) -> tuple[Places, Places]:
    """Places of options of the treated and of the control group, by this value of each customer.

    The highest come first, each with the option of most gain, as far as the limits allow.
    """
    of_control = control[options.customer]
    best = _best(options, options.gain_fen, np.arange(len(options.customer)))
    best = best[np.lexsort((options.customer[best], -by[options.customer[best]]))]
    treated = _within(options, best[~of_control[best]], limits)
    line = by[options.customer[treated]].min() if len(treated) else np.inf
    drawn = best[of_control[best]]
    return np.sort(treated), np.sort(drawn[by[options.customer[drawn]] >= line])


def priced_fen(options: Options, multipliers: Multipliers) -> Floats:
    """What the prices of the limits leave of each option's gain."""
    channels = np.array([multipliers.channels.get(arm.channel, 0.0) for arm in options.arms])
    price = multipliers.budget * options.cost_fen + channels[options.arm]
    for kind, by_code in multipliers.groups.items():
        codes = options.groups[kind][options.customer]
        of_code = np.zeros(max([*by_code, codes.max(initial=-1)], default=-1) + 2)
        for code, value in by_code.items():
            of_code[code] = value
        price = price + of_code[codes]  # -1, without a group, is the last: 0
    left: Floats = options.gain_fen - price
    return left


def _part(options: Options, places: Places) -> Options:
    names = ("customer", "arm", "gain_fen", "cost_fen")
    own = {name: getattr(options, name)[places] for name in names}
    return Options(**own, arms=options.arms, groups=options.groups)


def _best(options: Options, value: Floats, places: Places) -> Places:
    """Of the options at these places each customer's of most value, the first of equals."""
    order = places[np.lexsort((places, -value[places], options.customer[places]))]
    _, first = np.unique(options.customer[order], return_index=True)
    return np.asarray(order[first])


def _within(options: Options, places: Places, limits: Limits) -> Places:
    """Those of these options, taken in order, that the limits allow."""
    left = _Left(options, limits)
    return np.array([place for place in places.tolist() if left.take(place)], np.int64)


class _Left:
    """What the limits still allow."""

    def __init__(self, options: Options, limits: Limits) -> None:
        self._options = options
        self._budget = np.inf if limits.budget_fen is None else limits.budget_fen
        self._channels = dict(limits.channels)
        self._groups: Mapping[str, dict[int, int]] = {
            kind: dict(most) for kind, most in limits.groups.items()
        }

    def take(self, place: int) -> bool:
        own = self._options
        customer, channel = int(own.customer[place]), own.arms[own.arm[place]].channel
        codes = {kind: int(own.groups[kind][customer]) for kind in self._groups}
        if own.cost_fen[place] > self._budget or self._channels.get(channel, 1) < 1:
            return False
        if any(self._groups[kind].get(code, 1) < 1 for kind, code in codes.items()):
            return False
        self._budget -= own.cost_fen[place]
        if channel in self._channels:
            self._channels[channel] -= 1
        for kind, code in codes.items():
            if code in self._groups[kind]:
                self._groups[kind][code] -= 1
        return True
