"""Exact SHAP values as sentences, in both directions.

A reason is a sign that goes with leaving or with staying, not a cause, and its text says so. At
most one reason is given for a fact (`features.catalogue.sentences`), the strongest, and only a
value that staff may say: none that is missing or without a sentence, and that nothing happened is
no reason for leaving. The other features count in the score all the same. `effect` is in log-odds
before calibration: above 0 it speaks for leaving.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.catalogue import GROUPS
from features.catalogue.aggregates import CHANGE
from features.catalogue.families import Feature
from training.encoding import Matrix
from training.statistics.metrics import Floats

MOST = 5

TELLS = {
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
FORMS = {"en": "{sign} ({tell})", "zh": "{sign}（{tell}）"}

Value = float | str | None
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Speech:
    """What may be said of features, as arrays over them: made once, for every request.

    `facts`: the places of the features of each fact. `less`, `none`, `calm`, `some` say whether a
    value of that sign (`features.catalogue.sentences.SIGNS`) is said, and from which distance of
    zero on.
    """

    names: tuple[str, ...]
    facts: tuple[Places, ...]
    less: Flags
    none: Flags
    calm: Flags
    some: Flags
    least: Floats


def speech_of(features: Sequence[Feature]) -> Speech:
    """What may be said of these features."""
    sayings = [feature.saying for feature in features]
    facts: dict[str, list[int]] = {}
    for place, saying in enumerate(sayings):
        if saying is not None:
            facts.setdefault(saying.fact, []).append(place)
    signs = {
        sign: np.array([one is not None and one.says(sign) for one in sayings], dtype=bool)
        for sign in ("less", "none", "calm")
    }
    return Speech(
        names=tuple(feature.name for feature in features),
        facts=tuple(np.array(places) for places in facts.values()),
        some=np.array([one is not None for one in sayings], dtype=bool),
        least=np.array([0.0 if one is None else one.least for one in sayings]),
        **signs,
    )


def reasons(
    speech: Speech,
    effects: Floats,
    values: Matrix,
    most: int = MOST,
    least_leaving: int = 0,
) -> list[list[dict[str, Any]]]:
    """Each customer's strongest reasons without words: {feature, value, effect}, strongest first.

    At most `most`, and beyond them as many for leaving as bring these to `least_leaving`, if
    there are. `effects` and `values` have shape (n, features); a value is a number in the
    feature's unit, NaN where it is missing.
    """
    said = np.where(_sayable(speech, values, effects), effects, 0.0)
    rows, places = _chosen(speech.facts, said, most, least_leaving)
    found: list[list[dict[str, Any]]] = [[] for _ in range(len(effects))]
    for row, place, value, effect in zip(
        rows.tolist(),
        places.tolist(),
        values[rows, places].tolist(),
        effects[rows, places].tolist(),
        strict=True,
    ):
        # A float32 is exact to seven digits; more of them would be an accident of its storage.
        own = {"feature": speech.names[place], "value": float(f"{value:.7g}"), "effect": effect}
        found[row].append(own)
    return found


def _sayable(speech: Speech, values: Matrix, effects: Floats) -> Flags:
    """Of which values there is a sentence for this effect, shape (n, features)."""
    zero = speech.none | (speech.calm & (effects < 0))
    found: Flags = np.where(values > 0, speech.some, np.where(values < 0, speech.less, zero))
    return found & np.isfinite(values) & (np.abs(values) >= speech.least)


def _chosen(
    facts: Sequence[Places], effects: Floats, most: int, least_leaving: int
) -> tuple[Places, Places]:
    """The row and the feature's place of each reason: by row, then the strongest first.

    Of each fact the strongest; of equal ones that of the lower place.
    """
    if not facts:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    strength = np.abs(effects)
    places = np.stack([own[strength[:, own].argmax(axis=1)] for own in facts], axis=1)
    order = np.lexsort((places, -np.take_along_axis(strength, places, axis=1)), axis=1)
    places = np.take_along_axis(places, order, axis=1)
    own = np.take_along_axis(effects, places, axis=1)
    for_leaving = own > 0
    awaited = for_leaving & (np.cumsum(for_leaving, axis=1) <= least_leaving)
    rows, ranks = np.nonzero((own != 0) & ((np.arange(len(facts)) < most) | awaited))
    return rows, places[rows, ranks]


def in_words(
    reason: dict[str, Any],
    feature: Feature,
    language: str,
    directions: tuple[str, str] = LEAVING,
) -> dict[str, Any]:
    """The reason as people and programs get it: feature, group, text, direction, value, effect."""
    direction = directions[0] if reason["effect"] > 0 else directions[1]
    shown = sign(reason, feature, language)
    if shown is None:
        raise TypeError(f"{feature.name}: nothing is said of {reason['value']}")
    text = FORMS[language].format(sign=shown, tell=TELLS[direction][language])
    return {
        "feature": feature.name,
        "group": GROUPS[feature.group][language],
        "text": text,
        "direction": direction,
        "value": reason["value"],
        "effect": reason["effect"],
    }


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
