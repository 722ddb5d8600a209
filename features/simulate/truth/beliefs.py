"""What the feeds show of the hidden flags: exact forward filters, week by week.

Each flag is a hidden Markov chain, observed through what customers do (Rabiner 1989,
Proceedings of the IEEE 77:257, section III.A; here normalised every week):

    fading, faded   the week's data and outgoing voice (lognormal) and its active days (binomial)
    trouble         dropped calls (Poisson, given the customer's rate and the city's outbreak)
    interest        calls to rivals' hotlines (Poisson)
    short           bills paid in time or not, debts cleared (Bernoulli); top-ups (Poisson), small
                    ones among them (binomial)
    unmeasured      nothing but having stayed

The flags are independent of one another before and after what is observed, so that one filter
each is exact. Hazards follow from observed things alone, so that staying adds nothing on
the first four. On the first day the filters start from the flags' shares and no past.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.people.money import Money
from features.simulate.people.state import State, fade_levels
from features.simulate.people.use import (
    STEPS_UP,
    Use,
    drop_rates,
    fading_onset,
    interest_onset,
    log_kb,
    log_voice,
)
from features.simulate.world import World
from features.simulate.world.cities import Cities
from features.simulate.world.weeks import Week

Array = NDArray[Any]

PAST_WEEKS = 52
LEAST = 1e-9
FLAGS = ("trouble", "interest", "short", "unmeasured")


@dataclass
class Beliefs:
    """Probabilities given all that was seen, one row per watched customer (`rows` of the state).

    `fade`: customers x (not fading, fading) x steps faded; the others are of the flag being set.
    """

    rows: Array
    fade: Array
    trouble: Array
    interest: Array
    short: Array
    unmeasured: Array

    def forget(self, customers: Array) -> None:
        """Customers (positions in the state) who begin again, with every flag down."""
        place = np.flatnonzero(np.isin(self.rows, customers))
        self.fade[place] = 0
        self.fade[place, 0, 0] = 1
        for name in FLAGS:
            getattr(self, name)[place] = 0

    def stayed(self, hazard: Array) -> None:
        """They stayed through the week; `hazard` is what `unmeasured` adds where it is set."""
        self.unmeasured = _updated(self.unmeasured, -hazard[self.rows])

    def see(
        self,
        state: State,
        week: Week,
        use: Use,
        active_days: Array,
        money: Money,
        small: Array,
        present: Array,
        cities: Cities,
        world: World,
    ) -> None:
        """Moves the beliefs through the week and takes in what was seen in it.

        `state` is the one after the week; `small` are the small ones of its top-ups; `present` is
        the share of the week each customer was there.
        """
        rows, there = self.rows, present[self.rows]
        prepaid = state.prepaid[rows]
        self.fade = moved_fade(self.fade, fading_onset(prepaid, world), world)
        likelihood = fade_likelihood(state, rows, week, use, active_days, there, world)
        self.fade *= likelihood[:, None, :]
        self.fade /= self.fade.sum(axis=(1, 2), keepdims=True)
        promotion = cities.promotion[state.city[rows]]
        self.trouble = moved(self.trouble, world.network.onset, world.network.recovery)
        self.interest = moved(
            self.interest, interest_onset(promotion, world), world.rival.interest_end
        )
        self.short = moved(self.short, world.money.short_onset, world.money.short_end)
        self.unmeasured = moved(self.unmeasured, world.unmeasured.onset, world.unmeasured.end)
        usual, troubled = drop_rates(state, cities, world)[:, rows] * there
        self.trouble = _updated(self.trouble, _poisson_odds(use.drops[rows], usual, troubled))
        calls = world.rival.calls * there, world.rival.calls_interested * there
        self.interest = _updated(self.interest, _poisson_odds(use.hotline[rows], *calls))
        self.short = _updated(self.short, short_odds(money, small, rows, there, world))

    def draw(self, places: Array, paths: int, rng: np.random.Generator) -> dict[str, Array]:
        """The hidden flags of `paths` futures of each (paths x places), stratified."""
        n = len(places)
        fade = self.fade[places].reshape(n, -1)
        bounds = np.cumsum(fade[:, :-1], axis=1)
        chosen = np.empty((paths, n), dtype=np.int64)
        for path, u in enumerate(_strata(paths, n, rng)):
            chosen[path] = (bounds < u[:, None]).sum(axis=1)
        levels = self.fade.shape[2]
        drawn = {"fading": chosen >= levels, "faded": (chosen % levels).astype(np.int32)}
        for name in FLAGS:
            drawn[name] = _strata(paths, n, rng) < getattr(self, name)[places]
        return drawn


def first_beliefs(rows: Array, prepaid: Array, world: World) -> Beliefs:
    """What is known on the first day: the shares of the flags after a year."""
    n, levels = len(rows), world.fading.steps + 1
    fade = np.zeros((2, 2, levels), dtype=np.float32)
    fade[:, 0, 0] = 1
    flags = {name: np.zeros(1, dtype=np.float32) for name in FLAGS}
    share = world.rival.promotion_share
    usual = world.rival.interest_onset
    onset = usual + share * (world.rival.interest_onset_promotion - usual)
    for _ in range(PAST_WEEKS):
        fade = moved_fade(fade, fading_onset(np.array([False, True]), world), world)
        lost = -np.full(1, world.strength.unmeasured)
        chains = {
            "trouble": (world.network.onset, world.network.recovery),
            "interest": (onset, world.rival.interest_end),
            "short": (world.money.short_onset, world.money.short_end),
            "unmeasured": (world.unmeasured.onset, world.unmeasured.end),
        }
        flags["unmeasured"] = _updated(flags["unmeasured"], lost)
        flags = {name: moved(flags[name], *rates) for name, rates in chains.items()}
    return Beliefs(
        rows=rows,
        fade=fade[prepaid[rows].astype(np.int64)],
        **{name: np.full(n, value[0], dtype=np.float32) for name, value in flags.items()},
    )


def moved(chance: Array, onset: Any, end: Any) -> Array:
    """The chance of a flag being set a week later."""
    return np.asarray(chance * (1 - end) + (1 - chance) * onset, dtype=np.float32)


def moved_fade(fade: Array, onset: Array, world: World) -> Array:
    """Fading goes one step down a week; without it use recovers by STEPS_UP."""
    end, begins = np.float32(world.fading.recovery), onset[:, None]
    usual = fade[:, 0] * (1 - begins) + fade[:, 1] * end
    fades = fade[:, 0] * begins + fade[:, 1] * (1 - end)
    result = np.zeros_like(fade)
    up = min(STEPS_UP, fade.shape[2] - 1)
    result[:, 0, : fade.shape[2] - up] = usual[:, up:]
    result[:, 0, 0] += usual[:, :up].sum(axis=1)
    result[:, 1, 1:] = fades[:, :-1]
    result[:, 1, -1] += fades[:, -1]
    return result


def fade_likelihood(
    state: State,
    rows: Array,
    week: Week,
    use: Use,
    active_days: Array,
    present: Array,
    world: World,
) -> Array:
    """Likelihood of the week's use under each number of steps faded, up to a factor."""
    usage = world.usage
    levels = np.log(fade_levels(world))
    there = np.log(np.maximum(present, 1e-6))
    slope = np.zeros(len(rows), dtype=np.float32)
    bend = np.float32(0)
    for seen, usual, noise in (
        (use.kb, log_kb(state, week, world), usage.noise),
        (use.voice_s, log_voice(state, week, world), usage.noise_voice),
    ):
        above = np.log(np.maximum(seen[rows], 1e-6)) - usual[rows] - there
        slope += above / np.float32(noise**2)
        bend += np.float32(0.5 / noise**2)
    days = np.rint(7 * present).astype(np.int64)
    log = slope[:, None] * levels - bend * levels**2
    log += day_table(world)[days, np.minimum(active_days[rows], days)]
    log -= log.max(axis=1, keepdims=True)
    return np.where(present[:, None] > 0, np.exp(log), np.float32(1))


