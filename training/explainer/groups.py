"""Which leaves of a tree share a table.

A leaf of depth 6 needs a table of 2^6 patterns, and so does its sibling, with the same
conditions but for the outcome of one. A group is a subtree whose leaves are read from one table:
its index is computed from the outcomes of every condition above and inside the subtree. Outcomes
on one column depend on each other (a value above the higher cut is above the lower), so k cuts of
a column make k + 1 states, not 2^k.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import prod

import numpy as np
from numpy.typing import NDArray

from training.explainer.trees import Ints, Tree

MAX_STATES = 256  # measured: see docs/decisions/0013-explainer.md

Condition = tuple[int, int]  # a column and the place of its cut
Group = tuple[int, list[Condition]]  # the subtree's root, as a child is written, and its conditions


def groups_of(tree: Tree, columns: Ints, places: NDArray[np.uint8]) -> Iterator[Group]:
    """The largest subtrees with at most `MAX_STATES` states; together they have every leaf."""
    conditions_of: list[Condition] = list(zip(columns.tolist(), places.tolist(), strict=True))
    left, right = tree.left.tolist(), tree.right.tolist()
    below: list[frozenset[Condition]] = [frozenset()] * len(conditions_of)

    def inside(child: int) -> frozenset[Condition]:
        return below[child] if child >= 0 else frozenset()

    for node in reversed(range(len(conditions_of))):  # a node comes before its children
        below[node] = inside(left[node]) | inside(right[node]) | {conditions_of[node]}

    def walk(child: int, above: frozenset[Condition]) -> Iterator[Group]:
        conditions = above | inside(child)
        if child < 0 or states(conditions) <= MAX_STATES:
            yield child, sorted(conditions)
        else:
            yield from walk(left[child], above | {conditions_of[child]})
            yield from walk(right[child], above | {conditions_of[child]})

    if conditions_of:
        yield from walk(0, frozenset())


def states(conditions: frozenset[Condition]) -> int:
    """How many different outcomes there are: k cuts of a column make k + 1 states.

    >>> states(frozenset({(0, 3), (0, 7), (4, 1)}))
    6
    """
    return prod(count + 1 for count in Counter(column for column, _ in conditions).values())
