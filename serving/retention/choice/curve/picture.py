"""The budget curve as a picture: gain over spend, the requested budget, the stop line."""

from __future__ import annotations

from matplotlib.figure import Figure

from features.words import say
from serving.retention.choice.curve import FEN, Curve
from training.pictures.model import ACCENT, INK, QUIET, canvas

SIZE = (7.2, 4.2)  # inches


def picture(curve: Curve, currency: str, language: str) -> Figure:
    """The picture of a curve, in the currency's unit and in `language` (en or zh)."""

    def word(key: str, **values: object) -> str:
        return say("choice", key, language, currency=currency, **values)

    figure, axes = canvas(SIZE)
    spend, gain = curve.spend_fen / FEN, curve.gain_fen / FEN
    axes.plot(spend, gain, color=ACCENT, linewidth=2.2, label=word("curve"))
    if curve.budget_fen is not None and curve.budget_gain_fen is not None:
        own = {"spend": _money(curve.budget_fen), "gain": _money(curve.budget_gain_fen)}
        label = word("budget", **own, marginal=f"{curve.next_gain:.2f}")
        place = min(curve.budget_fen / FEN, float(spend[-1]))
        axes.plot(place, curve.budget_gain_fen / FEN, "o", color=INK, markersize=7, label=label)
    label = word("stop", spend=_money(curve.stop_fen), bar=f"{curve.bar:g}")
    axes.axvline(curve.stop_fen / FEN, color=QUIET, linewidth=1, linestyle="--", label=label)
    axes.set_xlabel(word("spend_axis"))
    axes.set_ylabel(word("gain_axis"))
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _place: f"{value:,.0f}")
    above = (0, 1)
    axes.legend(frameon=False, fontsize=9, labelcolor=INK, loc="lower left", bbox_to_anchor=above)
    return figure


def _money(fen: float) -> str:
    return f"{fen / FEN:,.0f}"
