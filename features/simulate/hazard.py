"""Why customers leave: weekly hazards, additive over causes, and what survival they leave.

The hazard of customer i in a week is `frailty_i * sum over causes of hazard[cause, i]`. The
hazards of a week depend on what happened, and could be seen, before it. The frailty is seen
in no feed; it is drawn from Gamma(shape k, mean 1) and, given survival until the cumulated
hazard H and `leavings` earlier departures, is Gamma(k + leavings) / (k + H), so that it can
be integrated out in closed form (Vaupel, Manton and Stallard 1979, Demography 16:439).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.state import NO_CONTRACT, RECENT_WEEKS, State
from features.simulate.weeks import Week
from features.simulate.world import World

Array = NDArray[Any]

CAUSES = (
    "base",
    "bill_shock",
    "complaint",
    "contract_end",
    "network_trouble",
    "fading",
    "rival",
    "early_life",
    "cancel_request",
)


def signals(state: State, week: Week, world: World) -> Array:
    """How strongly each cause (rows as CAUSES) pushes each customer in the week, 0 to 1.

    The row `base` holds the base hazard itself.
    """
    base = np.where(state.prepaid, world.hazard.base_prepaid, world.hazard.base_postpaid)
    rows = np.empty((len(CAUSES), len(state)), dtype=np.float32)
    rows[0] = base * (1 + world.hazard.season * week.season)
    rows[1] = bill_shock(state, world)
    rows[2] = complaint(state)
    rows[3] = contract_end(state, week, world)
    rows[4] = network_trouble(state, world)
    rows[5] = fading(state, week, world)
    rows[6] = rival(state, world)
    rows[7] = np.exp(-state.tenure / world.hazard.early_weeks)
    rows[8] = state.cancel_open
    return rows


def strengths(world: World) -> Array:
    """What turns signals into hazards, as a column in the order of CAUSES."""
    column = [1.0, *(getattr(world.strength, cause) for cause in CAUSES[1:])]
    return np.array(column, dtype=np.float32)[:, None]


def bill_shock(state: State, world: World) -> Array:
    """0 to 1: the last known bill against the mean of up to three before it."""
    bills = world.bills
    before = np.clip(state.bill_count - 1, 0, 3)
    # Bills that were never issued are 0.
    mean = state.bills[1:].sum(axis=0) / np.maximum(before, 1).astype(np.float32)
    rise = np.where(before > 0, state.bills[0] / np.maximum(mean, 1) - 1, 0)
    shock = np.zeros(len(state), dtype=np.float32)
    high = np.flatnonzero(rise > bills.tolerance)
    size = 1 - np.exp(-(rise[high] - bills.tolerance) / bills.scale)
    shock[high] = size * np.exp(-state.bill_age[high] / bills.decay_weeks)
    return shock


def complaint(state: State) -> Array:
    """0 to 1: an open complaint, more with its age and severity; what is left of a closed one."""
    return np.maximum(open_complaint(state), state.after)


def open_complaint(state: State) -> Array:
    """0 to 1: the open complaint alone; half at once, full after four weeks."""
    pushed = np.zeros(len(state), dtype=np.float32)
    rows = np.flatnonzero(state.open)
    grown = 0.5 + 0.125 * np.minimum(state.open_age[rows], 4)
    pushed[rows] = grown * (0.4 + 0.12 * state.severity[rows])
    return pushed


def contract_end(state: State, week: Week, world: World) -> Array:
    """0 to 1: how near the end of the contract is, on either side."""
    near = np.zeros(len(state), dtype=np.float32)
    bound = np.flatnonzero(state.contract_end != NO_CONTRACT)
    ahead = state.contract_end[bound] - week.number
    scale = np.where(ahead >= 0, world.contract.rise_weeks, world.contract.fall_weeks)
    near[bound] = np.exp(-np.square(ahead / scale))
    return near


def network_trouble(state: State, world: World) -> Array:
    """0 to 1: dropped calls in the last four weeks."""
    return _array(1 - np.exp(-np.square(state.drops.sum(axis=0) / world.network.scale)))


def fading(state: State, week: Week, world: World) -> Array:
    """0 to 1: data used in the last four weeks against the eight before."""
    recent = [(week.number - i) % len(state.kb) for i in range(1, RECENT_WEEKS + 1)]
    last = state.kb[recent].sum(axis=0)
    before = state.kb.sum(axis=0) - last
    fall = np.where(before > 0, 1 - 2 * last / np.maximum(before, 1), 0)
    tolerance = world.fading.tolerance
    return np.clip((fall - tolerance) / (world.fading.full_at - tolerance), 0, 1)


def rival(state: State, world: World) -> Array:
    """0 to 1: calls to rivals' hotlines in the last four weeks."""
    return _array(1 - np.exp(-state.hotline.sum(axis=0) / world.rival.scale))


def survival(hazard: Array, past_hazard: Array, leavings: Array, world: World) -> Array:
    """Probability of staying through a cumulated `hazard`, the frailty integrated out."""
    k = world.frailty_shape
    return _array(np.exp(-(k + leavings) * np.log1p(hazard / (k + past_hazard))))


def _array(value: Any) -> Array:
    return np.asarray(value)
