"""Joining customers into units of a greatest size: a disjoint-set forest (Tarjan 1975)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.explainer.jit import compiled as jit

Codes = NDArray[np.int64]


@jit
def join(groups: Codes, ties: NDArray[np.int64], most: int) -> Codes:
    """The root of each customer: first whole groups, then ties in order up to `most` customers."""
    count = len(groups)
    parent, size = np.arange(count), np.ones(count, np.int64)
    first = np.full(groups.max() + 1 if count else 0, -1, np.int64)
    for own in range(count):
        code = groups[own]
        if code >= 0:
            if first[code] < 0:
                first[code] = own
            else:
                parent[own] = first[code]
                size[first[code]] += 1
    for place in range(len(ties)):
        one, other = _root(parent, ties[place, 0]), _root(parent, ties[place, 1])
        if one != other and size[one] + size[other] <= most:
            low, high = min(one, other), max(one, other)
            parent[high] = low
            size[low] += size[high]
    for own in range(count):
        parent[own] = _root(parent, own)
    return parent


@jit
def _root(parent: Codes, own: int) -> int:
    while parent[own] != own:
        parent[own] = parent[parent[own]]
        own = parent[own]
    return own
