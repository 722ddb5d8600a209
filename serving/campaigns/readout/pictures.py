"""Pictures of a read-out: each effect with its interval, against the line of no effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from features.words import say, words
from serving.campaigns.readout.shown import STAY
from serving.campaigns.readout.wording import HARMS, HELPS, verdict
from training.pictures.model import ACCENT, BLUE, INK, QUIET, canvas

COLOURS = {HELPS: BLUE, HARMS: ACCENT}
WIDTH, ROW, MIN_HEIGHT = 7.2, 0.34, 1.6  # inches
Plain = Mapping[str, Any]


def whole(result: Plain, currency: str, language: str) -> list[Figure]:
    """A picture for the share who stayed, and one for the two amounts."""
    known = {one["measure"]: _seen(one, result) for one in result["effects"]}
    amounts = [one for name, one in known.items() if name != STAY]
    names = words(language, "readout")
    return [
        _drawn([known[STAY]], [names["axis_stay"]], say("readout", "unit_points", language), 100),
        _drawn(
            amounts, [names[f"axis_{one['measure']}"] for one in amounts],
            say("readout", "unit_amount", language, currency=currency), 1,
        ),
    ]  # fmt: skip


def by_part(result: Plain, language: str) -> Figure:
    """The effect on staying in each part of the list; all intervals hold together."""
    own = [one for one in result["parts"] if one["measure"] == STAY]
    names = words(language, "readout")
    labels = [f"{names['by_' + one['by']]} {one['of']} ({one['customers']:,})" for one in own]
    return _drawn(own, labels, say("readout", "unit_points", language), 100)


def _seen(one: Plain, result: Plain) -> Plain:
    """The effect with the interval that may be looked at now."""
    return one if result["is_known"] else {**one, **one["always_valid"]}


def _drawn(effects: Sequence[Plain], labels: Sequence[str], unit: str, times: int) -> Figure:
    figure, axes = canvas((WIDTH, max(MIN_HEIGHT, ROW * len(effects) + 0.9)))
    axes.axvline(0, color=QUIET, linewidth=1)
    for place, one in enumerate(effects):
        colour = COLOURS.get(verdict(one), INK)
        ends = [times * one["low"], times * one["high"]]
        axes.plot(ends, [place, place], color=colour, linewidth=2.2, solid_capstyle="butt")
        axes.plot(times * one["estimate"], place, "o", color=colour, markersize=6)
    axes.set_yticks(range(len(effects)), labels)
    axes.set_ylim(len(effects) - 0.5, -0.5)
    axes.set_xlabel(unit)
    return figure