def day_table(world: World) -> Array:
    """Log likelihood of so many active of so many days (8 x 8), by steps faded.

    A week without any counts as one, since use on at least one day is certain.
    """
    share = active_share(fade_levels(world).astype(np.float64), world)
    table = np.zeros((8, 8, len(share)))
    for days in range(1, 8):
        for active in range(1, days + 1):
            table[days, active] = (
                comb(days, active) * share**active * (1 - share) ** (days - active)
            )
        table[days, 1] += (1 - share) ** days
    return np.log(np.maximum(table, 1e-30)).astype(np.float32)


def active_share(level: Array, world: World) -> Array:
    """The chance of a day with use, given what is left of usual use."""
    return np.asarray(world.usage.active_days_share * (0.55 + 0.45 * level))


def short_odds(money: Money, small: Array, rows: Array, present: Array, world: World) -> Array:
    """Log likelihood ratio of the week's payments, short of money against not."""
    rates = world.money
    odds = np.zeros(len(rows))
    for charged, paid, usual, short in (
        (money.due, money.paid_fen, rates.paid_share, rates.paid_share_short),
        (money.owed, money.cleared_fen, rates.clearing, rates.clearing_short),
    ):
        yes, no = _log_ratio(short, usual), _log_ratio(1 - short, 1 - usual)
        odds += np.where(charged[rows], np.where(paid[rows] > 0, yes, no), 0)
    count, few = money.top_ups[rows], small[rows]
    usual_rate = money.top_up_rate[rows] * present
    odds += _poisson_odds(count, usual_rate, rates.top_ups_short * usual_rate)
    usual, short = rates.small_share, rates.small_share_short
    odds += few * _log_ratio(short, usual) + (count - few) * _log_ratio(1 - short, 1 - usual)
    return odds


def _log_ratio(one: Any, other: Any) -> Any:
    return np.log(np.maximum(one, LEAST) / np.maximum(other, LEAST))


def _poisson_odds(count: Array, usual: Array, changed: Array) -> Array:
    return np.asarray(count * _log_ratio(changed, usual) - (changed - usual))


def _updated(chance: Array, log_odds: Array) -> Array:
    odds = np.exp(np.clip(log_odds, -60, 60)) * chance
    return np.asarray(odds / (odds + 1 - chance), dtype=np.float32)


def _strata(paths: int, n: int, rng: np.random.Generator) -> Array:
    """Uniform numbers (paths x n); each column has one in every `paths`-th part."""
    return np.asarray((rng.permuted(np.arange(paths))[:, None] + rng.random((paths, n))) / paths)
