"""What each rule does about a few customers, within a budget."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.uplift.policies import (
    Customers,
    Ranking,
    at_random,
    best_arm,
    most_gain,
    ranked,
    untouched,
)

GAIN = np.array([[0.0, 5, 3], [0, -1, -2], [0, 2, 4], [0, 1, 0]])


def four(budget: float | None = None) -> Customers:
    """Four customers and two offers that cost 1 and 2."""
    return Customers(
        effect=GAIN / 10,
        gain=GAIN,
        cost=np.tile([0.0, 1.0, 2.0], (4, 1)),
        allowed=np.ones((4, 3), dtype=bool),
        scores={},
        budget=budget,
    )


def test_the_gain_decides_the_arm_and_nothing_is_done_where_it_is_negative() -> None:
    assert most_gain(four(), GAIN).argmax(axis=1).tolist() == [1, 0, 2, 1]


def test_a_budget_buys_what_gains_most_for_its_money() -> None:
    """For 3: the offers of the first and third customer; for 1 the first one's alone."""
    assert most_gain(four(3.0), GAIN).argmax(axis=1).tolist() == [1, 0, 2, 0]
    assert most_gain(four(1.0), GAIN).argmax(axis=1).tolist() == [1, 0, 0, 0]
    assert most_gain(four(0.0), GAIN).argmax(axis=1).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("budget", [0.0, 0.5, 1.0, 2.5, 4.0, 100.0])
def test_no_rule_spends_more_than_there_is(budget: float) -> None:
    seen = four(budget)
    ranking = Ranking(GAIN[:, 1], np.array([2, 1, 2, 1]), 1.0)
    for shares in (
        at_random(seen, [2], with_control=False),
        at_random(seen, [1, 2], with_control=True),
        ranked(seen, ranking),
        most_gain(seen, GAIN),
        untouched(seen),
    ):
        assert (shares * seen.cost).sum() <= budget + 1e-9
        assert shares.sum(axis=1) == pytest.approx(np.ones(4))
        assert (shares >= 0).all()


def test_an_arm_that_is_not_allowed_is_never_given() -> None:
    seen = four()
    seen.allowed[0, 1] = seen.allowed[3, 1] = seen.allowed[3, 2] = False
    assert most_gain(seen, GAIN).argmax(axis=1).tolist() == [2, 0, 2, 0]
    assert best_arm(seen, GAIN).tolist() == [2, 1, 2, 0]
    assert at_random(seen, [1], with_control=False)[:, 1].tolist() == [0, 1, 1, 0]
    ranking = Ranking(np.arange(4.0), np.ones(4, dtype=np.intp), 1.0)
    assert ranked(seen, ranking)[:, 1].tolist() == [0, 1, 1, 0]


def test_all_customers_get_the_arm_where_the_budget_is_enough() -> None:
    assert at_random(four(), [2], with_control=False)[:, 2].tolist() == [1.0] * 4
    assert at_random(four(4.0), [2], with_control=False)[:, 2].tolist() == [0.5] * 4
    assert at_random(four(), [1, 2], with_control=True)[0].tolist() == pytest.approx([1 / 3] * 3)


def test_a_ranking_stops_at_its_share() -> None:
    ranking = Ranking(np.array([1.0, 4, 3, 2]), np.ones(4, dtype=np.intp), 0.5)
    assert ranked(four(), ranking)[:, 1].tolist() == [0, 1, 1, 0]
    nothing = replace(ranking, arm=np.zeros(4, dtype=np.intp))
    assert ranked(four(), nothing)[:, 0].tolist() == [1.0] * 4


def test_equal_customers_are_drawn_by_lot_until_the_budget_is_used_up() -> None:
    equal = np.tile([0.0, 2.0, 0.0], (4, 1))
    assert most_gain(four(1.0), equal)[:, 1] == pytest.approx(np.full(4, 0.25))
