"""LightGBM's trees as arrays, read from the model's own text.

The text holds thresholds and leaves to the last bit (17 digits), and is read some times faster
than `dump_model` makes its dictionaries.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

DEEPEST = 6  # the gate of mlflow/registry.toml: a table has 2^depth patterns at most a leaf
CATEGORICAL, DEFAULT_LEFT = 1, 2  # bits of LightGBM's decision type; the next two: what is missing


@dataclass(frozen=True)
class Tree:
    """One tree: n inner nodes, n + 1 leaves; node 0 is the root.

    A child at or above 0 is a node, below 0 the leaf of place ~child. What is less than or equal
    to `threshold` goes left. `missing` says what counts as missing (0 nothing, 1 zero, 2 NaN)
    and goes left where `default_left`. The counts are of the training rows that came by.
    """

    feature: Ints
    threshold: Floats
    missing: Ints
    default_left: NDArray[np.bool_]
    left: Ints
    right: Ints
    node_count: Floats
    leaf_count: Floats
    leaf_value: Floats

    @property
    def mean(self) -> float:
        """The leaves' value in the mean of the training rows."""
        if len(self.feature) == 0:
            return float(self.leaf_value[0])
        return float(self.leaf_value @ self.leaf_count / self.node_count[0])


@dataclass(frozen=True)
class Forest:
    """A model: tree i belongs to class i % `classes`; a class's raw score is its trees' sum.

    A random forest's too: LightGBM takes the mean only on the way to its prediction.
    """

    features: int
    classes: int
    trees: tuple[Tree, ...]


def read_forest(text: str) -> Forest:
    """The trees of a model's text. Raises ValueError for what has no exact tables.

    That is categorical splits, linear trees, trees deeper than `DEEPEST`.
    """
    head, *blocks = text.split("\nend of trees")[0].split("\nTree=")
    fields = _fields(head)
    classes = int(fields["num_tree_per_iteration"])
    trees = tuple(_tree(place, _fields(block)) for place, block in enumerate(blocks))
    return Forest(int(fields["max_feature_idx"]) + 1, classes, trees)


def _fields(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _tree(place: int, fields: dict[str, str]) -> Tree:
    def ints(name: str) -> Ints:
        return np.array(fields[name].split(), dtype=np.int64)

    def floats(name: str) -> Floats:
        return np.array(fields[name].split(), dtype=np.float64)

    kind = ints("decision_type")
    if fields.get("is_linear", "0") != "0":
        raise ValueError(f"{_refused(place)} is linear. Train with linear_tree=false.")
    if (kind & CATEGORICAL).any():
        raise ValueError(
            f"{_refused(place)} splits on categories. Encode categories as numbers "
            f"(training.encoding) and train without categorical_feature."
        )
    tree = Tree(
        feature=ints("split_feature"),
        threshold=floats("threshold"),
        missing=kind >> 2 & 3,
        default_left=kind & DEFAULT_LEFT > 0,
        left=ints("left_child"),
        right=ints("right_child"),
        node_count=floats("internal_count"),
        leaf_count=floats("leaf_count"),
        leaf_value=floats("leaf_value"),
    )
    depth = _depth(tree)
    if depth > DEEPEST:
        raise ValueError(
            f"{_refused(place)} is {depth} deep; expected at most {DEEPEST}, the gate of "
            f"mlflow/registry.toml. Train with max_depth={DEEPEST} or less."
        )
    return tree


def _refused(place: int) -> str:
    return f"no exact SHAP tables for this model: tree {place}"


def _depth(tree: Tree) -> int:
    # A node comes after its parent, so one pass from the root gives every depth.
    deep = np.zeros(len(tree.feature), dtype=np.int64)
    deepest = 0
    for node in range(len(tree.feature)):
        deepest = max(deepest, int(deep[node]) + 1)
        for child in (tree.left[node], tree.right[node]):
            if child >= 0:
                deep[child] = deep[node] + 1
    return deepest
