"""Why customers leave: how strongly each cause pushes in a week, before the hidden traits.

The hazard of customer i in a week is the sum over causes of

    trait[group of the cause, i] * push[group, i] * strength[cause] * signal[cause, i]

The signals of a week depend on what happened, and could be seen, before it; that of
`unmeasured` alone on a flag that no feed shows. `push` is what a contact of the last weeks did.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.people.money import top_up_rate
from features.simulate.people.state import NO_CONTRACT, RECENT_WEEKS, State
from features.simulate.world import World
from features.simulate.world.offers import GROUPS
from features.simulate.world.weeks import Week

Array = NDArray[Any]

# The group of each cause is the hidden trait that multiplies it; `unmeasured` has none.
GROUP_OF = {
    "base": "loyalty",
    "bill_shock": "price",
    "complaint": "quality",
    "contract_end": "loyalty",
    "network_trouble": "quality",
    "fading": "need",
    "rival": "price",
    "friends": "loyalty",
    "arrears": "price",
    "early_life": "loyalty",
    "cancel_request": "quality",
    "unmeasured": None,
}
CAUSES = tuple(GROUP_OF)
UNMEASURED = CAUSES.index("unmeasured")
ROWS_OF = [[i for i, c in enumerate(CAUSES) if GROUP_OF[c] == group] for group in GROUPS]
# Contacts act on the unmeasured cause as on the reasons to stay.
PUSHED_BY = [GROUPS.index(group or "loyalty") for group in GROUP_OF.values()]


def signals(state: State, week: Week, world: World) -> Array:
    """How strongly each cause (rows as CAUSES) pushes each customer in the week, 0 to 1.

    The row `base` holds the base hazard itself. A step of the churn is in all of them but the last.
    """
    base = np.where(
        state.prepaid, np.float32(world.hazard.base_prepaid), np.float32(world.hazard.base_postpaid)
    )
    rows = np.empty((len(CAUSES), len(state)), dtype=np.float32)
    rows[0] = base * np.float32(1 + world.hazard.season * week.season)
    rows[1] = bill_shock(state, world)
    rows[2] = complaint(state)
    rows[3] = contract_end(state, week, world)
    rows[4] = network_trouble(state, world)
    rows[5] = fading(state, week, world)
    rows[6] = rival(state, world)
    rows[7] = friends(state, world)
    rows[8] = arrears(state, world)
    rows[9] = np.exp(state.tenure * np.float32(-1 / world.hazard.early_weeks))
    rows[10] = state.cancel_open
    if week.number >= world.hazard.step_week:
        rows[:UNMEASURED] *= np.float32(world.hazard.step)
    rows[11] = state.unmeasured
    return rows


def hazards(state: State, signals: Array, world: World) -> Array:
    """The weekly hazard by cause (rows as CAUSES), contacts included, hidden traits not."""
    found = signals * strengths(world)
    pushed = np.flatnonzero(state.push_weeks)
    found[:, pushed] *= state.push[:, pushed][PUSHED_BY]
    return np.asarray(found)


def unmeasured_if_set(state: State, world: World) -> Array:
    """What the unmeasured cause adds to the weekly hazard of those whose flag is set."""
    push = state.push[PUSHED_BY[UNMEASURED]]
    return np.asarray(world.strength.unmeasured * np.where(state.push_weeks > 0, push, 1))


def strengths(world: World) -> Array:
    """What turns signals into hazards, as a column in the order of CAUSES."""
    column = [1.0, *(getattr(world.strength, cause) for cause in CAUSES[1:])]
    return np.array(column, dtype=np.float32)[:, None]


def by_group(hazards: Array) -> Array:
    """The hazards of the causes added up by group (rows as GROUPS), without `unmeasured`."""
    # Row after row: picking the rows first would copy them.
    return np.array([reduce(np.add, [hazards[row] for row in rows]) for rows in ROWS_OF])


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
    dropped = state.drops.sum(axis=0) / np.float32(world.network.scale)
    return _array(1 - np.exp(-dropped * dropped * dropped))


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
    return _array(1 - np.exp(-state.hotline.sum(axis=0) / np.float32(world.rival.scale)))


def friends(state: State, world: World) -> Array:
    """0 to 1: the share of friends who left openly in the last eight weeks."""
    pushed = np.zeros(len(state), dtype=np.float32)
    left = state.friends_left.sum(axis=0)
    rows = np.flatnonzero(left)
    share = left[rows] / np.maximum(state.circle[rows], np.float32(world.friends.least))
    pushed[rows] = 1 - np.exp(-share / world.friends.scale)
    return pushed


def arrears(state: State, world: World) -> Array:
    """0 to 1: bills overdue; for the prepaid, top-ups missed since the last one."""
    money = world.money
    owing = 1 - np.exp(state.overdue * np.float32(-1 / money.overdue_scale))
    dry = (state.dry_weeks * top_up_rate(state, world) - money.missed_tolerance) / money.missed_full
    return np.where(state.prepaid, np.clip(dry, 0, 1), owing)


def _array(value: Any) -> Array:
    return np.asarray(value)
