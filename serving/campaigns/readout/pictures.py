"""Pictures of a read-out: each effect with its interval, against the line of no effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from features.words import say, words
from serving.campaigns.readout.shown import STAY
from training.pictures.intervals import Bar, bar, intervals

Plain = Mapping[str, Any]


def whole(result: Plain, currency: str, language: str) -> list[Figure]:
    """A picture for the share who stayed, and one for the two amounts."""
    known = {one["measure"]: _seen(one, result) for one in result["effects"]}
    names = words(language, "readout")
    bars = {name: _bar(one, names[f"axis_{name}"]) for name, one in known.items()}
    amount = say("readout", "unit_amount", language, currency=currency)
    return [
        intervals([bars.pop(STAY)], say("readout", "unit_points", language)),
        intervals(list(bars.values()), amount),
    ]


def by_part(result: Plain, language: str) -> Figure:
    """The effect on staying in each part of the list; all intervals hold together."""
    names = words(language, "readout")
    bars = [
        _bar(one, f"{names['by_' + one['by']]} {one['of']} ({one['customers']:,})")
        for one in result["parts"]
        if one["measure"] == STAY
    ]
    return intervals(bars, say("readout", "unit_points", language))


def _seen(one: Plain, result: Plain) -> Plain:
    """The effect with the interval that may be looked at now."""
    return one if result["is_known"] else {**one, **one["always_valid"]}


def _bar(one: Plain, label: str) -> Bar:
    times = 100 if one["measure"] == STAY else 1
    return bar(label, *(times * one[name] for name in ("estimate", "low", "high")))
