"""`/explain` on a real home: what is said of a decision, to whom, and what is never said."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from features.errors import RequestRefused
from features.home import Home
from serving.access.principal import Scope
from serving.customers.rights.objections import record_objection, withdraw_objection
from serving.decision.bill_fit.store import CounterFacts
from serving.decision.promises import keep_promise, new_promise, write_promise
from serving.http.contract.forms.explain import (
    EXPLAIN_ANSWER,
    EXPLAIN_REQUEST,
    ExplainAnswer,
    ExplainRequest,
)
from tests.serving.decision.conftest import People
from tests.serving.decision.counter import Counter
from tests.versions import fewer_features
from training.models.bundle import read_bundle, write_bundle

pytestmark = pytest.mark.slow


def test_a_decision_is_explained(counter: Counter, people: People) -> None:
    decision = counter.decided(people.complaining[0])
    found = counter.explained(decision.id)
    assert found["customer_id"] == decision.customer_id
    assert found["churn_risk"] == decision.answer["churn_risk"]
    assert found["risk_band"] == decision.answer["risk_band"]
    assert (found["verified"], found["row_rebuilt"], found["because"]) == (True, True, None)
    assert (found["ladder_rebuilt"], found["not_rebuilt"]) == (True, [])
    assert found["facts"] == decision.answer["facts"]
    closed = [one for one in found["changes"] if one["kind"] == "complaint_closed"]
    assert len(closed) == found["facts"]["open_complaints"] > 0
    assert all(one["changed_features"] > 0 for one in closed)
    if len(closed) == 1:
        assert "fix_service" in found["offered"]["actions"]
        assert "fix_service" not in closed[0]["offered"]["actions"]


def test_the_texts_are_in_the_requested_language(counter: Counter, people: People) -> None:
    decision = counter.decided(people.complaining[0])
    texts = [one["text"] for one in counter.explained(decision.id, "zh")["changes"]]
    assert texts[0].endswith("已办结")


def test_the_data_that_were_used_are_named(counter: Counter, people: People) -> None:
    decision = counter.decided(people.complaining[0])
    found = counter.explained(decision.id)["data"]
    feeds = {own["feed"]: own for own in found["feeds"]}
    assert {"customers", "contracts", "usage", "complaints"} <= set(feeds)
    assert all(own["features"] > 0 for own in feeds.values())
    assert all(own["latest"] < decision.answer["as_of"] for own in feeds.values() if own["latest"])
    assert feeds["complaints"]["latest"] is not None
    assert feeds["usage"]["latest"] is not None
    said = {own["feature"]: own for own in found["features"]}
    assert said["unresolved_complaints"]["value"] == decision.answer["facts"]["open_complaints"]
    silent = {
        own.name for own in counter.context.scorer.champion.features if not own.staff_may_hear
    }
    assert silent
    assert not silent & set(said)
    assert found["unsaid"] > 0
    names = [own["name"] for own in found["beside"]]
    assert names == ["request", "promises", "objection", "bill_fit", "posted_facts", "limits"]


def test_an_older_answer_has_its_band_too(counter: Counter, people: People) -> None:
    """The field came later than the first decisions."""
    decision = counter.decided(people.fitting[0])
    answer = {name: own for name, own in decision.answer.items() if name != "risk_band"}
    found = counter.explainer().explain(replace(decision, answer=answer), "en")
    assert found["risk_band"] == decision.answer["risk_band"] is not None


def test_keeping_a_promise_changes_the_ladder_and_no_score(
    counter: Counter, people: People
) -> None:
    name = people.fitting[0]
    promise = new_promise(name, "callback", counter.settings, counter.now - timedelta(days=2))
    with counter.store.begin() as connection:
        write_promise(connection, promise, "K1")
    decision = counter.decided(name)
    counter.now += timedelta(minutes=5)
    with counter.store.begin() as connection:
        keep_promise(connection, promise, counter.now)
    found = counter.explained(decision.id)
    assert found["facts"]["broken_promises"] >= 1
    (kept,) = [one for one in found["changes"] if one["kind"] == "promise_kept"]
    assert (kept["churn_risk"], kept["feed"], kept["text"]) == (
        None, None, "a promise kept: a call back",
    )  # fmt: skip
    assert "keep_promise" in found["offered"]["actions"]
    if found["facts"]["broken_promises"] == 1:
        assert "keep_promise" not in kept["offered"]["actions"]
    assert found["ladder_rebuilt"]


def test_after_an_objection_no_score_is_shown(counter: Counter, people: People) -> None:
    name = people.complaining[0]
    before = counter.decided(name)
    with counter.store.begin() as connection:
        record_objection(connection, name, "K1", counter.now)
    objecting = counter.decided(name)
    for decision in (before, objecting):
        found = counter.explained(decision.id)
        assert found["because"] == "objection"
        assert (found["churn_risk"], found["risk_band"], found["verified"]) == (None, None, None)
        assert found["smallest"] == {"size": None, "sets": [], "tried": 0}
        assert all(one["churn_risk"] is None for one in found["changes"])
        (closed,) = [one for one in found["changes"] if one["kind"] == "complaints_closed"]
        assert "fix_service" in found["offered"]["actions"]
        assert "fix_service" not in closed["offered"]["actions"]
        assert found["facts"] == decision.answer["facts"]
        assert found["data"]["beside"]
    with counter.store.begin() as connection:
        withdraw_objection(connection, name, counter.now)
    assert counter.explained(before.id)["because"] is None
    assert counter.explained(objecting.id)["because"] == "objection"


def test_a_decision_by_last_nights_score_has_no_row(own_counter: Counter, people: People) -> None:
    Home(own_counter.context.home).champion.unlink()
    decision = own_counter.decided(people.complaining[0])
    found = own_counter.explained(decision.id)
    assert (found["answered_by"], found["because"]) == ("last_night", "last_night")
    assert found["churn_risk"] == decision.answer["churn_risk"]
    assert found["risk_band"] == decision.answer["risk_band"]
    assert (found["verified"], found["row_rebuilt"]) == (None, None)
    assert found["ladder_rebuilt"]
    assert found["data"]["beside"][-1]["name"] == "last_night"
    assert {one["kind"] for one in found["changes"]} >= {"complaints_closed"}


def test_a_row_that_was_scored_late_is_explained_all_the_same(
    counter: Counter, people: People
) -> None:
    """Whichever step answered: what counts is that its row was kept."""
    decision = counter.decided(people.complaining[0])
    found = counter.explainer().explain(replace(decision, answered_by="last_night"), "en")
    assert (found["because"], found["verified"], found["row_rebuilt"]) == (None, True, True)
    assert "last_night" not in [own["name"] for own in found["data"]["beside"]]
    lost = replace(decision, row_content=None)
    assert counter.explainer().explain(lost, "en")["because"] == "no_row"


def test_a_decision_by_rule_has_no_score(own_counter: Counter, people: People) -> None:
    home = Home(own_counter.context.home)
    home.champion.unlink()
    shutil.rmtree(home.scores)
    decision = own_counter.decided(people.complaining[0])
    found = own_counter.explained(decision.id)
    assert (found["answered_by"], found["because"]) == ("rules", "rules")
    assert (found["churn_risk"], found["risk_band"]) == (None, None)


def test_it_is_explained_by_its_own_version_promoted_or_not(
    own_counter: Counter, people: People
) -> None:
    home = Home(own_counter.context.home)
    decision = own_counter.decided(people.complaining[0])
    expected = own_counter.explained(decision.id)
    home.champion.unlink()
    own_counter.with_bands(*own_counter.settings.economics.risk_bands)  # nothing is in memory
    assert own_counter.explained(decision.id) == expected
    own_counter.with_bands(*own_counter.settings.economics.risk_bands)
    fewer = fewer_features(read_bundle(home.models / "minding"))
    shutil.rmtree(home.models / "minding")
    write_bundle(home.models / "minding", fewer)
    with pytest.raises(RequestRefused) as refused:
        own_counter.explained(decision.id)
    assert refused.value.code == "model_gone"
    shutil.rmtree(home.models / "minding")
    with pytest.raises(RequestRefused) as refused:
        own_counter.explained(decision.id)
    assert refused.value.code == "model_gone"


def test_another_citys_decision_does_not_exist(counter: Counter, people: People) -> None:
    decision = counter.decided(people.fitting[0])
    record = CounterFacts(counter.context.home).need(decision.customer_id, Scope())
    own = counter.call("store", Scope(city=record.city))
    assert counter.explained(decision.id, call=own)["decision_id"] == decision.id
    assert own.subjects == (decision.customer_id,)
    other = counter.call("store", Scope(city="elsewhere"))
    with pytest.raises(RequestRefused) as refused:
        counter.explained(decision.id, call=other)
    with pytest.raises(RequestRefused) as unknown:
        counter.explained("0" * 32)
    assert refused.value.code == unknown.value.code == "unknown_decision"
    assert (refused.value.message, refused.value.details) == (
        unknown.value.message, unknown.value.details,
    )  # fmt: skip
    assert other.subjects == (decision.customer_id,)  # in the audit, not in the answer


def test_the_example_of_the_contract_is_an_answer() -> None:
    assert ExplainAnswer.model_validate(EXPLAIN_ANSWER).model_dump() == EXPLAIN_ANSWER
    assert ExplainRequest.model_validate(EXPLAIN_REQUEST)


def test_without_a_lake_the_row_is_still_scored(own_counter: Counter, people: People) -> None:
    """What it says stays; no change of its facts is scored."""
    decision = own_counter.decided(people.complaining[0])
    Home(own_counter.context.home).latest.unlink()
    found = own_counter.explained(decision.id)
    assert (found["verified"], found["row_rebuilt"], found["because"]) == (True, False, None)
    assert found["not_rebuilt"] == ["complaints", "payments", "contracts"]
    assert found["data"]["features"]
    assert {own["latest"] for own in found["data"]["feeds"]} == {None}
    assert (found["smallest"]["tried"], found["ladder_rebuilt"]) == (0, True)


def test_an_explanation_keeps_no_decision_waiting(counter: Counter, people: People) -> None:
    """Its queries run in databases of their own."""
    found = counter.scenarios(counter.decided(people.complaining[0])).bases
    for feed, base in found.items():
        own = base.known.part(feed)
        assert own == base.part
        assert own is not base.part
