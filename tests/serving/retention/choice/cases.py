"""Options and limits for the tests of the choice: some by Hypothesis, some like an operator's."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from serving.retention.choice import Arm, Limits, Options

ARMS = (Arm("gift", "call"), Arm("gift", "sms"), Arm("plan", "call"))
KINDS = ("city", "store")

Case = tuple[Options, Limits]


@st.composite
def cases(draw: st.DrawFn, most: int = 5) -> Case:
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
    codes = st.dictionaries(st.integers(0, 1), capacity)
    return Options.of(rows, ARMS, groups), Limits(
        draw(st.none() | st.integers(0, 40)),
        draw(st.dictionaries(st.sampled_from(["call", "sms"]), capacity)),
        draw(st.dictionaries(st.sampled_from(KINDS), codes)),
    )


def operator(customers: int, seed: int = 7, stores: int = 12, digits: int = 6) -> Case:
    """Four arms by two channels, a budget, cities and stores, most of which bind.

    Gains are rounded to `digits` after the point: at -3 most customers tie with others.
    """
    random = np.random.default_rng(seed)
    arms = tuple(Arm(offer, channel) for offer in ("gift", "plan") for channel in ("call", "sms"))
    value = random.lognormal(9, 1, customers) * random.beta(1, 6, customers)
    cost = np.array([900, 250, 1500, 700])
    gain = np.outer(value, [1.0, 0.45, 1.3, 0.6]) * random.beta(3, 2, (customers, 4)) - cost
    groups = {
        "city": random.integers(0, 5, customers).astype(np.int32),
        "store": random.integers(-1, stores, customers).astype(np.int32),
    }
    options = Options(
        np.repeat(np.arange(customers, dtype=np.int32), 4),
        np.tile(np.arange(4, dtype=np.int16), customers),
        np.round(gain, digits).ravel(),
        np.tile(cost, customers),
        arms,
        groups,
    )
    share = random.uniform(0.03, 0.12, stores)
    return options, Limits(
        customers * 60,
        {"call": customers // 20, "sms": customers // 15},
        {
            "city": {code: customers // 60 for code in range(4)},
            "store": {code: int(customers / stores * one) for code, one in enumerate(share)},
        },
    )


def usage_holds(options: Options, limits: Limits, place: np.ndarray) -> bool:
    """Whether the options at these places keep to every limit, counted one by one."""
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


def shuffled(options: Options, order: np.ndarray) -> Options:
    """The same customers in another order: customer `order[i]` comes at place i."""
    counts = np.bincount(options.customer, minlength=options.customers)
    first = np.concatenate([[0], np.cumsum(counts)])
    parts = [np.arange(first[one], first[one + 1]) for one in order]
    rows = np.concatenate([*parts, np.empty(0, int)]).astype(int)
    return Options(
        np.repeat(np.arange(len(order), dtype=np.int32), counts[order]),
        options.arm[rows],
        options.gain_fen[rows],
        options.cost_fen[rows],
        options.arms,
        {kind: codes[order] for kind, codes in options.groups.items()},
    )
