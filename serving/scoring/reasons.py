"""Exact SHAP values as sentences, in both directions.

A reason is a sign that goes with leaving or with staying, not a cause, and its text says so. At
most one reason is given for a fact (`features.catalogue.sentences`), the strongest, and only a
value that staff may say: none that is missing or without a sentence; that nothing happened is not a
reason for leaving. The other features count in the score all the same. `effect` is in log-odds
before calibration: above 0 it speaks for leaving.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.catalogue import GROUPS
from features.catalogue.aggregates import CHANGE
from features.catalogue.families import Feature
from serving.scoring.ranking import NONE, ReasonRules, ranked
from training.encoding import PRECISION, Matrix
from training.statistics.metrics import Floats

MAX_REASONS = 5

MEANINGS = {
    "leave": {"en": "a sign that goes with leaving", "zh": "离网客户常见的迹象"},
    "stay": {"en": "a sign that goes with staying", "zh": "留网客户常见的迹象"},
    "up": {"en": "a sign that goes with a higher tier", "zh": "等级上升客户常见的迹象"},
    "down": {"en": "a sign that goes with a lower tier", "zh": "等级下降客户常见的迹象"},
}
LEAVING = ("leave", "stay")  # what an effect above and below 0 speaks for
TIER = ("up", "down")
UNITS = {
    "d": {"en": "days", "zh": "天"},
    "a": {"en": "years", "zh": "岁"},
    "min": {"en": "minutes", "zh": "分钟"},
}
UNKNOWN = {"en": "not known", "zh": "未知"}
FORMS = {"en": "{sign} ({meaning})", "zh": "{sign}（{meaning}）"}

Value = float | str | None


def rules_of(features: Sequence[Feature]) -> ReasonRules:
    """What may be said of these features: computed once a champion, for every request."""
    sayings = [feature.saying for feature in features]
    facts: dict[str, int] = {}
    for saying in sayings:
        if saying is not None:
            facts.setdefault(saying.fact, len(facts))
    signs = {
        sign: np.array([one is not None and one.says(sign) for one in sayings], dtype=bool)
        for sign in ("less", "none", "calm")
    }
    return ReasonRules(
        fact=np.array([NONE if one is None else facts[one.fact] for one in sayings], dtype=int),
        least=np.array([0.0 if one is None else one.least for one in sayings]),
        **signs,
    )


def reasons(
    rules: ReasonRules,
    names: Sequence[str],
    effects: Floats,
    values: Matrix,
    min_leaving: int = 0,
) -> list[list[dict[str, Any]]]:
    """Each customer's strongest reasons without words: {feature, value, effect}, strongest first.

    At most `MAX_REASONS`, and beyond them as many for leaving as bring these to `min_leaving`, if
    there are. `effects` has shape (n, at least features), `values` (n, features); a value is a
    number in the feature's unit, NaN where it is missing.
    """
    # One form for all, or the pass is compiled for each: rows from a file cannot be written to.
    values, effects = _in_one_form(values, PRECISION), _in_one_form(effects, np.float64)
    found = ranked(rules, effects, values, MAX_REASONS, min_leaving)
    return [
        [
            # A float32 is exact to seven digits; more of them would be an accident of its storage.
            {"feature": names[place], "value": float(f"{value:.7g}"), "effect": effect}
            for place, value, effect in zip(*own, strict=True)
            if place != NONE
        ]
        for own in zip(*(numbers.tolist() for numbers in found), strict=True)
    ]


def _in_one_form(numbers: NDArray[Any], kind: type[np.floating[Any]]) -> NDArray[Any]:
    flags = numbers.flags
    if numbers.dtype == kind and flags.c_contiguous and flags.writeable:
        return numbers
    return np.array(numbers, dtype=kind, order="C")


def in_words(
    reason: dict[str, Any],
    feature: Feature,
    language: str,
    directions: tuple[str, str] = LEAVING,
) -> dict[str, Any]:
    """The reason as people and programs get it: feature, group, text, direction, value, effect."""
    direction = directions[0] if reason["effect"] > 0 else directions[1]
    seen = sign(reason, feature, language)
    if seen is None:
        raise TypeError(f"{feature.name}: nothing is said of {reason['value']}")
    before, after = _around(direction, language)
    return {
        "feature": feature.name,
        "group": GROUPS[feature.group][language],
        "text": f"{before}{seen}{after}",
        "direction": direction,
        "value": reason["value"],
        "effect": reason["effect"],
    }


@cache
def _around(direction: str, language: str) -> tuple[str, str]:
    """What stands before and after the sign: that it is a sign, and which way it points."""
    text = FORMS[language].format(sign="\0", meaning=MEANINGS[direction][language])
    before, _, after = text.partition("\0")
    return before, after


def without_meaning(text: str, direction: str, language: str) -> str:
    """The text of a reason without what the sign goes with, where that is shown beside it.

    >>> without_meaning("1 complaint is open (a sign that goes with leaving)", "leave", "en")
    '1 complaint is open'
    """
    before, after = _around(direction, language)
    return text.removeprefix(before).removesuffix(after)


def sign(reason: dict[str, Any], feature: Feature, language: str) -> str | None:
    """What is seen of the customer, without what it goes with: `22 calls were dropped in ...`.

    None where staff may not say it, as in scores of an earlier version of the program.
    """
    if feature.saying is None:
        return None
    if reason["value"] == 0 and reason["effect"] > 0 and feature.saying.says("calm"):
        return None
    return feature.saying.sentence(reason["value"], feature.unit, language)


def spoken(value: Value, unit: str, language: str) -> str:
    """A value with its unit, beside its feature's name: in pictures and tables of the model.

    >>> spoken(38.04, CHANGE, "en"), spoken(1234.5, "MB", "en"), spoken(3.0, "d", "zh")
    ('+38 %', '1,234 MB', '3天')
    >>> spoken(None, "MB", "en")
    'not known'
    """
    if value is None:
        return UNKNOWN[language]
    if isinstance(value, str):
        return value
    whole = unit in ("%", CHANGE) or abs(value) >= 100
    value = round(value, 0 if whole else 1) or 0.0  # never -0
    if unit == CHANGE:
        return f"{value:+,.0f} %" if value else "0 %"
    number = f"{value:,.{0 if value == round(value) else 1}f}"
    word = UNITS.get(unit, {"en": unit, "zh": unit})[language]
    if language == "en" and unit in UNITS and number == "1":
        word = word.removesuffix("s")
    gap = "" if language == "zh" and unit in UNITS else " "
    return f"{number}{gap}{word}".strip()
