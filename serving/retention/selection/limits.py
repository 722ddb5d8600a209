"""The request's limits as the choice takes them: a number for each channel and each place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.retention.choice import Limits
from serving.retention.retention_settings import RetentionSettings
from serving.retention.selection.request import EACH, GROUPS, ListRequest

Codes = NDArray[np.int32]
SIZE = "list"  # the kind of the one group that all customers are in


@dataclass(frozen=True)
class Limited:
    """The limits, and the code of every customer by kind."""

    limits: Limits
    codes: Mapping[str, Codes]


def limited(request: ListRequest, scores: pd.DataFrame, settings: RetentionSettings) -> Limited:
    """The request's limits for these customers; a channel without one has its capacity of a day.

    That times the request's days, and at most as many as there are customers.
    """
    codes: dict[str, Codes] = {}
    most: dict[str, dict[int, int]] = {}
    for kind, own in request.capacity.items():
        if kind in GROUPS:
            found, levels = pd.factorize(scores[GROUPS[kind]], sort=True)
            codes[kind] = found.astype(np.int32)
            most[kind] = _by_code(own, tuple(map(str, levels)))
    if request.size is not None:
        codes[SIZE] = np.zeros(len(scores), np.int32)
        most[SIZE] = {0: request.size}
    channels = {
        name: min(channel.capacity_a_day * request.days, len(scores))
        for name, channel in settings.channels.items()
    }
    channels |= request.capacity.get("channel", {})
    return Limited(Limits(request.budget_fen, channels, most), codes)


def _by_code(own: Mapping[str, int], names: tuple[str, ...]) -> dict[int, int]:
    each = own.get(EACH)
    found = {code: own.get(name, each) for code, name in enumerate(names)}
    return {code: most for code, most in found.items() if most is not None}
