"""What a model was judged to be: every figure of a test period, read by indicator.

The figures stand in `evaluation.json` of a bundle, each under its indicator's name, its interval
beside it, and those of a part of the rows (a city, a lead time) in an object of their own.
Report, card, registry, gate and demo read them from here and write them as the indicator does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from training.indicators import FORMER_NAMES, Indicator, comparison, evaluation, own_tables
from training.indicators import value as of_value
from training.indicators.comparison import ORACLE_AUC, RFM_AUC
from training.indicators.evaluation import AUC
from training.statistics.estimate import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INTERVAL = "_interval"
# The indicators that an evaluation holds; those of a night or a lake may have the same names.
OWN = {
    one.name: one
    for subject in (evaluation, comparison, own_tables, of_value)
    for one in vars(subject).values()
    if isinstance(one, Indicator)
}
AGAINST = {
    "unchanged": {"en": "nothing changes", "zh": "一切不变"},
    "trend": {"en": "the trend goes on", "zh": "趋势延续"},
}
FORMER_PARTS = {  # of parts of the rows; the indicators have those of figures
    "without_asked": "without_cancel_requests",
}


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(Mapping[str, Any]):
    """Figures of a test period, or of a part of it, as plain JSON values.

    `estimate` reads a figure, `part` the figures of a part. A key gives the value in the JSON.
    """

    figures: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Evaluation:
        """The figures in a bundle's `evaluation.json`, of earlier versions under today's names.

        Raises OSError, or ValueError where it is not a JSON object.
        """
        content = json.loads(path.read_text("utf-8"))
        if not isinstance(content, dict):
            raise ValueError(f"{path.name} holds a {type(content).__name__}; expected an object")
        return cls(_renamed(content))

    def estimate(self, indicator: Indicator, key: str | None = None) -> Estimate:
        """The figure with its interval; null where this evaluation has none.

        `key` chooses one of a figure that has several, such as a share of precision at k.
        """
        value = self.figures.get(indicator.name)
        bounds = self.figures.get(f"{indicator.name}{INTERVAL}")
        if key is not None:
            value, bounds = (value or {}).get(key), (bounds or {}).get(key)
        return Estimate(value, *(bounds or ()))

    def part(self, *path: str) -> Evaluation:
        """The figures of a part, such as `by_city`, `Foshan`; empty where there are none."""
        found: Any = self.figures
        for name in path:
            found = found.get(name) or {}
        return Evaluation(found)

    def to_json(self) -> dict[str, Any]:
        """The figures as `evaluation.json` keeps them."""
        return dict(self.figures)

    def to_frame(self, language: str = "en") -> pd.DataFrame:
        """Every figure, those of parts too: figure, words, unit, better, value, low, high.

        A part's figure has the path before it: `by_payment_mode.prepaid.auc`.
        """
        rows = [
            (path, *_described(path, language), found.value, found.low, found.high)
            for path, found in _estimates(self.figures)
        ]
        columns = ["figure", "words", "unit", "better", "value", "low", "high"]
        numbers = dict.fromkeys(columns[4:], float)
        return pd.DataFrame(rows, columns=columns).astype(numbers)

    def plot(self, language: str = "en") -> Figure:
        """The AUC of baseline, model and best possible, each with its interval."""
        from training.pictures.curves import baseline_bars  # matplotlib: not at the service's start

        named = {"RFM baseline": RFM_AUC, "model": AUC, "best possible": ORACLE_AUC}
        return baseline_bars({name: self.estimate(one) for name, one in named.items()}, language)

    def __getitem__(self, name: str) -> Any:
        return self.figures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.figures)

    def __len__(self) -> int:
        return len(self.figures)

    def __or__(self, more: Mapping[str, Any]) -> Evaluation:
        """These figures and more; of the same name the later."""
        return Evaluation({**self.figures, **more})

    def __repr__(self) -> str:
        auc = self.estimate(AUC)
        found = f", {AUC.en} {AUC.written(auc.value)}" if auc.value is not None else ""
        return (
            f"Evaluation of {len(self)} figures{found}. "
            f"Parts: estimate(indicator), part(name), to_frame(), plot(), to_json()."
        )


def _renamed(content: Any) -> Any:
    """The same with today's names for those of earlier versions."""
    names = FORMER_NAMES | FORMER_PARTS
    if isinstance(content, dict):
        return {
            names.get(name, name): (_parts_renamed if name.startswith("by_") else _renamed)(own)
            for name, own in content.items()
        }
    return [_renamed(value) for value in content] if isinstance(content, list) else content


def _parts_renamed(parts: Any) -> Any:
    """The figures of parts under today's names; the parts' own names, such as cities, are data."""
    if not isinstance(parts, dict):
        return _renamed(parts)
    return {name: _renamed(figures) for name, figures in parts.items()}


def _estimates(figures: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Estimate]]:
    for name, value in figures.items():
        path = f"{prefix}{name}"
        bounds = figures.get(f"{name}{INTERVAL}")
        if name.endswith(INTERVAL):
            own = figures.get(name.removesuffix(INTERVAL))
            if own is None and isinstance(value, list):  # a gain, of which the interval is kept
                yield path.removesuffix(INTERVAL), Estimate(None, *value)
        elif isinstance(bounds, Mapping):  # one figure at several keys
            yield from (
                (f"{path}.{key}", Estimate(value[key], *bounds.get(key) or ())) for key in value
            )
        elif isinstance(value, Mapping):
            yield from _estimates(value, f"{path}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield path, Estimate(float(value), *(bounds or ()))


def _described(path: str, language: str) -> tuple[str, str, str]:
    """Words, unit and direction of the indicator that the path names last."""
    for name in reversed(path.split(".")):
        base, gain, other = _of_another(name)
        if base in OWN:
            one = OWN[base].over(other) if gain else OWN[base]
            return one.words(language) + _against(gain, other, language), one.unit, one.better
    return path, "", ""


def _of_another(name: str) -> tuple[str, bool, str]:
    """The figure's name, whether it is a gain, and over which other prediction, else ""."""
    found = re.fullmatch(r"(.+?)(_over)?_(unchanged|trend)", name)
    return (found[1], found[2] is not None, found[3]) if found else (name, False, "")


def _against(gain: bool, other: str, language: str) -> str:
    """The end of the words of a figure of another prediction, or of a gain over it."""
    if not other:
        return ""
    words = AGAINST[other][language]
    if language == "zh":
        return f"（较“{words}”的改进）" if gain else f"（{words}）"
    return f" (gain over: {words})" if gain else f" ({words})"
