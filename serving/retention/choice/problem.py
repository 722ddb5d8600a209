"""Options and limits as numbered rows: the budget, each channel, each group of each kind.

Arrays of the options are those of the caller, not copies: millions of customers take memory once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from serving.retention.choice.options import Limits, Multipliers, Options

BUDGET = 0  # the first row

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


class Problem(NamedTuple):
    """What the kernels read. The last row has no limit: it is of whatever is not limited."""

    first: Places  # where each customer's options begin, shape (m + 1,)
    gain: Floats
    cost: Places
    arm: NDArray[np.int16]
    arm_row: NDArray[np.int32]  # the row of each arm's channel
    group_row: NDArray[np.int32]  # the rows of each customer's groups, shape (m, kinds)
    limit: Floats  # by row


class Rows(NamedTuple):
    """What each row is called."""

    channels: list[str]
    groups: list[tuple[str, int]]

    def multipliers(self, values: Floats) -> Multipliers:
        """The values of the rows by their names."""
        named = iter(values[1:].tolist())
        channels = {channel: next(named) for channel in self.channels}
        groups: dict[str, dict[int, float]] = {}
        for kind, code in self.groups:
            groups.setdefault(kind, {})[code] = next(named)
        return Multipliers(float(values[BUDGET]), channels, groups)


def numbered(options: Options, limits: Limits) -> tuple[Problem, Rows]:
    """The problem of these options, of the customers who have any, and the names of its rows.

    Raises ValueError where a limit names a kind of group that the options do not have.
    """
    absent = sorted(set(limits.groups) - set(options.groups))
    if absent:
        raise ValueError(f"limits on {', '.join(absent)}, but the options have no such groups")
    channels = sorted(limits.channels)
    groups = [
        (kind, code) for kind in sorted(limits.groups) for code in sorted(limits.groups[kind])
    ]
    rows = Rows(channels, groups)
    most = [float(limits.channels[channel]) for channel in channels]
    most += [float(limits.groups[kind][code]) for kind, code in groups]
    budget = np.inf if limits.budget_fen is None else float(limits.budget_fen)
    limit = np.array([budget, *most, np.inf])
    unlimited = len(limit) - 1
    place = {channel: row for row, channel in enumerate(channels, 1)}
    arm_row = [place.get(arm.channel, unlimited) for arm in options.arms]
    starts = np.flatnonzero(np.diff(options.customer, prepend=-1))
    return Problem(
        np.append(starts, len(options.customer)).astype(np.int64),
        options.gain_fen,
        options.cost_fen,
        options.arm,
        np.array(arm_row, np.int32),
        _group_rows(options, limits, rows, options.customer[starts], unlimited),
        limit,
    ), rows


def _group_rows(
    options: Options, limits: Limits, rows: Rows, own: NDArray[np.int32], unlimited: int
) -> NDArray[np.int32]:
    kinds = sorted(limits.groups)
    found = np.full((len(own), len(kinds)), unlimited, np.int32)
    first = 1 + len(rows.channels)
    for place, kind in enumerate(kinds):
        known = np.array(sorted(limits.groups[kind]), np.int64)
        if len(known):
            codes = options.groups[kind][own]
            at = np.minimum(np.searchsorted(known, codes), len(known) - 1)
            found[:, place] = np.where((known[at] == codes) & (codes >= 0), first + at, unlimited)
        first += len(known)
    return found


def part(problem: Problem, customers: Places, share: float) -> Problem:
    """The problem of these customers alone, with the limits times `share`."""
    counts = np.diff(problem.first)[customers]
    first = np.concatenate([[0], np.cumsum(counts)])
    places = np.arange(first[-1]) + np.repeat(problem.first[customers] - first[:-1], counts)
    return Problem(
        first,
        problem.gain[places],
        problem.cost[places],
        problem.arm[places],
        problem.arm_row,
        problem.group_row[customers],
        problem.limit * share,
    )
