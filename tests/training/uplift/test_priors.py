"""Declared figures and read-outs: which of them counts how much."""

from __future__ import annotations

import numpy as np
import pytest

from features.errors import TableRefused
from training.uplift.hierarchy import Cell
from training.uplift.priors import (
    Counted,
    Measured,
    Updated,
    update_acceptance,
    update_factor,
)

TIERS = ("standard", "silver", "gold", "diamond")
OFFERS = ("better_plan", "discount", "service_visit")
CELLS = {(offer, tier): 0.3 for offer in OFFERS for tier in TIERS}
ONE: Cell = ("discount", "gold")


def ends(one: Updated) -> tuple[float, float, float]:
    low, high = one.estimate.interval or (np.nan, np.nan)
    assert one.estimate.value is not None
    return low, one.estimate.value, high


def test_without_read_outs_what_was_declared_comes_back_with_its_doubt() -> None:
    for found in (update_acceptance(CELLS, [], 0.35), update_factor(CELLS, [], 0.35)):
        for one in found.values():
            assert one.estimate.value == pytest.approx(0.3)
            assert one.evidence_share == pytest.approx(0, abs=1e-9)
    low, _, high = ends(update_factor(CELLS, [], 0.35)[ONE])
    assert (low, high) == pytest.approx((0.3 * np.exp(-0.686), 0.3 * np.exp(0.686)), rel=1e-3)


def test_many_answers_outweigh_what_was_declared() -> None:
    one = update_acceptance(CELLS, [Counted(ONE, 6000, 60_000)], 0.35)[ONE]
    low, value, high = ends(one)
    assert value == pytest.approx(0.1, abs=0.002)
    assert low == pytest.approx(0.0976, abs=0.002)
    assert high - low < 0.01
    assert one.evidence_share > 0.99


def test_a_few_answers_move_a_little_and_say_so() -> None:
    found = update_acceptance(CELLS, [Counted(ONE, 1, 10)], 0.35)
    assert 0.22 < ends(found[ONE])[1] < 0.3
    assert 0.02 < found[ONE].evidence_share < 0.4


def test_no_acceptance_among_a_few_does_not_make_it_zero() -> None:
    low, value, _ = ends(update_acceptance(CELLS, [Counted(ONE, 0, 20)], 0.35)[ONE])
    assert 0 < low < value < 0.3


def test_one_normal_cell_by_hand() -> None:
    """Prior 0 with variance 0.25, read-out 0.4 with variance 0.25: 0.2 if the doubt were right.

    The doubt may be too small or too large, which hardly moves the middle of a modest read-out.
    """
    one = update_factor({ONE: 1.0}, [Measured(ONE, 0.4, 0.5)], 0.5)[ONE]
    assert np.log(ends(one)[1]) == pytest.approx(0.2, abs=0.08)
    assert one.evidence_share == pytest.approx(0.5, abs=0.15)


def test_read_outs_of_one_cell_add_up() -> None:
    twice = update_factor(CELLS, [Measured(ONE, -1.0, 0.2), Measured(ONE, -1.4, 0.2)], 0.5)
    once = update_factor(CELLS, [Measured(ONE, -1.2, 0.2 / np.sqrt(2))], 0.5)
    assert ends(twice[ONE]) == pytest.approx(ends(once[ONE]))
    halves = [Counted(ONE, 10, 100), Counted(ONE, 20, 100)]
    whole = [Counted(ONE, 30, 200)]
    both = (update_acceptance(CELLS, each, 0.35)[ONE] for each in (halves, whole))
    first, second = (ends(one) for one in both)
    assert first == pytest.approx(second)


def test_a_tier_learns_from_its_offer_more_than_from_another_offer() -> None:
    found = update_factor(CELLS, [Measured(ONE, np.log(0.15), 0.05)], 0.5)
    sibling, stranger = found["discount", "silver"], found["better_plan", "silver"]
    assert ends(found[ONE])[1] < ends(sibling)[1] < ends(stranger)[1] < 0.3
    assert found[ONE].evidence_share > sibling.evidence_share > stranger.evidence_share


def test_cells_that_prove_different_stay_apart() -> None:
    alike = [Measured((OFFERS[0], tier), np.log(0.5), 0.03) for tier in TIERS[:3]]
    apart = [
        Measured((OFFERS[0], tier), np.log(value), 0.03)
        for tier, value in zip(TIERS, (0.2, 0.5, 1.2), strict=False)
    ]
    widths = []
    for read_outs in (alike, apart):
        low, _, high = ends(update_factor(CELLS, read_outs, 0.5)[OFFERS[0], "diamond"])
        widths.append(np.log(high / low))
    assert widths[1] > 1.5 * widths[0]


def covered(seed: int, wrong_by: float, size: int) -> list[bool]:
    """Whether the interval of each cell covers an acceptance drawn as the model says.

    `wrong_by`: standard deviations by which all that was declared is off.
    """
    draw = np.random.default_rng(seed)
    doubt = 0.35
    parts = draw.dirichlet((1, 1, 1)) ** 0.5
    truth, counts = {}, []
    shared = draw.normal() + wrong_by
    for offer in OFFERS:
        own = draw.normal()
        for tier in TIERS:
            away = parts @ (shared, own, draw.normal())
            odds = np.log(0.3 / 0.7) + away * doubt / 0.7
            truth[offer, tier] = 1 / (1 + np.exp(-odds))
            if draw.random() < 0.7:
                accepted = int(draw.binomial(size, truth[offer, tier]))
                counts.append(Counted((offer, tier), accepted, size))
    found = update_acceptance(CELLS, counts, doubt)
    return [ends(found[cell])[0] <= value <= ends(found[cell])[2] for cell, value in truth.items()]


@pytest.mark.parametrize(("wrong_by", "least"), [(0.0, 0.92), (3.0, 0.88)])
def test_intervals_cover_also_where_what_was_declared_is_far_off(
    wrong_by: float, least: float
) -> None:
    held = np.array([covered(seed, wrong_by, size=200) for seed in range(60)])
    assert least <= held.mean() <= 0.995


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: update_acceptance(CELLS, [Counted(ONE, 3, 2)], 0.3), "3 of 2 accepted"),
        (lambda: update_acceptance({ONE: 1.0}, [], 0.3), "not above 0 and below 1"),
        (lambda: update_factor({ONE: 0.0}, [], 0.3), "factor is not above 0"),
        (lambda: update_factor(CELLS, [Measured(ONE, 0.1, 0.0)], 0.3), "its error is 0.0"),
        (lambda: update_factor(CELLS, [Measured(("gift", "gold"), 0.1, 1)], 0.3), "declared for"),
        (lambda: update_factor(CELLS, [], 0.0), "a doubt above 0"),
    ],
)
def test_what_cannot_be_is_refused(call: object, message: str) -> None:
    with pytest.raises(TableRefused, match=message):
        call()  # type: ignore[operator]
