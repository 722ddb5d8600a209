"""The ladder: equal for equal facts, service before selling, nothing beyond consent and limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.histories.bills.tiers import TIERS
from serving.decision.deciding import Known, Requested, decide
from serving.decision.decision_settings import (
    AUTHORITIES,
    INTENTS,
    DecisionSettings,
    Predictions,
    decision_settings,
    to_fen,
)
from serving.decision.offers.economics import Predicted
from serving.decision.offers.entitlement import Entitlement, facts_sha256
from serving.decision.offers.ladder import ladder

NOW = datetime(2026, 3, 2, 10)
SETTINGS = decision_settings(Path("no home"))
counts = st.integers(0, 2)
entitlements = st.builds(
    Entitlement,
    intent=st.sampled_from(INTENTS),
    authority=st.sampled_from(AUTHORITIES),
    tier=st.sampled_from(TIERS),
    payment_mode=st.sampled_from(["postpaid", "prepaid", None]),
    plan=st.sampled_from(["A", None]),
    contract=st.sampled_from(["bound", "free", None]),
    tenure_days=st.one_of(st.none(), st.integers(0, 6000)),
    consent=st.booleans(),
    open_complaints=counts,
    open_promises=counts,
    broken_promises=counts,
    best_plan=st.just("B"),
    saving_fen=st.integers(0, 10_000),
    has_other_brand=st.booleans(),
)
amounts = st.floats(0, 1e7, allow_nan=False)
predictions = st.builds(
    Predicted,
    risk=st.floats(0, 0.999),
    horizon_days=st.just(30),
    margin_fen=st.one_of(st.none(), st.floats(-1e5, 1e6)),
    certain_fen=st.one_of(st.none(), st.floats(-1e6, 1e7)),
)
knowns = st.builds(
    Known,
    as_of=st.just(datetime(2026, 3, 2)),
    predicted=st.one_of(st.none(), predictions),
    at_stake_fen=st.one_of(st.none(), amounts),
)


def shown(facts: Entitlement, known: Known, settings: DecisionSettings) -> tuple[object, ...]:
    """What of an answer depends on the facts alone: the ladder, its amounts, limits, blocks."""
    role = {"clerk": "store", "manager": "manager"}[facts.authority]
    request = Requested("C1", facts.intent, "store", "en", role)
    found = decide(request, facts, known, settings, NOW)
    predicted = ("margin_effect", "gain")
    rungs = [
        tuple((key, value) for key, value in rung.items() if key not in predicted)
        for rung in found["ladder"]
    ]
    return rungs, str(found["blocked"]), found["limit"], found["manager_limit"]


@given(entitlements, knowns, knowns)
def test_equal_facts_have_equal_ladders_whatever_is_predicted(
    facts: Entitlement, one: Known, other: Known
) -> None:
    assert shown(facts, one, SETTINGS) == shown(facts, other, SETTINGS)


def test_the_search_finds_a_ladder_that_depends_on_a_prediction() -> None:
    """The law above must be able to fail: with a declared rule the same search finds a pair."""
    settings = replace(SETTINGS, predictions=Predictions(("limit",)))
    facts = Entitlement(
        "cancel", "clerk", "gold", "postpaid", "A", "free", 2000, True, 0, 0, 0
    )  # fmt: skip
    poor = Known(NOW, Predicted(0.01, 30, 10.0, 100.0))
    rich = Known(NOW, Predicted(0.9, 30, 100_000.0, 1_000_000.0))
    assert shown(facts, poor, settings) != shown(facts, rich, settings)
    assert shown(facts, poor, SETTINGS) == shown(facts, rich, SETTINGS)


@given(entitlements)
def test_the_rules_are_never_passed(facts: Entitlement) -> None:
    found = ladder(facts, SETTINGS)
    for rung in found.rungs:
        action = SETTINGS.actions[rung.action]
        assert not (action.selling and facts.service_first)
        assert facts.consent or not action.commercial
        assert rung.kind != "money" or rung.cost_fen <= found.limit_fen
        assert facts.tier in action.tiers
        assert facts.intent in action.intents
    ranks = [SETTINGS.actions[rung.action].rank for rung in found.rungs]
    assert ranks == sorted(ranks)
    assert not {rung.action for rung in found.rungs} & set(found.blocked)


@given(entitlements)
def test_a_manager_may_do_all_that_a_clerk_may(facts: Entitlement) -> None:
    clerk = ladder(replace(facts, authority="clerk"), SETTINGS)
    manager = ladder(replace(facts, authority="manager"), SETTINGS)
    assert set(clerk.rungs) <= set(manager.rungs)
    assert clerk.limit_fen <= manager.limit_fen == clerk.manager_limit_fen


BARE = Entitlement("cancel", "clerk", "standard", "postpaid", "A", "free", 400, True, 0, 0, 0)


@pytest.mark.parametrize(
    ("facts", "first", "rule"),
    [
        (replace(BARE, open_complaints=1), "fix_service", "open_complaint"),
        (replace(BARE, open_promises=1), "keep_promise", "open_promise"),
        (replace(BARE, broken_promises=1), "keep_promise", "broken_promise"),
    ],
)
def test_what_is_open_comes_first_and_blocks_selling(
    facts: Entitlement, first: str, rule: str
) -> None:
    found = ladder(facts, SETTINGS)
    assert [rung.action for rung in found.rungs] == [first]
    assert found.blocked["data_bonus"] == (rule,)


def test_without_consent_no_commercial_offer_is_made_and_the_bill_may_be_compared() -> None:
    facts = replace(BARE, consent=False, best_plan="B", saving_fen=4600, has_other_brand=True)
    found = ladder(facts, SETTINGS)
    assert [(rung.action, rung.plan) for rung in found.rungs] == [("better_plan", "B")]
    assert found.blocked["data_bonus"] == ("no_consent",)


def test_a_saving_below_the_bound_is_not_mentioned() -> None:
    least = to_fen(SETTINGS.bill_fit.min_saving)
    for saving, is_there in ((least - 1, False), (least, True)):
        found = ladder(replace(BARE, best_plan="B", saving_fen=saving), SETTINGS)
        assert ("better_plan" in [rung.action for rung in found.rungs]) is is_there


def test_a_fact_that_is_not_known_fulfils_no_condition() -> None:
    facts = replace(BARE, payment_mode=None, contract=None, tenure_days=None, tier="diamond")
    found = [rung.action for rung in ladder(facts, SETTINGS).rungs]
    assert found == ["data_bonus"]


def test_facts_have_one_hash_whatever_their_order() -> None:
    facts = BARE.to_json(SETTINGS.tenure_years)
    assert facts["tenure_band"] == 1
    assert "tenure_days" not in facts
    assert facts_sha256(facts) == facts_sha256(dict(reversed(facts.items())))
    assert facts_sha256(facts) != facts_sha256({**facts, "tier": "gold"})
