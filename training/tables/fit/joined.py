"""Several boosters as one whose raw score is their mean.

Bundle, reasons and service have one booster. In LightGBM's text format a model is a list of
trees whose leaves add up, so the mean of m models is all their trees with leaves divided by m.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import lightgbm as lgb

VALUES = re.compile(r"^(leaf_value|internal_value)=(.*)$", re.M)
SIZES = re.compile(r"^tree_sizes=.*$", re.M)
NUMBER = re.compile(r"^Tree=\d+$", re.M)
END = "end of trees"


def join(boosters: Sequence[lgb.Booster]) -> lgb.Booster:
    """One booster with the mean raw score of `boosters`, all fitted on the same columns.

    Equal to the mean up to the order of floating-point sums.
    """
    if len(boosters) == 1:
        return boosters[0]
    trees: list[str] = []
    for booster in boosters:
        header, own = _parts(booster)
        trees += [_scaled(tree, 1 / len(boosters)) for tree in own]
    numbered = [NUMBER.sub(f"Tree={place}", tree, count=1) for place, tree in enumerate(trees)]
    sizes = " ".join(str(len(tree.encode())) for tree in numbered)
    text = SIZES.sub(f"tree_sizes={sizes}", header) + "".join(numbered) + END + "\n"
    return lgb.Booster(model_str=text)


def _parts(booster: lgb.Booster) -> tuple[str, list[str]]:
    """The header before the trees, and each tree's own text."""
    text = booster.model_to_string().partition(END)[0]
    header, *trees = re.split(r"(?=^Tree=\d+$)", text, flags=re.M)
    return header, trees


def _scaled(tree: str, factor: float) -> str:
    def scale(line: re.Match[str]) -> str:
        values = (repr(float(value) * factor) for value in line[2].split())
        return f"{line[1]}={' '.join(values)}"

    return VALUES.sub(scale, tree)
