"""Who left by arm and answer, and what that says of an offer's hazards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from features.errors import TableRefused
from training.statistics.logistic import Floats
from training.uplift.hazards import NOBODY, REFUSED, ContactEffect, Group, update_hazards
from training.uplift.hierarchy import Cell
from training.uplift.priors import Updated

TIERS = ("standard", "silver", "gold", "diamond")
CELLS = {(offer, tier): 0.7 for offer in ("bonus", "discount") for tier in TIERS}
REFUSALS = {"bonus": 1.05, "discount": 1.05}
GOLD = ("bonus", "gold")


def found(*effects: ContactEffect, **doubts: float) -> dict[Cell, Updated]:
    return update_hazards(CELLS, REFUSALS, effects, 0.5, 0.25, **doubts)


def value(one: Updated) -> float:
    assert one.estimate.value is not None
    return one.estimate.value


def width(one: Updated) -> float:
    low, high = one.estimate.interval or (np.nan, np.nan)
    return float(np.log(high / low))


def group(customers: int, hazard: float = 1.0, times: float = 1.0, risk: float = 0.2) -> Group:
    """20 % were expected to leave, and so many times `times` did, with this hazard."""
    return Group(customers, risk * customers, times * (1 - (1 - risk) ** hazard) * customers)


def effect(
    hazard: float, refused: float = 1.05, customers: int = 100_000, cell: Cell = GOLD, **more: Any
) -> ContactEffect:
    """As many treated as controls: 40 % accepted and 20 % refused."""
    share = customers // 10
    own = ContactEffect(
        cell, "list", group(customers), group(4 * share, hazard), group(2 * share, refused),
        group(4 * share),
    )  # fmt: skip
    return replace(own, **more)


def test_without_read_outs_what_was_declared_comes_back() -> None:
    own = found()
    assert {round(value(own[cell]), 12) for cell in CELLS} == {0.7}
    assert value(own["bonus", REFUSED]) == pytest.approx(1.05)
    assert all(one.evidence_share == pytest.approx(0, abs=1e-9) for one in own.values())


@pytest.mark.parametrize(("true", "refused"), [(0.3, 1.05), (1.4, 1.05), (0.7, 1.4), (1.4, 1.4)])
def test_a_large_list_finds_the_effect_of_contact(true: float, refused: float) -> None:
    """What is sure is what acceptance and refusal do together; selection could explain the rest."""
    own = found(effect(true, refused))
    hazards = value(own[GOLD]), value(own["bonus", REFUSED])
    both, played = (contact(*one) for one in (hazards, (true, refused)))
    assert both == pytest.approx(played, abs=0.005)
    assert hazards[0] == pytest.approx(true, rel=0.3)


def contact(hazard: float, refused: float) -> float:
    """By how much fewer of all treated stay."""
    return float(0.4 * (0.8 - 0.8**hazard) + 0.2 * (0.8 - 0.8**refused))


def test_who_accepts_may_stay_anyway() -> None:
    """No offer does a thing: who accepts leaves a third less than expected, the others more.

    By intention to treat there is no effect, so that most of it is found to be selection.
    """
    plain = [
        effect(
            1.0, 1.0, 400_000, (offer, tier), accepted=group(160_000, times=0.7),
            others=group(160_000, times=1.3),
        )
        for offer in ("bonus", "discount") for tier in TIERS
    ]  # fmt: skip
    own, trusted = found(*plain), found(*plain, selected_doubt=0.01)
    for cell in CELLS:
        assert contact(value(own[cell]), value(own[cell[0], REFUSED])) == pytest.approx(0, abs=1e-3)
    assert abs(np.log(value(own[GOLD]))) < 0.6 * abs(np.log(value(trusted[GOLD])))


def test_less_selection_that_is_deemed_possible_makes_hazards_surer() -> None:
    small = effect(0.6, customers=5_000)
    sure, unsure = (found(small, selected_doubt=own)[GOLD] for own in (0.02, 1.0))
    assert width(sure) < 0.75 * width(unsure)


def test_risks_that_are_off_for_a_whole_list_move_no_hazard() -> None:
    plain = effect(0.7)
    off = {
        name: replace(getattr(plain, name), expected=0.8 * getattr(plain, name).expected)
        for name in ("control", "accepted", "refused", "others")
    }
    assert value(found(replace(plain, **off))[GOLD]) == pytest.approx(0.7, rel=0.1)


def test_controls_stand_for_each_other_where_the_risks_are_right() -> None:
    """A cell with hardly a control of its own is as sure as its list's controls allow."""
    few = effect(0.6, customers=20_000, control=group(100))
    beside = effect(0.7, customers=20_000, cell=("discount", "gold"))
    alone, helped = found(few)[GOLD], found(few, beside)[GOLD]
    assert width(helped) < 0.8 * width(alone)


def test_where_the_risks_of_cells_are_off_each_has_its_own_controls() -> None:
    """Of every second cell a third more leave than expected, in both arms."""
    effects = []
    for place, cell in enumerate(CELLS):
        times = 1.33 if place % 2 else 1.0
        plain = effect(0.7, cell=cell)
        effects.append(
            replace(
                plain,
                **{
                    name: replace(getattr(plain, name), left=times * getattr(plain, name).left)
                    for name in ("control", "accepted", "refused", "others")
                },
            )
        )
    own = found(*effects)
    assert [value(own[cell]) for cell in CELLS] == pytest.approx([0.7] * len(CELLS), rel=0.1)


