"""The read-out for people."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from tests.training.experiments.drawn import drawn_table
from training.experiments.rows.reading import ExperimentRequest
from training.readouts.page import as_text
from training.readouts.readout import read_out

REQUEST = ExperimentRequest(treatment="arm", control="control", outcome="bought", value="30")


def page(table: pd.DataFrame, language: str, request: ExperimentRequest = REQUEST) -> str:
    return as_text(read_out(table, request, 0.95), language)


def test_the_verdict_comes_first_and_every_part_is_there() -> None:
    table = drawn_table(1, effect=0.15)
    request = ExperimentRequest("arm", "control", "bought", value="30", received="got")
    text = page(table.assign(got=table["arm"]), "en", request)
    titles = ("2,000 rows", "Verdict", "Checks", "Suspected leaks", "Effects against control",
              "100.0% were reached", "By part of the customers", "Policies, in money")  # fmt: skip
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    assert "narrower by adjustment" in text


def test_the_gain_of_a_policy_is_in_outcomes_where_no_money_is_known() -> None:
    request = ExperimentRequest("arm", "control", "bought")
    assert "Policies, in outcomes per customer" in page(drawn_table(2, rows=600), "en", request)


def test_in_chinese_no_english_sentence_is_left() -> None:
    text = page(drawn_table(3, effect=0.15), "zh")
    names = r"arm|bought|control|offer1|spend|tenure|value|plan|basic|plus|pro|AUC|wanted|unwanted"
    rest = re.sub(rf"\b({names})\b|--planned|--drop", "", text)
    assert not re.findall(r"[A-Za-z]{3,} [A-Za-z]{2,}", rest), rest


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_refused_read_out_has_its_checks_and_no_effect(language: str) -> None:
    text = page(drawn_table(4, by_tenure=True).drop(columns="spend"), language)
    assert "tenure" in text
    assert "offer1" not in text.split("\n\n")[1]
    assert len(text.split("\n\n")) == 3


def test_rows_that_are_not_counted_are_said() -> None:
    table = drawn_table(5, rows=600)
    table.loc[:2, "arm"] = ""
    assert "3 rows without a value of arm are not counted." in page(table, "en")
