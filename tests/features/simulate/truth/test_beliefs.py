"""The filters against going through every possible course of the hidden flags."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import stats

from features.simulate import World, behaviour
from features.simulate.behaviour import hazard
from features.simulate.events.usage_days import active_days
from features.simulate.people.customers import draw_customers
from features.simulate.people.money import Money, small_top_ups
from features.simulate.people.state import NO_CONTRACT, State, fade_levels, first_state
from features.simulate.people.use import Use, drop_rates, log_kb, log_voice
from features.simulate.truth.beliefs import Beliefs, active_share, first_beliefs
from features.simulate.world.cities import CityPast, draw_cities
from features.simulate.world.weeks import Week, week_of

WEEKS = 7
CUSTOMERS = 6


@dataclasses.dataclass
class Seen:
    """What one week showed, with the levels that are known."""

    week: Week
    use: Use
    days: Any
    money: Money
    small: Any
    usual: tuple[Any, Any, Any]
    promotion: Any


@dataclasses.dataclass
class Lived:
    world: World
    state: State
    beliefs: Beliefs
    cities: CityPast
    seen: list[Seen]


@pytest.fixture(scope="module")
def lived() -> Lived:
    """Six customers over seven eventful weeks, watched from the day that they joined."""
    from features.simulate import read_world

    world = read_world(None)
    world = dataclasses.replace(
        world,
        fading=dataclasses.replace(world.fading, onset_postpaid=0.2, onset_prepaid=0.3, steps=4),
        network=dataclasses.replace(world.network, onset=0.2, drops_in_trouble=2.0),
        rival=dataclasses.replace(world.rival, interest_onset=0.1, calls=0.3),
        money=dataclasses.replace(world.money, short_onset=0.2, clearing=0.5),
    )
    rng = np.random.default_rng(5)
    customers = draw_customers(CUSTOMERS, 1, 1, 0, world, rng)
    n = len(customers)
    state = first_state(customers, np.full(n, NO_CONTRACT), 4)
    cities = draw_cities(0, WEEKS, world, np.random.SeedSequence(1))
    beliefs = first_beliefs(np.arange(n), customers.prepaid, world)
    beliefs.forget(np.arange(n))
    present = np.ones(n, dtype=np.float32)
    seen = []
    for number in range(WEEKS):
        week, now = week_of(world.first_day, number), cities.at(number)
        signals = hazard.signals(state, week, world)
        pushed = signals, hazard.hazards(state, signals, world)
        state.overdue[0] = max(1, state.overdue[0])  # one customer owes
        happened = behaviour.step(state, week, pushed, present, now, world, rng)
        share = active_share(fade_levels(world)[state.faded], world)
        stay = np.zeros(n, dtype=np.int64), np.full(n, 6)
        days = active_days(share, *stay, np.zeros(n, dtype=bool), rng).sum(axis=1)
        small = small_top_ups(state, happened.money.top_ups, world, rng)
        usual = log_kb(state, week, world), log_voice(state, week, world)
        rates = drop_rates(state, now, world)
        promotion = now.promotion[state.city]
        beliefs.see(state, week, happened.use, days, happened.money, small, present, now, world)
        seen.append(
            Seen(week, happened.use, days, happened.money, small, (*usual, rates), promotion)
        )
    return Lived(world, state, beliefs, cities, seen)


def by_enumeration(
    onset: Callable[[int], float], end: float, likelihood: Callable[[int, tuple[bool, ...]], float]
) -> dict[tuple[bool, ...], float]:
    """The posterior of every course of a flag that is down in the beginning."""
    weight = {}
    for course in product((False, True), repeat=WEEKS):
        chance, before = 1.0, False
        for week, flag in enumerate(course):
            set_now = 1 - end if before else onset(week)
            chance *= set_now if flag else 1 - set_now
            chance *= likelihood(week, course[: week + 1])
            before = flag
        weight[course] = chance
    total = sum(weight.values())
    return {course: chance / total for course, chance in weight.items()}


def ends_set(posterior: dict[tuple[bool, ...], float]) -> float:
    return sum(chance for course, chance in posterior.items() if course[-1])


def steps_faded(course: tuple[bool, ...], world: World) -> int:
    steps = 0
    for fading in course:
        steps = min(steps + 1, world.fading.steps) if fading else max(steps - 3, 0)
    return steps


@pytest.mark.parametrize("who", range(CUSTOMERS))
def test_the_filter_of_fading_is_exact(lived: Lived, who: int) -> None:
    world, use = lived.world, lived.world.usage

    def likelihood(week: int, course: tuple[bool, ...]) -> float:
        one = lived.seen[week]
        level = world.fading.step ** steps_faded(course, world)
        data = stats.norm.pdf(np.log(one.use.kb[who] / level), one.usual[0][who], use.noise)
        voice = stats.norm.pdf(
            np.log(one.use.voice_s[who] / level), one.usual[1][who], use.noise_voice
        )
        share = use.active_days_share * (0.55 + 0.45 * level)
        days = stats.binom.pmf(one.days[who], 7, share)
        days += stats.binom.pmf(0, 7, share) if one.days[who] == 1 else 0
        return float(data * voice * days)

    prepaid = lived.state.prepaid[who]
    onset = world.fading.onset_prepaid if prepaid else world.fading.onset_postpaid
    posterior = by_enumeration(lambda _: onset, world.fading.recovery, likelihood)
    expected = np.zeros((2, world.fading.steps + 1))
    for course, chance in posterior.items():
        expected[int(course[-1]), steps_faded(course, world)] += chance
    assert lived.beliefs.fade[who] == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("who", range(CUSTOMERS))
def test_the_filters_of_network_trouble_and_of_interest_are_exact(lived: Lived, who: int) -> None:
    network, rival = lived.world.network, lived.world.rival
    trouble = by_enumeration(
        lambda _: network.onset,
        network.recovery,
        lambda week, course: float(
            stats.poisson.pmf(
                lived.seen[week].use.drops[who], lived.seen[week].usual[2][int(course[-1]), who]
            )
        ),
    )
    assert lived.beliefs.trouble[who] == pytest.approx(ends_set(trouble), abs=1e-4)
    interest = by_enumeration(
        lambda week: (
            rival.interest_onset_promotion
            if lived.seen[week].promotion[who]
            else rival.interest_onset
        ),
        rival.interest_end,
        lambda week, course: float(
            stats.poisson.pmf(
                lived.seen[week].use.hotline[who],
                rival.calls_interested if course[-1] else rival.calls,
            )
        ),
    )
    assert lived.beliefs.interest[who] == pytest.approx(ends_set(interest), abs=1e-4)


@pytest.mark.parametrize("who", range(CUSTOMERS))
def test_the_filter_of_being_short_of_money_is_exact(lived: Lived, who: int) -> None:
    rates = lived.world.money

    def likelihood(week: int, course: tuple[bool, ...]) -> float:
        money, short = lived.seen[week].money, course[-1]
        chance = 1.0
        for charged, paid, share in (
            (money.due, money.paid_fen, rates.paid_share_short if short else rates.paid_share),
            (money.owed, money.cleared_fen, rates.clearing_short if short else rates.clearing),
        ):
            if charged[who]:
                chance *= share if paid[who] > 0 else 1 - share
        count = money.top_ups[who]
        slower = rates.top_ups_short if short else 1
        small = rates.small_share_short if short else rates.small_share
        chance *= stats.poisson.pmf(count, money.top_up_rate[who] * slower)
        return float(chance * stats.binom.pmf(lived.seen[week].small[who], count, small))

    posterior = by_enumeration(lambda _: rates.short_onset, rates.short_end, likelihood)
    assert lived.beliefs.short[who] == pytest.approx(ends_set(posterior), abs=1e-4)


def test_staying_speaks_against_the_unmeasured_cause() -> None:
    none = np.zeros((1, 2, 2), dtype=np.float32)
    half = np.full(1, 0.5, dtype=np.float32)
    beliefs = Beliefs(np.array([3]), none, half, half, half, half)
    beliefs.stayed(np.array([9.0, 9, 9, 0.7]))
    assert beliefs.unmeasured == pytest.approx([np.exp(-0.7) / (1 + np.exp(-0.7))], rel=1e-5)


def test_paths_are_drawn_as_often_as_believed(lived: Lived) -> None:
    drawn = lived.beliefs.draw(np.array([0, 2]), 4000, np.random.default_rng(1))
    trouble = lived.beliefs.trouble[[0, 2]]
    assert drawn["trouble"].mean(axis=0) == pytest.approx(trouble, abs=1e-3)
    fading = lived.beliefs.fade[[0, 2], 1].sum(axis=1)
    assert drawn["fading"].mean(axis=0) == pytest.approx(fading, abs=1e-3)
    assert np.all(drawn["faded"] <= lived.world.fading.steps)
