"""What a backtest found: of each date the recipe's figures on what followed, or why there are none.

`<home>/models/backtest.json` is the last one. It is written by `training.backtest`; the report
shows it, and the gate may weigh its worst date.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from features.errors import LakeError
from features.home import Home
from training.evaluation.figures import Evaluation
from training.indicators import Indicator
from training.indicators.comparison import ORACLE_AUC
from training.indicators.evaluation import (
    AUC,
    CALIBRATION_SLOPE,
    OBSERVED_OVER_EXPECTED,
    TOP_DECILE_LIFT,
)
from training.statistics.estimate import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCHEMA = 1
BY_MODE = "by_payment_mode"
OVER_TIME = (AUC, TOP_DECILE_LIFT, CALIBRATION_SLOPE, OBSERVED_OVER_EXPECTED)


@dataclass(frozen=True)
class JudgedDate:
    """The model of one date, and its figures on the rows of `evaluation["counts"]["dates"]`.

    `model` is a hash of its trees and its calibration, `trees` how many there are, `periods` the
    rows that it was fitted and calibrated on.
    """

    as_of: str
    model: str
    trees: int
    periods: Mapping[str, Any]
    evaluation: Evaluation

    def to_json(self) -> dict[str, Any]:
        return {
            "as_of": self.as_of,
            "model": self.model,
            "trees": self.trees,
            "periods": dict(self.periods),
            "evaluation": self.evaluation.to_json(),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Raises KeyError or TypeError where the content is not that of `to_json`."""
        return cls(**{**content, "evaluation": Evaluation(content["evaluation"])})


@dataclass(frozen=True)
class PassedOver:
    """A date without figures: the refusal's `code`, and the `reason` in words."""

    as_of: str
    code: str
    reason: str


@dataclass(frozen=True)
class Backtest:
    """The dates from `since` to `until`, every so many weeks: judged, or passed over.

    `recipe` and `data` are fingerprints of what was retrained (`training.models.draft.recipe`)
    and of the facts.
    """

    since: str
    until: str
    every_weeks: int
    recipe: str
    data: str
    judged: tuple[JudgedDate, ...]
    passed_over: tuple[PassedOver, ...]

    def modes(self) -> list[str]:
        """The payment modes of any date, in order."""
        return sorted({mode for one in self.judged for mode in one.evaluation.part(BY_MODE)})

    def estimates(self, indicator: Indicator, mode: str | None = None) -> list[Estimate]:
        """The figure at every date that was judged, of all customers or of a payment mode."""
        parts = [one.evaluation.part(*([BY_MODE, mode] if mode else [])) for one in self.judged]
        return [part.estimate(indicator) for part in parts]

    def plot(self, language: str = "en") -> Figure:
        """AUC, lift, slope and level over the dates, each with its interval.

        Beside the AUC the best possible where a simulation knows it, beside the level that of each
        payment mode.
        """
        # matplotlib: not at the service's start
        from training.pictures.over_time import Panel, over_time

        best = [one.value for one in self.estimates(ORACLE_AUC)]
        beside = {
            AUC: {"best possible": best} if any(best) else {},
            OBSERVED_OVER_EXPECTED: {
                mode: [one.value for one in self.estimates(OBSERVED_OVER_EXPECTED, mode)]
                for mode in self.modes()
            },
        }
        panels = [Panel(one, self.estimates(one), beside.get(one) or {}) for one in OVER_TIME]
        return over_time([one.as_of for one in self.judged], panels, language)

    def worst_auc(self) -> tuple[str, float] | None:
        """The date of the lowest AUC and its value; null where no date has one."""
        return min(self._known(AUC), key=lambda one: one[1], default=None)

    def worst_level(self) -> tuple[str, float] | None:
        """The date whose observed over expected is furthest from 1, as a ratio; null as above."""

        def distance(one: tuple[str, float]) -> float:
            return abs(math.log(one[1])) if one[1] > 0 else math.inf

        return max(self._known(OBSERVED_OVER_EXPECTED), key=distance, default=None)

    def _known(self, indicator: Indicator) -> list[tuple[str, float]]:
        pairs = zip(self.judged, self.estimates(indicator), strict=True)
        return [(one.as_of, found.value) for one, found in pairs if found.value is not None]

    def to_json(self) -> dict[str, Any]:
        """As it stands in the home and in the command's `--json`."""
        return {
            "schema": SCHEMA,
            "since": self.since,
            "until": self.until,
            "every_weeks": self.every_weeks,
            "recipe": self.recipe,
            "data": self.data,
            "judged": [one.to_json() for one in self.judged],
            "passed_over": [asdict(one) for one in self.passed_over],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Raises KeyError or TypeError where the content is not that of `to_json`."""
        own = {name: value for name, value in content.items() if name != "schema"}
        own["judged"] = tuple(JudgedDate.from_json(one) for one in content["judged"])
        own["passed_over"] = tuple(PassedOver(**one) for one in content["passed_over"])
        return cls(**own)


def read_backtest(home: Path) -> Backtest | None:
    """The last backtest of the home; null where there is none that this version reads.

    Raises LakeError where its file is damaged.
    """
    path = Home(home).backtest
    try:
        content = json.loads(path.read_text("utf-8"))
        return Backtest.from_json(content) if content["schema"] == SCHEMA else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LakeError(
            f"{path} cannot be read ({error!r}). Remove it, or write it again with "
            f"`liuke backtest`."
        ) from error
