"""The read-out as one object."""

from __future__ import annotations

import json

import pytest

from tests.training.experiments.drawn import drawn_table
from training.experiments.rows.reading import ExperimentRequest
from training.readouts.readout import Readout, read_out
from training.readouts.written import as_object, policy_name

REQUEST = ExperimentRequest(
    treatment="arm", control="control", outcome="bought", value="30", cost="1"
)


@pytest.fixture(scope="module")
def found() -> Readout:
    return read_out(drawn_table(1, rows=1_000, effect=0.1), REQUEST, 0.9)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_has_what_programs_read(found: Readout, language: str) -> None:
    shown = json.loads(json.dumps(as_object(found, language), allow_nan=False))
    assert {"name", "passed", "message"} <= set(shown["checks"][0])
    assert {"arm", "outcome", "estimate", "low", "high", "level"} <= set(shown["effects"][0])
    assert {"name", "value", "low", "high"} <= set(shown["policies"][0])
    assert shown["effects"][0]["level"] == 0.9
    assert {one["name"] for one in shown["policies"]} >= {"nobody", "everybody", "by_risk"}
    assert shown["recommended"] in {None, *(one["name"] for one in shown["policies"])}
    assert [one["column"] for one in shown["suspected_leaks"]] == ["spend"]
    assert shown["verdict"]


def test_shares_lie_between_0_and_1_and_money_is_money(found: Readout) -> None:
    share, value, profit = as_object(found, "en")["effects"]
    assert (share["unit"], value["unit"]) == ("share", "amount")
    assert value["estimate"] == pytest.approx(30 * share["estimate"])
    assert profit["estimate"] == pytest.approx(value["estimate"] - 1)


def test_policies_have_names_in_words() -> None:
    assert policy_name("everybody:Mail A: new", "en") == "treating all customers with Mail A: new"
    assert policy_name("by_risk", "zh") == "按风险"
    assert policy_name("some_score", "en") == "some_score"
