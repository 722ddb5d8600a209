"""What a read-out says of each figure: whether it helped, and its interval as a picture."""

from __future__ import annotations

from dataclasses import dataclass

from serving.campaigns.readout.shown import STAY
from serving.campaigns.readout.wording import verdict
from serving.http.contract.forms.campaigns import ReadoutAnswer
from serving.pages.lists.sight import Whisker, whisker

POINTS = 100  # of a share
DIGITS = 6  # what is smaller is the rounding of sums, no effect


@dataclass(frozen=True)
class Verdict:
    """A figure of the campaign: `is_share` in points, else an amount a customer.

    `answer`: helps, harms or unclear. `level` of the interval.
    """

    measure: str
    answer: str
    estimate: float
    low: float
    high: float
    is_share: bool
    level: float
    narrower_by: float
    picture: Whisker


def verdicts(readout: ReadoutAnswer) -> list[Verdict]:
    """Each figure; before all labels are known with the interval that holds at every look."""
    found = []
    for own in readout.effects:
        shown = own if readout.is_known else own.always_valid
        times = POINTS if own.measure == STAY else 1
        low, estimate, high = (
            round(times * one, DIGITS) + 0.0 for one in (shown.low, shown.estimate, shown.high)
        )
        answer = verdict({"low": low, "high": high})
        picture = whisker(low, estimate, high)
        found.append(
            Verdict(
                measure=own.measure,
                answer=answer,
                estimate=estimate,
                low=low,
                high=high,
                is_share=own.measure == STAY,
                level=own.level,
                narrower_by=max(own.narrower_by, 0.0),
                picture=picture,
            )
        )
    return found
