"""Where customers stand against the line, beside the choice that was made."""

from __future__ import annotations

import numpy as np

from serving.retention.choice import Limits, Multipliers, Options, choose
from serving.retention.choice.standing import standings
from tests.serving.retention.choice.cases import ARMS, operator


def test_tolls_are_those_of_the_limits_that_the_option_meets() -> None:
    rows = [(0, 0, 90.0, 10), (1, 0, 70.0, 10), (1, 1, 65.0, 3)]
    options = Options.of(rows, ARMS, {"city": [4, -1]})
    multipliers = Multipliers(2.0, {"call": 30.0}, {"city": {4: 7.0}})
    (own,) = standings(options, multipliers, 0)
    assert own.tolls_fen == {"budget": 20.0, "channel": 30.0, "city": 7.0}
    assert (own.place, own.arm, own.net_fen) == (0, ARMS[0], 33.0)
    best, other = standings(options, multipliers, 1)
    assert (best.place, best.tolls_fen, best.net_fen) == (2, {"budget": 6.0}, 59.0)
    assert (other.place, other.net_fen) == (1, 20.0)
    assert standings(options, multipliers, 5) == []


def test_who_is_chosen_stands_above_the_line_and_the_others_below() -> None:
    options, limits = operator(1_500)
    choice = choose(options, limits)
    missing = choice.bound_fen - choice.gain_fen
    chosen = dict(zip(options.customer[choice.place].tolist(), choice.place.tolist(), strict=True))
    for customer in range(0, 1_500, 7):
        best = standings(options, choice.multipliers, customer)[0]
        if customer in chosen:
            own = {one.place: one for one in standings(options, choice.multipliers, customer)}
            assert own[chosen[customer]].net_fen >= max(best.net_fen, 0) - missing - 1e-6
        else:
            assert best.net_fen <= missing + 1e-6


def test_as_much_gain_as_is_missing_lifts_the_customer_onto_the_list() -> None:
    options, limits = operator(1_500)
    choice = choose(options, limits)
    absent = np.setdiff1d(np.arange(1_500), options.customer[choice.place])
    best = [standings(options, choice.multipliers, int(one))[0] for one in absent]
    near = max((one for one in best if -500 < one.net_fen < -50), key=lambda one: one.net_fen)
    gain = options.gain_fen.copy()
    gain[near.place] += -near.net_fen + 200
    lifted = Options(
        options.customer, options.arm, gain, options.cost_fen, options.arms, options.groups
    )
    assert near.place in choose(lifted, limits).place


def test_without_limits_there_are_only_gains() -> None:
    options = Options.of([(0, 0, 5.0, 2)], ARMS)
    (own,) = standings(options, choose(options, Limits()).multipliers, 0)
    assert not own.tolls_fen
    assert own.net_fen == 5.0
