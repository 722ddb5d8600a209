"""What one could know at best: the true probability of leaving, at every panel date.

The state is forked and lived through seven weeks, several times, by the world's own step and
without anyone leaving; each future yields the hazard met on the way, from which survival
follows in closed form. The mean over the futures is smoothed across customers (`smoothing`).

The state knows a little more than the feeds tell: that a decline has begun this week, say, or
that a rival's promotion is on. So the observable probability is a bound, closely reached.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate import behaviour, hazard
from features.simulate.smoothing import smoothed
from features.simulate.state import State
from features.simulate.weeks import week_of
from features.simulate.world import World

Array = NDArray[Any]

LEAD_DAYS = 14
HORIZON_DAYS = 30


def probabilities(
    state: State,
    rows: Array,
    number: int,
    past_hazard: Array,
    leavings: Array,
    frailty: Array,
    world: World,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Probability of leaving in [14 d, 44 d) given no departure before, for `rows` of `state`.

    The first is given the state and the survival so far, the second given the frailty as well.
    `past_hazard`, `leavings` and `frailty` are those of `rows`; `number` is the week that
    begins at the panel date.
    """
    paths, n = world.oracle_paths, len(rows)
    future = state.fork(rows, paths)
    met = np.zeros(n * paths, dtype=np.float64)
    at_lead = met
    everybody = np.ones(n * paths, dtype=np.float32)
    end = LEAD_DAYS + HORIZON_DAYS
    for i in range(-(-end // 7)):
        week = week_of(world.first_day, number + i)
        signals = hazard.signals(future, week, world)
        if i * 7 == LEAD_DAYS:
            at_lead = met.copy()
        met += (signals * hazard.strengths(world)).sum(axis=0) * min(1, (end - i * 7) / 7)
        if (i + 1) * 7 < end:
            behaviour.step(future, week, signals, everybody, world, rng)
    lead, horizon = at_lead.reshape(paths, n), met.reshape(paths, n)
    known = _known(state, rows, number, world)
    k = world.frailty_shape
    observable = _leaving(
        hazard.survival(lead, past_hazard, leavings, world),
        hazard.survival(horizon, past_hazard, leavings, world),
        (k + leavings) / (k + past_hazard),
        known,
    )
    full = _leaving(np.exp(-frailty * lead), np.exp(-frailty * horizon), frailty, known)
    return observable, full


def _leaving(at_lead: Array, at_horizon: Array, frailty: Array, known: Array) -> Array:
    """Probability by customer; what is smoothed is the hazard, hence divided by the frailty."""
    played = (at_lead - at_horizon) / at_lead.mean(axis=0) / frailty
    return np.asarray(np.clip(smoothed(played, known) * frailty, 0, 1))


def _known(state: State, rows: Array, number: int, world: World) -> Array:
    """What the coming hazard depends on, nearly linearly, one row per customer."""
    now = hazard.signals(state, week_of(world.first_day, number), world)[:, rows]
    soon = hazard.contract_end(state, week_of(world.first_day, number + 4), world)[rows]
    city, prepaid = state.city[rows], state.prepaid[rows]
    columns = [
        np.ones(len(rows)),
        prepaid,
        *now[1:],
        soon,
        state.fading[rows],
        state.fading[rows] * state.fade[rows],
        state.fade[rows],
        state.trouble[rows],
        state.trouble[rows] * now[4],
        state.interest[rows],
        state.interest[rows] * now[6],
        state.open[rows],
        state.extra[rows] > 0,
        state.outbreak[city],
        state.promotion[city],
    ]
    return np.column_stack(columns).astype(np.float64)
