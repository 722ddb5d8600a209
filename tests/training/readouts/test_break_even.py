"""What an event must bring for an arm to pay."""

from __future__ import annotations

import pytest

from tests.training.experiments.drawn import drawn_table
from training.experiments.rows.reading import ExperimentRequest
from training.readouts.break_even import break_even, in_words
from training.readouts.readout import Readout, read_out


def out(effect: float, outcome: str = "bought") -> Readout:
    table = drawn_table(1, effect=effect).rename(columns={"bought": outcome})
    request = ExperimentRequest("arm", "control", outcome, cost="2", dropped=("spend",))
    return read_out(table, request, 0.95)


def test_it_is_the_cost_over_the_effect() -> None:
    found = out(0.15)
    (one,) = break_even(found)
    effect = found.effects[0].adjusted
    assert one.cost == 2
    assert one.value == pytest.approx(2 / effect.value)
    assert one.low == pytest.approx(2 / effect.high)
    assert one.high == pytest.approx(2 / effect.low)
    assert "one more bought brings above" in in_words(found, "en")[1]


def test_of_what_is_to_be_avoided_one_less_must_bring_it() -> None:
    found = out(-0.15, "churned")
    (one,) = break_even(found)
    assert 0 < one.low < one.value < one.high
    assert "one less churned" in in_words(found, "en")[1]


def test_an_arm_without_an_effect_pays_at_no_value() -> None:
    found = out(0.0)
    assert break_even(found) == ()
    assert len(in_words(found, "en")) == 1
