"""Whole read-outs: tests of every kind are called what they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from features.errors import TableRefused
from tests.training.experiments.drawn import drawn_table
from training.experiments.rows.reading import ExperimentRequest
from training.readouts.readout import Readout, read_out
from training.readouts.written import as_object, whole_verdict
from training.tables.files import read_table

REQUEST = ExperimentRequest(treatment="arm", control="control", outcome="bought", value="30")


def out(table: pd.DataFrame, request: ExperimentRequest = REQUEST) -> Readout:
    return read_out(table, request, 0.95)


def without_spend(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="spend")


def test_help_is_called_help_and_what_came_of_it_is_a_leak() -> None:
    found = out(drawn_table(1, effect=0.15))
    assert [one.column for one in found.suspected] == ["spend"]
    assert "spend" not in found.trial.covariates
    assert "offer1 helps" in whole_verdict(found, "en")
    effect = found.effects[0].adjusted
    assert effect.low < 0.15 < effect.high
    assert found.contest is not None
    assert found.contest.recommended not in (None, "nobody")


def test_harm_is_called_harm_and_no_contact_recommended() -> None:
    found = out(without_spend(drawn_table(2, effect=-0.15)), replace(REQUEST, cost="1"))
    assert "offer1 harms" in whole_verdict(found, "en")
    assert found.contest is not None
    assert found.contest.recommended in (None, "nobody")


def test_nothing_is_called_nothing_even_with_two_treated_for_one_control() -> None:
    found = out(without_spend(drawn_table(3, shares=(1 / 3, 2 / 3))))
    assert "no effect on bought that differs from chance" in whole_verdict(found, "en")
    assert all(one.passed for one in found.checks)
    assert found.contest is not None
    assert found.contest.recommended is None


def test_arms_that_differ_have_no_effect_named() -> None:
    found = out(without_spend(drawn_table(4, effect=0.2, by_tenure=True)))
    shown = as_object(found, "en")
    assert shown["effects"] == shown["policies"] == []
    assert shown["recommended"] is None
    assert shown["verdict"].startswith("No effect can be named")
    assert "tenure" in shown["verdict"]


def test_treating_all_can_lose_money_although_the_outcome_rises() -> None:
    found = out(without_spend(drawn_table(5, rows=4_000, effect=0.1)), replace(REQUEST, cost="9"))
    assert "loses money although it helps" in whole_verdict(found, "en")
    assert [one.measure.name for one in found.effects] == ["bought", "value", "profit"]


def test_two_hundred_rows_and_several_arms_are_read_out() -> None:
    found = out(without_spend(drawn_table(6, rows=200, shares=(0.4, 0.3, 0.3))))
    assert [one.arm for one in found.effects[:3]] == ["offer1", "offer2", "(any)"]


def test_so_few_rows_that_no_policy_can_be_learned_are_read_out_without() -> None:
    found = out(without_spend(drawn_table(7, rows=44)))
    assert found.effects
    assert (found.contest is None) == bool(found.too_few)


def test_money_is_an_outcome() -> None:
    found = out(drawn_table(8, effect=0.2).drop(columns="bought"), replace(
        REQUEST, outcome="spend", value=None
    ))  # fmt: skip
    assert found.effects[0].measure.unit == "amount"
    assert found.effects[0].adjusted.value > 0
    assert found.suspected == ()


def test_an_outcome_to_avoid_is_shown_as_it_is_written() -> None:
    table = without_spend(drawn_table(9, effect=0.15)).rename(columns={"bought": "churned"})
    found = out(table, replace(REQUEST, outcome="churned"))
    assert found.effects[0].adjusted.value > 0
    assert "offer1 harms: churned +" in whole_verdict(found, "en")
    assert found.effects[1].adjusted.value < 0  # the value of who stays


def test_only_known_columns_part_customers() -> None:
    with pytest.raises(TableRefused, match="--segment names gone"):
        read_out(drawn_table(1), REQUEST, 0.95, by=["gone"])
    found = read_out(drawn_table(1, effect=0.1), REQUEST, 0.95, by=["plan"])
    assert {one.column for one in found.segments.effects} == {"plan"}


def foreign(folder: str, file: str, data: Path) -> pd.DataFrame:
    path = data / folder / file
    if not path.exists():
        pytest.skip(f"no file {path}; set LIUKE_SHARED to the folder that holds data/")
    return read_table(path).rows


def effect_of(found: Readout, arm: str) -> tuple[float, float, float]:
    one = next(one for one in found.effects if one.arm == arm)
    return one.plain.value, one.plain.low, one.plain.high


def test_a_promotion_of_foreign_data_lowers_churn_by_what_is_known(
    shared_data: Path,
) -> None:
    table = foreign("teleko_retention_ab", "teleko.csv", shared_data)
    request = ExperimentRequest("promotion", "No", "renew", positive="1", value="30", cost="1")
    found = out(table, request)
    assert {"clv", "renew_factor"} == {one.column for one in found.suspected}
    assert all(one.passed for one in found.checks)
    assert effect_of(found, "Yes") == pytest.approx((0.084, 0.069, 0.099), abs=1e-3)
    assert found.effects[0].adjusted.low < 0.084 < found.effects[0].adjusted.high
    assert found.segments.differences[0].column == "data"
    by_plan = {one.level: one.interval for one in found.segments.effects if one.column == "data"}
    assert by_plan["yes"].low < 0.110 < by_plan["yes"].high
    assert by_plan["no"].low < 0.016 < by_plan["no"].high
    assert found.contest is not None
    assert found.contest.recommended is not None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("outcome", "known", "leaks"),
    [
        ("visit", (0.0609, 0.055, 0.066), {"conversion", "spend"}),
        ("conversion", (0.0050, 0.0035, 0.0064), {"visit", "spend"}),
        ("spend", (0.597, 0.376, 0.817), {"visit", "conversion"}),
    ],
)
def test_mails_of_foreign_data_bring_what_is_known(
    outcome: str, known: tuple[float, float, float], leaks: set[str], shared_data: Path
) -> None:
    table = foreign("hillstrom_email_test", "hillstrom.csv", shared_data)
    found = out(table, ExperimentRequest("segment", "No E-Mail", outcome))
    assert {one.column for one in found.suspected} == leaks
    assert all(one.passed for one in found.checks)
    assert effect_of(found, "(any)") == pytest.approx(known, abs=max(1e-3 * known[0], 6e-4))
