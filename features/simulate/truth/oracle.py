"""What one could know at best: the true probability of leaving, at the last panel dates.

The observable oracle starts its futures from what the feeds have shown by then. Each future draws
the hidden flags from the filters' posteriors (`beliefs`) and goes through seven weeks by the
world's own step, without anyone leaving; the hazard met on the way gives the survival in closed
form, the hidden traits integrated out given survival so far (`traits`). The mean over the futures
is smoothed across customers (`smoothing`), by what the feeds showed of them and nothing else.

What it is given and how: usual levels of use, of dropped calls and of payments exactly, as a long
history shows them (of newcomers that is a little more than the feeds show); outbreaks,
promotions and the plans exactly; friendships exactly, where the feed `calls` shows most; the
friends' own risks as of today. It is not given bills that are not yet out, which of the paths to
come is taken, the flags, or the traits. The full oracle starts from the true flags and has the
true traits.

A little of it the feeds show later, or never, so that it is slightly more than could be known:
bills that come late (`bills.late_share`), closings of complaints that are entered days after
(`complaints.backdated_share`) and use abroad (`clocks.roaming_late_days`) count from the day they
happen; of the latest bill, the extra services apart from its noise; of a contact, by how much it
changes the customer's hazards, where the feed has its outcome only.

Customers whose contract ends otherwise (a competing event) are not rows of a panel: futures in
which a cut-off for arrears is likely weigh less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate import behaviour
from features.simulate.behaviour import hazard, traits
from features.simulate.behaviour.hazard import UNMEASURED
from features.simulate.behaviour.leaving import cut_off_rate
from features.simulate.people.state import HIDDEN, State, fade_levels
from features.simulate.people.use import poisson
from features.simulate.truth.beliefs import Beliefs
from features.simulate.truth.smoothing import smoothed
from features.simulate.world import World
from features.simulate.world.cities import Cities
from features.simulate.world.offers import GROUPS
from features.simulate.world.weeks import week_of

Array = NDArray[Any]

LEAD_DAYS = 14
HORIZON_DAYS = 30
END_DAYS = LEAD_DAYS + HORIZON_DAYS


@dataclass(frozen=True)
class OracleRequest:
    """The customers of the oracle: `places` in the beliefs, and so rows of the state.

    All else is of the whole block: `past_hazard` and `leavings` by group, `friends_rate` (friends
    expected to leave openly in a week), `traits` (hidden). `cities` are last week's.
    """

    state: State
    beliefs: Beliefs
    places: Array
    past_hazard: Array
    leavings: Array
    friends_rate: Array
    traits: Array
    cities: Cities
    number: int

    @property
    def rows(self) -> Array:
        return self.beliefs.rows[self.places]


@dataclass(frozen=True)
class Met:
    """Hazard met up to a day: groups x customers, or groups x paths x customers; the unmeasured
    one apart."""

    groups: Array
    unmeasured: Array


def probabilities(
    request: OracleRequest, world: World, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Probability of leaving in [14 d, 44 d) given no departure before, of those requested.

    The first is given what the feeds show, the second given everything hidden as well.
    """
    rows = request.rows
    past, left = request.past_hazard[:, rows], request.leavings[:, rows]
    drawn = request.beliefs.draw(request.places, world.oracle_paths, rng)
    paths = [
        {name: values[path] for name, values in drawn.items()} for path in range(world.oracle_paths)
    ]
    lead, end, kept = _play(request, paths, world, rng)
    observable = _leaving(
        traits.survival(lead.groups, past, left, world) * np.exp(-lead.unmeasured),
        traits.survival(end.groups, past, left, world) * np.exp(-end.unmeasured),
        kept,
        _seen(request, _believed(request, world), traits.expected(past, left, world), world),
    )
    lead, end, kept = _play(request, paths[: max(2, len(paths) // 4)], world, rng, true=True)
    own = request.traits[:, rows].astype(np.float32)
    full = _leaving(
        np.exp(-np.einsum("gpn,gn->pn", lead.groups, own) - lead.unmeasured),
        np.exp(-np.einsum("gpn,gn->pn", end.groups, own) - end.unmeasured),
        kept,
        _seen(request, _true(request, world), own, world),
    )
    return observable, full


def _play(
    request: OracleRequest,
    paths: list[dict[str, Array]],
    world: World,
    rng: np.random.Generator,
    true: bool = False,
) -> tuple[Met, Met, Array]:
    """The hazard met until the lead ends and until the horizon ends, and the weight of a path.

    Each path starts with hidden flags of its own, or with the true ones.
    """
    played = []
    for flags in paths:
        future = request.state.fork(request.rows)
        if not true:
            for name, values in flags.items():
                setattr(future, name, values)
        played.append(_live(request, future, world, rng))
    lead, end, cut = zip(*played, strict=True)

    def together(met: tuple[Met, ...]) -> Met:
        groups = np.stack([one.groups for one in met], axis=1)
        return Met(groups, np.stack([one.unmeasured for one in met]))

    return together(lead), together(end), np.exp(-np.stack(cut))


def _live(
    request: OracleRequest, future: State, world: World, rng: np.random.Generator
) -> tuple[Met, Met, Array]:
    """One path: what was met by the lead's end, by the horizon's, and the hazard of a cut-off."""
    n = len(future)
    groups: Array = np.zeros((len(GROUPS), n), dtype=np.float32)
    unmeasured: Array = np.zeros(n, dtype=np.float32)
    cut: Array = np.zeros(n, dtype=np.float32)
    lead = Met(groups, unmeasured)
    all_week = np.ones(n, dtype=np.float32)
    rate, cities = request.friends_rate[request.rows], request.cities
    for i in range(-(-END_DAYS // 7)):
        week = week_of(world.first_day, request.number + i)
        signals = hazard.signals(future, week, world)
        hazards = hazard.hazards(future, signals, world)
        if i * 7 == LEAD_DAYS:
            lead = Met(groups, unmeasured)
        share = np.float32(min(1, (END_DAYS - i * 7) / 7))
        groups = groups + hazard.by_group(hazards) * share
        unmeasured = unmeasured + hazards[UNMEASURED] * share
        cut = cut + cut_off_rate(future.prepaid, future.overdue, world) * share
        if (i + 1) * 7 < END_DAYS:
            cities = cities.next(week, world, rng)
            future.friends_left[week.number % len(future.friends_left)] = poisson(rate, rng)
            behaviour.step(future, week, (signals, hazards), all_week, cities, world, rng)
    return lead, Met(groups, unmeasured), cut


def _leaving(at_lead: Array, at_end: Array, kept: Array, seen: tuple[Array, Array]) -> Array:
    """Probability by customer; what is smoothed is the hazard, hence over the usual one."""
    known, usual = seen
    weight = kept / kept.mean(axis=0)
    played = weight * (at_lead - at_end) / (weight * at_lead).mean(axis=0)
    return np.asarray(np.clip(smoothed(played / usual, known) * usual, 0, 1))


def _believed(request: OracleRequest, world: World) -> list[Array]:
    """What the feeds show of the hidden flags, as columns."""
    beliefs, places = request.beliefs, request.places
    fade = beliefs.fade[places]
    levels = fade_levels(world)
    return [
        fade[:, 1].sum(axis=1),
        fade[:, 1] @ levels,
        fade.sum(axis=1) @ levels,
        beliefs.trouble[places],
        beliefs.interest[places],
        beliefs.short[places],
        beliefs.unmeasured[places],
    ]


def _true(request: OracleRequest, world: World) -> list[Array]:
    flags = {name: getattr(request.state, name)[request.rows] for name in HIDDEN}
    level = fade_levels(world)[flags["faded"]]
    others = [flags[name] for name in ("trouble", "interest", "short", "unmeasured")]
    return [flags["fading"], flags["fading"] * level, level, *others]


def _seen(
    request: OracleRequest, flags: list[Array], usual: Array, world: World
) -> tuple[Array, Array]:
    """What the coming hazard depends on, nearly linearly, one row per customer; and the traits'
    mean, weighed by what each group pushes now."""
    state, rows = request.state, request.rows
    week = week_of(world.first_day, request.number)
    signals = hazard.signals(state, week, world)
    hazards = hazard.by_group(hazard.hazards(state, signals, world))[:, rows]
    now, (fading, _, _, trouble, interest, short, _) = signals[:, rows], flags
    push = state.push[:, rows].mean(axis=0)
    # The traits' mean as it counts for the customer: by what each group pushes now.
    usual = (usual * hazards + 1e-9).sum(axis=0) / (hazards + 1e-9).sum(axis=0)
    soon = hazard.contract_end(state, week_of(world.first_day, request.number + 4), world)[rows]
    prepaid, city = state.prepaid[rows], state.city[rows]
    columns = [
        np.ones(len(rows)),
        prepaid,
        *now[1:UNMEASURED],
        soon,
        *flags,
        fading * now[5],
        trouble * now[4],
        interest * now[6],
        short * prepaid,
        short * now[8],
        state.overdue[rows] >= 2,
        state.open[rows],
        state.extra[rows] > 0,
        request.friends_rate[rows],
        push,
        request.cities.outbreak[city],
        request.cities.promotion[city],
    ]
    return np.column_stack(columns).astype(np.float64), usual
