"""A model's tables: all groups one after the other, as whole numbers.

The leaves of a group (`training.explainer.groups`) are added up (`training.explainer.leaves`)
into one table over the group's states. Of each leaf its tree's mean is taken first: a constant
pushes no row, and a model's base, which LightGBM keeps in its first tree, then costs no
precision. Numbers are held as int32 in a unit that is a power of two, so sums are exact: no
order of rows, trees or threads changes a bit.
"""

from __future__ import annotations

from math import frexp, ldexp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.explainer.columns import columns_of
from training.explainer.compiled import FORMAT, QUAD, Compiled, hash_of
from training.explainer.groups import Condition, Group, groups_of
from training.explainer.leaves import add_leaves
from training.explainer.trees import Floats, Forest, Ints, Tree, read_forest

# Small units for late, small trees; and however many trees, no sum leaves int32.
STRETCH_TREES = 100
LARGEST = 2**31 - 1


def compile_model(text: str) -> Compiled:
    """The tables of a model's text. Raises ValueError as `trees.read_forest` does."""
    return _compiled(read_forest(text), hash_of(text))


def _compiled(forest: Forest, model: NDArray[np.uint8]) -> Compiled:
    columns, column, places = columns_of(forest.trees)
    writer = _Writer(forest.features)
    for label in range(forest.classes):
        own = range(label, len(forest.trees), forest.classes)
        for start in range(0, len(own), STRETCH_TREES):
            for place in own[start : start + STRETCH_TREES]:
                tree = forest.trees[place]
                parent = _parents(tree)
                for group in groups_of(tree, column[place], places[place]):
                    writer.add(tree, parent, group, column[place], places[place])
            writer.close(label)
    expected = [
        sum(tree.mean for tree in forest.trees[label :: forest.classes])
        for label in range(forest.classes)
    ]
    return Compiled(
        format=np.array([FORMAT]),
        model=model,
        expected=np.array(expected, dtype=np.float64),
        features=np.array([forest.features]),
        **columns._asdict(),
        **writer.arrays(),
    )


class _Writer:
    """Groups one after the other into flat arrays, as `Compiled` describes them."""

    def __init__(self, features: int) -> None:
        self.features = features
        self.conditions: list[tuple[int, int, int]] = []
        self.first_question = [0]
        self.slots: list[int] = []
        self.first_slot = [0]
        self.tables: list[Floats] = []
        self.written: list[NDArray[np.int32]] = []
        self.stretches: list[tuple[int, int]] = []
        self.units: list[float] = []

    def add(
        self, tree: Tree, parent: Ints, group: Group, columns: Ints, places: NDArray[np.uint8]
    ) -> None:
        """The table of one group, in float64 for now."""
        child, conditions = group
        steps, radix, states = _steps(conditions)
        nodes = _nodes(tree, parent, child)
        own = [(int(columns[node]), int(places[node])) for node in nodes]
        features = sorted({int(tree.feature[node]) for node in nodes})
        slot_of = {feature: slot for slot, feature in enumerate(features)}
        step, states_of, rank, slot = (np.zeros(len(tree.feature), np.int64) for _ in range(4))
        for node, (column, place) in zip(nodes, own, strict=True):
            step[node], states_of[node] = steps[column], len(radix[column]) + 1
            rank[node], slot[node] = radix[column].index(place), slot_of[int(tree.feature[node])]
        width = -(-len(features) // QUAD) * QUAD
        table = np.zeros((states, width))
        leaves = np.array(_leaves(tree, child), dtype=np.int64)
        add_leaves(
            table, leaves, parent, tree.left, tree.node_count, tree.leaf_count,
            tree.leaf_value - tree.mean, slot, step, states_of, rank,
        )  # fmt: skip
        self.tables.append(table)
        self.conditions += [(column, place, steps[column] * width) for column, place in conditions]
        self.first_question.append(len(self.conditions))
        self.slots += features + [self.features] * (width - len(features))
        self.first_slot.append(len(self.slots))

    def close(self, label: int) -> None:
        """End a stretch: its tables become whole numbers of the unit that it can afford."""
        bound = np.zeros(self.features + 1)
        first = len(self.first_slot) - 1 - len(self.tables)
        for group, table in enumerate(self.tables, start=first):
            slots = self.slots[self.first_slot[group] : self.first_slot[group + 1]]
            np.add.at(bound, slots, np.abs(table).max(axis=0))
        # Rounding adds a half a group at most.
        unit = ldexp(1.0, frexp(float(bound.max()) / (LARGEST - len(self.tables)))[1])
        self.written += [np.rint(table / unit).astype(np.int32).ravel() for table in self.tables]
        self.tables = []
        self.stretches.append((len(self.first_slot) - 1, label))
        self.units.append(unit)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The fields of `Compiled` that the groups make."""
        conditions = np.array(self.conditions, dtype=np.int64).reshape(-1, 3)
        ends, labels = np.array(self.stretches, dtype=np.int64).reshape(-1, 2).T
        sizes = [table.size for table in self.written]
        return {
            "question_column": conditions[:, 0].astype(np.int32),
            "question_place": conditions[:, 1].astype(np.uint8),
            "question_step": conditions[:, 2].astype(np.uint16),
            "first_question": np.array(self.first_question),
            "slots": np.array(self.slots, dtype=np.int64),
            "first_slot": np.array(self.first_slot),
            "first_entry": np.cumsum([0, *sizes]),
            "entries": np.concatenate([*self.written, np.empty(0, dtype=np.int32)]),
            "last_group": np.ascontiguousarray(ends),
            "label": np.ascontiguousarray(labels),
            "unit": np.array(self.units, dtype=np.float64),
        }


def _steps(conditions: list[Condition]) -> tuple[dict[int, int], dict[int, list[int]], int]:
    """The step in the table of each column's code, its places in order, and all states."""
    places: dict[int, list[int]] = {}
    for column, place in conditions:
        places.setdefault(column, []).append(place)
    steps, states = {}, 1
    for column, own in places.items():
        steps[column] = states
        states *= len(own) + 1
    return steps, places, states


def _parents(tree: Tree) -> Ints:
    """The parent of each node, then of each leaf, shape (2 n + 1,); of the root -1."""
    nodes = len(tree.feature)
    parent = np.full(2 * nodes + 1, -1, dtype=np.int64)
    for children in (tree.left, tree.right):
        parent[np.where(children >= 0, children, nodes + ~children)] = np.arange(nodes)
    return parent


def _nodes(tree: Tree, parent: Ints, child: int) -> list[int]:
    """The nodes above a subtree and inside it."""
    above = []
    node = int(parent[child if child >= 0 else len(tree.feature) + ~child])
    while node >= 0:
        above.append(node)
        node = int(parent[node])
    return above + _inside(tree, child)


def _inside(tree: Tree, child: int) -> list[int]:
    if child < 0:
        return []
    left, right = int(tree.left[child]), int(tree.right[child])
    return [child, *_inside(tree, left), *_inside(tree, right)]


def _leaves(tree: Tree, child: int) -> list[int]:
    if child < 0:
        return [~child]
    return [*_leaves(tree, int(tree.left[child])), *_leaves(tree, int(tree.right[child]))]
