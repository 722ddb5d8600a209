"""What a tree's leaves give the features of a row, exactly, for every row there can be.

What a leaf of value v gives feature j depends on which of its path's d distinct features let
the row pass. With o_i = 1 where feature i does, else 0, and z_i the share of training rows that
its splits on the path let pass (Lundberg et al. 2020, algorithm 2; a feature met again is one
condition with the shares' product), it is

    v (o_j - z_j) * integral over t in [0, 1] of prod_{i != j} (o_i t + z_i (1 - t)).

The integrand has degree d - 1 <= 5 in t, so three Gauss-Legendre points give the integral
exactly. There are 2^d patterns of o: a table (Fast TreeSHAP v2, Yang 2021).
"""

from __future__ import annotations

import numpy as np

from training.explainer.jit import compiled as jit
from training.explainer.trees import DEEPEST, Floats, Ints

POINTS = 0.5 + np.array([-1.0, 0.0, 1.0]) * np.sqrt(3 / 20)
WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18


@jit
def add_leaves(  # noqa: C901 - one pass over leaves, patterns and states, as the machine likes it
    table: Floats,
    leaves: Ints,
    parent: Ints,
    left: Ints,
    node_count: Floats,
    leaf_count: Floats,
    value: Floats,
    slot: Ints,
    step: Ints,
    states_of: Ints,
    rank: Ints,
) -> None:
    """Add these leaves' contributions to a group's table of shape (states, width).

    `slot`, `step`, `states_of` and `rank` say of each node the feature's place in the table,
    the step and number of states of its column, and which of the column's cuts is its own.
    """
    nodes = len(slot)
    share = np.empty(DEEPEST)
    slots = np.empty(DEEPEST, np.int64)
    path = np.empty(DEEPEST, np.int64)
    goes_right = np.empty(DEEPEST, np.bool_)
    feature = np.empty(DEEPEST, np.int64)
    passed = np.empty((DEEPEST, len(POINTS)))
    for leaf in leaves:
        depth = distinct = 0
        child, count = nodes + leaf, leaf_count[leaf]
        while parent[child] >= 0:
            node = parent[child]
            path[depth] = node
            goes_right[depth] = left[node] != (child if child < nodes else ~(child - nodes))
            own = 0
            while own < distinct and slots[own] != slot[node]:
                own += 1
            if own == distinct:
                distinct += 1
                slots[own], share[own] = slot[node], 1.0
            feature[depth] = own
            share[own] *= count / node_count[node]
            child, count = node, node_count[node]
            depth += 1
        given = np.zeros((1 << distinct, distinct))
        for pattern in range(1 << distinct):
            for own in range(distinct):
                for point in range(len(POINTS)):
                    passed[own, point] = share[own] * (1 - POINTS[point])
                    if pattern >> own & 1:
                        passed[own, point] += POINTS[point]
            for own in range(distinct):
                total = 0.0
                for point in range(len(POINTS)):
                    product = WEIGHTS[point]
                    for other in range(distinct):
                        if other != own:
                            product *= passed[other, point]
                    total += product
                given[pattern, own] = value[leaf] * ((pattern >> own & 1) - share[own]) * total
        for state in range(len(table)):
            pattern = (1 << distinct) - 1
            for place in range(depth):
                node = path[place]
                code = state // step[node] % states_of[node]
                if (code > rank[node]) != goes_right[place]:
                    pattern &= ~(1 << feature[place])
            for own in range(distinct):
                table[state, slots[own]] += given[pattern, own]
