"""The first difference between what was decided and what the replay finds."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.histories.bills.tiers import SUMS
from training.encoding import PRECISION

TOLERANCE = 1e-9  # relative: another machine may add up in another order
OF_REASONS = ("feature", "direction", "value", "effect")  # not the text, which has a language


@dataclass(frozen=True)
class Difference:
    """What differs, and both values.

    `kind`: lake, kept, row, fingerprint, risk, tier, reasons, decision, or settings where the
    decision differs and its settings were others than today's. `name`: of the file or the feature,
    or the place in the answer.
    """

    kind: str
    name: str
    then: Any
    now: Any


@dataclass(frozen=True)
class Row:
    """What a model sees of a customer, by name; null where missing."""

    values: Mapping[str, float | str | None]


def row_of(content: bytes, features: Sequence[str]) -> Row:
    """The row that `row_content` wrote, its numbers those of `features` in order.

    Raises ValueError where it is not such a row.
    """
    length = len(features) * PRECISION().itemsize
    numbers = np.frombuffer(content[:length], dtype="<f4")
    about = json.loads(content[length:])
    values: dict[str, float | str | None] = {
        name: None if np.isnan(value) else float(value)
        for name, value in zip(features, numbers, strict=True)
    }
    values |= dict(about["categories"])
    values |= dict(zip(SUMS, about["sums"], strict=True))
    return Row(values)


def row_differences(then: Row, now: Row) -> Iterator[Difference]:
    """The features whose values differ, in the model's order, then the sums of the bills."""
    for name in dict.fromkeys((*then.values, *now.values)):
        before, after = then.values.get(name), now.values.get(name)
        if before != after:
            yield Difference("row", name, before, after)


def answer_differences(
    then: Mapping[str, Any], now: Mapping[str, Any], kinds: Mapping[str, str]
) -> Iterator[Difference]:
    """What differs of an answer: each field of `kinds` that both have, with its kind."""
    for name, kind in kinds.items():
        if name in then and name in now:
            for place, before, after in _apart(then[name], now[name]):
                yield Difference(kind, f"{name}{place}", before, after)


def without_words(reasons: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The reasons without what depends on the language."""
    return [{name: reason.get(name) for name in OF_REASONS} for reason in reasons]


def _apart(then: Any, now: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The places at which two values of JSON differ, both values with each."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for name in dict.fromkeys((*then, *now)):
            yield from _apart(then.get(name), now.get(name), f"{place}.{name}")
    elif isinstance(then, list) and isinstance(now, list):
        for number in range(max(len(then), len(now))):
            before = then[number] if number < len(then) else None
            after = now[number] if number < len(now) else None
            yield from _apart(before, after, f"{place}[{number}]")
    elif not _is_same(then, now):
        yield place, then, now


def _is_same(then: Any, now: Any) -> bool:
    numbers = (int, float)
    if isinstance(then, numbers) and isinstance(now, numbers):
        return math.isclose(then, now, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(then == now)