def test_who_crossed_over_counts_in_their_arm() -> None:
    """A quarter of the controls got the offer elsewhere, and so fewer of them left."""
    crossed = group(100_000, 0.5)
    left = 0.75 * group(100_000).left + 0.25 * crossed.left
    control = replace(group(100_000), left=left)
    own = effect(0.5, control=control, control_accepted=0.25)
    assert value(found(own)[GOLD]) == pytest.approx(0.5, rel=0.1)
    assert value(found(replace(own, control_accepted=0.0))[GOLD]) > 0.52


def test_refusals_that_no_channel_reports_are_found() -> None:
    """Half of those without an answer refused: they leave more, which is what refusing does."""
    others = replace(group(60_000), left=group(30_000).left + group(30_000, 1.5).left)
    own = replace(effect(0.7), refused=NOBODY, others=others, others_refused=0.5)
    assert value(found(own)["bonus", REFUSED]) > 1.2
    none = found(replace(own, others_refused=0.0))["bonus", REFUSED]
    assert width(none) > 1.5 * width(found(own)["bonus", REFUSED])


def test_harm_is_found_and_spreads_to_the_offers_other_tiers() -> None:
    own = found(effect(1.5, refused=1.2))
    assert value(own["bonus", "gold"]) > 1
    assert value(own["bonus", "silver"]) > value(own["discount", "silver"]) > 0.7
    assert value(own["bonus", REFUSED]) > 1.05


def test_a_small_list_changes_little_and_says_so() -> None:
    own = found(effect(0.3, customers=10))[GOLD]
    assert value(own) == pytest.approx(0.7, abs=0.05)
    assert own.evidence_share < 0.1


def test_where_none_left_the_hazard_is_above_zero() -> None:
    own = found(effect(0.5, accepted=Group(400, 80.0, 0.0)))[GOLD]
    assert 0 < value(own) < 0.5
    low, high = own.estimate.interval or (np.nan, np.nan)
    assert np.isfinite([low, high]).all()


def test_what_acts_on_half_the_window_needs_the_stronger_hazard() -> None:
    whole, half = effect(0.7), effect(0.7, accepted_within=0.5)
    assert value(found(half)[GOLD]) < value(found(whole)[GOLD])


def test_counts_that_vary_more_say_less() -> None:
    plain = effect(0.5, customers=2_000)
    assert width(found(plain)[GOLD]) < width(found(replace(plain, dispersion=4.0))[GOLD])


def covered(seed: int, selects: float) -> list[bool]:
    """Whether intervals cover hazards a third off or so, in a list played customer by customer.

    Risks differ among customers, of which the mapping knows the mean alone; `selects` is the
    logarithm by which those who would accept leave more than is predicted.
    """
    draw = np.random.default_rng(seed)
    effects, truth = [], {}
    shared = draw.normal(0, 0.2)
    for cell in CELLS:
        truth[cell] = float(0.7 * np.exp(shared + draw.normal(0, 0.28)))
        risk = draw.beta(2, 14, 6000)
        treated = draw.random(6000) < 0.6
        would = draw.random(6000) < 0.3
        own = np.exp(np.where(would, selects, 0.0))
        own = own / own.mean()
        accepts, refuses = treated & would, treated & ~would & (draw.random(6000) < 0.5)
        power = np.where(accepts, truth[cell], np.where(refuses, 1.05, 1.0)) * own
        left = draw.random(6000) < 1 - (1 - risk) ** power
        arms = (~treated, accepts, refuses, treated & ~accepts & ~refuses)
        control, yes, no, others = (_of(risk, left, one) for one in arms)
        effects.append(ContactEffect(cell, "list", control, yes, no, others))
    hazards = found(*effects)
    ends = [hazards[cell].estimate.interval or (np.nan, np.nan) for cell in CELLS]
    return [low <= one <= high for (low, high), one in zip(ends, truth.values(), strict=True)]


def _of(risk: Floats, left: Any, chosen: Any) -> Group:
    return Group(int(chosen.sum()), float(risk[chosen].sum()), float(left[chosen].sum()))


@pytest.mark.slow
def test_the_intervals_cover_what_was_played() -> None:
    held = np.array([covered(seed, (-0.3, 0.0, 0.3)[seed % 3]) for seed in range(15)])
    assert 0.88 <= held.mean() <= 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: effect(0.7, dispersion=0.0), "dispersion 0.0"),
        (lambda: Group(10, 2.0, 11.0), "of 10 customers 11.0 left"),
        (lambda: ContactEffect(GOLD, "c", NOBODY, NOBODY, NOBODY, NOBODY), "share 0.0"),
        (lambda: found(effect(0.7, cell=("gift", "gold"))), "declared for"),
        (lambda: update_hazards(CELLS, {"bonus": 0.0}, [], 0.5, 0.25), "hazards above 0"),
        (lambda: update_hazards(CELLS, REFUSALS, [], 0.0, 0.25), "doubts above 0"),
    ],
)
def test_what_cannot_be_is_refused(call: object, message: str) -> None:
    with pytest.raises(TableRefused, match=message):
        call()  # type: ignore[operator]
