"""How much customers use in a week, and the hidden flags behind it.

Use is an independent lognormal number a week around the customer's known level, so that what
it shows of the hidden decline can be filtered exactly (`beliefs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.people.state import State, fade_levels
from features.simulate.world import World
from features.simulate.world.cities import Cities
from features.simulate.world.weeks import Week

Array = NDArray[Any]

DAYS = np.float32(7)
STEPS_UP = 3  # a week of recovery undoes so many steps of fading
MAX_DROPS = 60


@dataclass
class Use:
    """A week's use: data, outgoing and roaming seconds, dropped and hotline calls."""

    kb: Array
    voice_s: Array
    roaming_s: Array
    drops: Array
    hotline: Array


def live_use(
    state: State,
    week: Week,
    present: Array,
    cities: Cities,
    world: World,
    rng: np.random.Generator,
) -> Use:
    """Moves the flags and the rings of `state` through the week."""
    n, usage = len(state), world.usage
    _turn_flags(state, cities, world, rng)
    level = fade_levels(world)[state.faded] * present
    shocks = rng.standard_normal((2, n), dtype=np.float32)
    kb = np.exp(log_kb(state, week, world) + np.float32(usage.noise) * shocks[0]) * level
    voice = np.exp(log_voice(state, week, world) + np.float32(usage.noise_voice) * shocks[1])
    usual, troubled = drop_rates(state, cities, world)
    drops = poisson(np.where(state.trouble, troubled, usual) * present, rng)
    calls = np.where(state.interest, world.rival.calls_interested, world.rival.calls)
    hotline = poisson(calls.astype(np.float32) * present, rng)
    state.kb[week.number % len(state.kb)] = kb
    state.drops[week.number % len(state.drops)] = drops
    state.hotline[week.number % len(state.hotline)] = hotline
    return Use(
        kb=kb,
        voice_s=voice * level,
        roaming_s=_roaming(present, week, world, rng),
        drops=drops,
        hotline=hotline,
    )


def log_kb(state: State, week: Week, world: World) -> Array:
    """Log of a whole week's usual data, before fading and noise."""
    usage = world.usage
    season = (1 + usage.season * week.season) * (1 + usage.festival * week.festival)
    shift = np.float32(np.log(DAYS * season))
    return np.asarray(state.log_kb + _swing(state, week, world) + shift)


def log_voice(state: State, week: Week, world: World) -> Array:
    """Log of a whole week's usual outgoing seconds, before fading and noise."""
    season = 1 + world.usage.festival_voice * week.festival
    shift = np.float32(np.log(DAYS * season))
    return np.asarray(state.log_voice + _swing(state, week, world) + shift)


def _swing(state: State, week: Week, world: World) -> Array:
    """The slow rise and fall of each customer's use, in logs."""
    angle = 2 * np.pi * week.number / world.usage.swing_weeks
    return np.asarray(
        state.swing[0] * np.float32(np.sin(angle)) + state.swing[1] * np.float32(np.cos(angle))
    )


def drop_rates(state: State, cities: Cities, world: World) -> Array:
    """Dropped calls expected in a whole week without (row 0) and with (row 1) trouble."""
    network = world.network
    outbreak = np.where(cities.outbreak[state.city], np.float32(network.outbreak_drops), 0)
    usual = np.array([[network.drops], [network.drops_in_trouble]], dtype=np.float32)
    return np.asarray((usual + outbreak) * state.drop_rate)


def fading_onset(prepaid: Array, world: World) -> Array:
    fading = world.fading
    onset = np.where(prepaid, fading.onset_prepaid, fading.onset_postpaid)
    return np.asarray(onset, dtype=np.float32)


def interest_onset(promotion: Array, world: World) -> Array:
    rival = world.rival
    onset = np.where(promotion, rival.interest_onset_promotion, rival.interest_onset)
    return np.asarray(onset, dtype=np.float32)


def _turn_flags(state: State, cities: Cities, world: World, rng: np.random.Generator) -> None:
    u = rng.random((5, len(state)), dtype=np.float32)
    fading, network, money = world.fading, world.network, world.money
    onset = fading_onset(state.prepaid, world)
    state.fading = _turned(state.fading, u[0], onset, fading.recovery)
    sinking = np.minimum(state.faded + 1, fading.steps)
    state.faded = np.where(state.fading, sinking, np.maximum(state.faded - STEPS_UP, 0))
    state.trouble = _turned(state.trouble, u[1], network.onset, network.recovery)
    onset = interest_onset(cities.promotion[state.city], world)
    state.interest = _turned(state.interest, u[2], onset, world.rival.interest_end)
    state.short = _turned(state.short, u[3], money.short_onset, money.short_end)
    hidden = world.unmeasured
    state.unmeasured = _turned(state.unmeasured, u[4], hidden.onset, hidden.end)


def _turned(flag: Array, u: Array, onset: Any, end: float) -> Array:
    return np.where(flag, u >= end, u < onset)


def _roaming(present: Array, week: Week, world: World, rng: np.random.Generator) -> Array:
    """Seconds of roaming; most weeks none."""
    usage = world.usage
    rate = usage.roaming + (usage.roaming_festival - usage.roaming) * week.festival
    seconds = np.zeros(len(present), dtype=np.float32)
    away = np.flatnonzero(rng.random(len(present), dtype=np.float32) < rate * present)
    minutes = usage.roaming_min * rng.standard_exponential(len(away), dtype=np.float32)
    seconds[away] = np.rint(60 * (1 + minutes))
    return seconds


def poisson(mean: Array, rng: np.random.Generator) -> Array:
    """Poisson numbers by inversion: for means near 0 several times faster than numpy's."""
    u = rng.random(len(mean), dtype=np.float32)
    number = np.zeros(len(mean), dtype=np.int64)
    # exp(-m) is never below 1 - m: most numbers are 0 without working it out.
    above = np.flatnonzero(u > 1 - mean)
    u, mean = u[above], mean[above]
    term = np.exp(-mean)
    more = u > term
    above, term, u, mean = above[more], term[more], u[more], mean[more]
    total: Array = term
    k = 0
    # The bound is for u so near 1 that rounding keeps the sum of the terms below it.
    while len(above) and k < MAX_DROPS:
        k += 1
        number[above] = k
        term = term * mean / k
        total = total + term
        more = u > total
        above, term, total = above[more], term[more], total[more]
        u, mean = u[more], mean[more]
    return number
