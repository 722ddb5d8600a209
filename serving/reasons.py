"""Exact SHAP values turned into words, in both directions.

A reason is a sign that goes with leaving or with staying, not a cause, and its text says so.
At most one reason a family of features is told, the strongest, and none that staff may not
hear. `effect` is in log-odds before calibration: above 0 it speaks for leaving.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.aggregates import CHANGE
from features.catalogue import GROUPS
from features.families import Feature
from training.metrics import Floats

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
SIGNS = {"en": "{what}: {value}", "zh": "{what}：{value}"}
FORMS = {"en": "{sign} ({tell})", "zh": "{sign}（{tell}）"}

Value = float | str | None
Places = NDArray[np.int64]


def reasons(
    features: Sequence[Feature],
    effects: Floats,
    value_of: Callable[[int, int], Value],
    most: int = MOST,
    least_leaving: int = 0,
) -> list[list[dict[str, Any]]]:
    """Each customer's strongest reasons without words: {feature, value, effect}, strongest first.

    At most `most`, and beyond them as many for leaving as make `least_leaving`, if there are.
    `effects` has shape (n, features); `value_of(row, place)` is a number in the feature's unit, a
    category, or None where it is not known, and is asked for what is told alone.
    """
    rows, places = _told(_families(features), effects, most, least_leaving)
    names = [feature.name for feature in features]
    found: list[list[dict[str, Any]]] = [[] for _ in range(len(effects))]
    for row, place, effect in zip(
        rows.tolist(), places.tolist(), effects[rows, places].tolist(), strict=True
    ):
        value = _plain(value_of(row, place))
        found[row].append({"feature": names[place], "value": value, "effect": effect})
    return found


def _families(features: Sequence[Feature]) -> list[Places]:
    """The places of each family's features, without those that staff may not hear."""
    families: dict[tuple[str, str], list[int]] = {}
    for place, feature in enumerate(features):
        if feature.staff_may_hear:
            families.setdefault((feature.group, feature.column), []).append(place)
    return [np.array(places) for places in families.values()]


def _told(
    families: Sequence[Places], effects: Floats, most: int, least_leaving: int
) -> tuple[Places, Places]:
    """Whose row and which feature's place, of all that is told: by row, then the strongest first.

    Of each family the strongest; of equal ones that of the lower place.
    """
    if not families:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    strength = np.abs(effects)
    places = np.stack([own[strength[:, own].argmax(axis=1)] for own in families], axis=1)
    order = np.lexsort((places, -np.take_along_axis(strength, places, axis=1)), axis=1)
    places = np.take_along_axis(places, order, axis=1)
    own = np.take_along_axis(effects, places, axis=1)
    for_leaving = own > 0
    awaited = for_leaving & (np.cumsum(for_leaving, axis=1) <= least_leaving)
    rows, ranks = np.nonzero((own != 0) & ((np.arange(len(families)) < most) | awaited))
    return rows, places[rows, ranks]


def in_words(
    reason: dict[str, Any],
    feature: Feature,
    language: str,
    directions: tuple[str, str] = LEAVING,
) -> dict[str, Any]:
    """The reason as people and programs get it: feature, group, text, direction, value, effect."""
    direction = directions[0] if reason["effect"] > 0 else directions[1]
    told = sign(reason, feature, language)
    text = FORMS[language].format(sign=told, tell=TELLS[direction][language])
    return {
        "feature": feature.name,
        "group": GROUPS[feature.group][language],
        "text": text,
        "direction": direction,
        "value": reason["value"],
        "effect": reason["effect"],
    }


def sign(reason: dict[str, Any], feature: Feature, language: str) -> str:
    """What is seen of the customer, without what it goes with: `Dropped calls ...: 15`."""
    return SIGNS[language].format(
        what=_capital(feature.en) if language == "en" else feature.zh,
        value=spoken(reason["value"], feature.unit, language),
    )


def spoken(value: Value, unit: str, language: str) -> str:
    """A value with its unit as people say it.

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


def _plain(value: Value) -> Value:
    if value is None or isinstance(value, str):
        return value
    # A float32 is exact to seven digits; more of them would be an accident of its storage.
    return None if math.isnan(value) else float(f"{value:.7g}")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
