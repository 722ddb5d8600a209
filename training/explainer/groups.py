"""Which leaves of a tree share a table.

A leaf of depth 6 needs a table of 2^6 patterns, and so does its sibling, with the same
questions but for one answer. A group is a subtree whose leaves are read from one table: its
index is made of the answers to every question above and inside the subtree. Answers about one
column hang together (who is above the higher cut is above the lower), so k cuts of a column
make k + 1 states, not 2^k.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import prod

import numpy as np
from numpy.typing import NDArray

from training.explainer.trees import Ints, Tree

MAX_STATES = 256  # measured: see docs/decisions/0013-explainer.md

Question = tuple[int, int]  # a column and the place of its cut
Group = tuple[int, list[Question]]  # the subtree's root, as a child is written, and its questions


def groups_of(tree: Tree, columns: Ints, places: NDArray[np.uint8]) -> Iterator[Group]:
    """The largest subtrees with at most `MAX_STATES` states; together they have every leaf."""
    asked: list[Question] = list(zip(columns.tolist(), places.tolist(), strict=True))
    left, right = tree.left.tolist(), tree.right.tolist()
    below: list[frozenset[Question]] = [frozenset()] * len(asked)

    def inside(child: int) -> frozenset[Question]:
        return below[child] if child >= 0 else frozenset()

    for node in reversed(range(len(asked))):  # a node comes before its children
        below[node] = inside(left[node]) | inside(right[node]) | {asked[node]}

    def walk(child: int, above: frozenset[Question]) -> Iterator[Group]:
        questions = above | inside(child)
        if child < 0 or states(questions) <= MAX_STATES:
            yield child, sorted(questions)
        else:
            yield from walk(left[child], above | {asked[child]})
            yield from walk(right[child], above | {asked[child]})

    if asked:
        yield from walk(0, frozenset())


def states(questions: frozenset[Question]) -> int:
    """How many different answers there are: k cuts of a column make k + 1 states.

    >>> states(frozenset({(0, 3), (0, 7), (4, 1)}))
    6
    """
    return prod(count + 1 for count in Counter(column for column, _ in questions).values())
