"""The choice beside all choices there are, and the laws that every choice keeps."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.retention.choice import Arm, Choice, Limits, Options, choose

ARMS = (Arm("gift", "call"), Arm("gift", "sms"), Arm("plan", "call"))
KINDS = ("city", "store")


def usage_holds(options: Options, limits: Limits, place: np.ndarray) -> bool:
    """Whether the options at these places keep to every limit, counted by hand."""
    customers = options.customer[place]
    channels = [options.arms[arm].channel for arm in options.arm[place]]
    return (
        len(set(customers.tolist())) == len(customers)
        and (limits.budget_fen is None or options.cost_fen[place].sum() <= limits.budget_fen)
        and all(channels.count(name) <= most for name, most in limits.channels.items())
        and all(
            (options.groups[kind][customers] == code).sum() <= most
            for kind, codes in limits.groups.items()
            for code, most in codes.items()
        )
    )


def best_of_all(options: Options, limits: Limits) -> float:
    """The largest gain of any choice, found by trying all of them."""
    own = [np.flatnonzero(options.customer == one).tolist() for one in range(options.customers)]
    best = 0.0
    for places in product(*[[None, *places] for places in own]):
        place = np.array([one for one in places if one is not None], int)
        if options.gain_fen[place].sum() > best and usage_holds(options, limits, place):
            best = float(options.gain_fen[place].sum())
    return best


@st.composite
def cases(draw: st.DrawFn, most: int = 5) -> tuple[Options, Limits]:
    """Some options with ties, losses, free ones, absent arms and customers without a group."""
    customers = draw(st.integers(0, most))
    rows = [
        (customer, arm, float(draw(st.integers(-20, 60))), draw(st.integers(0, 12)))
        for customer in range(customers)
        for arm in sorted(draw(st.sets(st.integers(0, 2))))
    ]
    groups = {
        kind: draw(st.lists(st.integers(-1, 1), min_size=customers, max_size=customers))
        for kind in KINDS
    }
    capacity = st.integers(0, 3)
    return Options.of(rows, ARMS, groups), Limits(
        draw(st.none() | st.integers(0, 40)),
        draw(st.dictionaries(st.sampled_from(["call", "sms"]), capacity)),
        draw(
            st.dictionaries(
                st.sampled_from(KINDS), st.dictionaries(st.integers(0, 1), capacity)
            )
        ),
    )


def bound_of(options: Options, limits: Limits, choice: Choice) -> float:
    """The bound that the multipliers prove, option by option."""
    multipliers = choice.multipliers
    bound = multipliers.budget * (limits.budget_fen or 0)
    bound += sum(multipliers.channels[name] * most for name, most in limits.channels.items())
    for kind, codes in limits.groups.items():
        bound += sum(multipliers.groups[kind][code] * most for code, most in codes.items())
    net = [0.0] * options.customers
    for customer, arm, gain, cost in zip(
        options.customer, options.arm, options.gain_fen, options.cost_fen, strict=True
    ):
        here = gain - multipliers.budget * cost
        here -= multipliers.channels.get(options.arms[arm].channel, 0.0)
        for kind, codes in multipliers.groups.items():
            here -= codes.get(int(options.groups[kind][customer]), 0.0)
        net[customer] = max(net[customer], here)
    return float(bound + sum(net))


@given(cases())
@settings(max_examples=150, deadline=None)
def test_a_small_choice_is_the_best_of_all_and_below_the_bound(
    case: tuple[Options, Limits],
) -> None:
    choice, best = choose(*case), best_of_all(*case)
    assert usage_holds(*case, choice.place)
    assert choice.gain_fen == pytest.approx(best, abs=1e-9)
    assert choice.bound_fen >= best - 1e-9 * (1 + best)
    assert bound_of(*case, choice) == pytest.approx(choice.bound_fen, rel=1e-9, abs=1e-6)
