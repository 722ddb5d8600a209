"""The contest says which policy earns most, or that it cannot be said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.errors import NotEnoughData, TableRefused
from tests.training.uplift.worlds import World, world
from training.experiments.trial import Trial
from training.uplift.contest import Contest, contest
from training.uplift.policies import DO_NOT_DISTURB, IN_MONEY, LEARNED, NOBODY


def value(found: Contest, name: str) -> float:
    (own,) = (policy for policy in found.policies if policy.name == name)
    assert own.gain_over_nobody.value is not None
    return own.gain_over_nobody.value


def strong(rows: int = 4000, cost: float = 1.0) -> Trial:
    """Contact saves 30 of 100 in one half and drives out 20 of 100 in the other; 50 a customer."""
    draw = np.random.default_rng(1)
    one = world(1, rows, 2, "null").trial
    half = (one.covariates["x1"] > 0).to_numpy()
    chance = 0.4 + one.arm * np.where(half, 0.3, -0.2)
    outcome = (draw.random(rows) < chance).astype(float)
    return replace(one, outcome=outcome, worth=50 * outcome, cost=np.tile([0.0, cost], (rows, 1)))


@pytest.fixture(scope="module")
def found() -> Contest:
    return contest(strong(), seed=3)


def test_a_learned_policy_wins_where_the_signs_of_the_effect_differ(found: Contest) -> None:
    """Contacting one half earns 0.5 x (0.3 x 50 - 1) = 7 a customer; all of them earns 1.5."""
    assert found.recommended in LEARNED
    assert found.words.key == "learned_earns_most"
    assert value(found, IN_MONEY) == pytest.approx(7, abs=1.5)
    assert value(found, "everybody") == pytest.approx(1.5, abs=1.5)
    assert value(found, NOBODY) == 0
    assert found.over_simple.low is not None
    assert found.over_simple.low > 0


def test_every_policy_is_there_with_its_interval(found: Contest) -> None:
    names = [policy.name for policy in found.policies]
    assert names == [
        "nobody", "everybody", "random", "by_risk", "by_uplift", "do_not_disturb",
        "by_uplift_in_money",
    ]  # fmt: skip
    for policy in found.policies:
        low, high = policy.value.interval or (1.0, 0.0)
        assert low <= (policy.value.value or 0.0) <= high
    assert [round(policy.treated_share, 2) for policy in found.policies[:3]] == [0, 1, 0.5]


def test_the_same_seed_gives_the_same_contest(found: Contest) -> None:
    assert contest(strong(), seed=3) == found


def test_where_contact_costs_more_than_it_can_bring_no_customer_is_contacted() -> None:
    found = contest(strong(2000, cost=40.0), seed=1)
    assert found.recommended == NOBODY
    assert found.words.key == "every_arm_loses"
    assert value(found, DO_NOT_DISTURB) < 0, "it looks at the outcome alone"


def test_where_nothing_can_be_distinguished_nothing_is_recommended() -> None:
    one = world(2, 1500, 2, "null").trial
    found = contest(replace(one, cost=np.zeros(one.cost.shape)), seed=1)
    assert found.recommended is None
    assert found.words.key == "cannot_be_distinguished"


def test_where_all_are_helped_alike_the_simple_policy_is_enough() -> None:
    one: World = world(4, 4000, 2, "alike")
    trial = replace(one.trial, cost=np.zeros(one.trial.cost.shape))
    found = contest(trial, seed=1)
    assert found.recommended == "everybody"
    assert found.words.key == "simple_is_enough"


def test_a_budget_limits_every_policy_and_scores_are_policies() -> None:
    trial = strong(2000)
    right = (trial.covariates["x1"] > 0).to_numpy().astype(float)
    gains = np.column_stack([np.zeros(2000), right - 0.5])
    found = contest(
        trial, seed=1, budget=400.0, scores={"value_at_stake": right, "expected_gain": gains}
    )
    shares = {policy.name: policy.treated_share for policy in found.policies}
    assert max(shares.values()) <= 0.2 + 1e-9
    assert shares["everybody"] == pytest.approx(0.2)
    assert value(found, "by_value_at_stake") == pytest.approx(0.2 * 14, abs=1)
    assert value(found, "by_expected_gain") == pytest.approx(0.2 * 14, abs=1)


def test_rows_that_no_rule_allows_are_not_contacted() -> None:
    trial = strong(2000)
    allowed = np.ones((2000, 2), dtype=bool)
    allowed[:1500, 1] = False
    found = contest(trial, seed=1, allowed=allowed)
    assert max(policy.treated_share for policy in found.policies) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"budget": -1.0}, "budget is -1"),
        ({"allowed": np.ones((3, 2), dtype=bool)}, r"allowed has the shape \(3, 2\)"),
        ({"scores": {"risk": np.zeros(3)}}, "score risk"),
        ({"scores": {"risk": np.full(400, np.nan)}}, "score risk"),
    ],
)
def test_what_does_not_fit_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(TableRefused, match=message):
        contest(strong(400), seed=1, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["outcome", "worth", "cost"])
def test_a_test_with_missing_numbers_is_refused(name: str) -> None:
    trial = strong(400)
    with pytest.raises(TableRefused, match=f"{name} of the test is missing"):
        contest(replace(trial, **{name: getattr(trial, name) * np.nan}), seed=1)


@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_a_test_without_covariates_or_with_one_outcome_alone_has_an_answer(outcome: float) -> None:
    trial = strong(200)
    same = np.full(200, outcome)
    found = contest(replace(trial, outcome=same, worth=same), seed=1)
    assert found.recommended == NOBODY, "contact costs and changes nothing"
    bare = contest(replace(trial, covariates=trial.covariates[[]]), seed=1)
    assert len(bare.policies) == 7


def test_too_few_rows_are_refused_by_the_name_of_their_arm() -> None:
    with pytest.raises(NotEnoughData, match="arm offer_1 has"):
        contest(strong(30), seed=1)
