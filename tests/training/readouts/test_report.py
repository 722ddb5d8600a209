"""The read-out as a page with pictures."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from features.errors import SettingsError
from tests.training.experiments.drawn import drawn_table
from training.experiments.rows.reading import ExperimentRequest
from training.readouts.page import as_text
from training.readouts.readout import Readout, read_out
from training.readouts.report import html

REQUEST = ExperimentRequest("arm", "control", "bought", value="30", cost="1", received="got")


@pytest.fixture(scope="module")
def found() -> Readout:
    table = drawn_table(1, rows=1_200, effect=0.15)
    return read_out(table.assign(got=table["arm"]), REQUEST, 0.9)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_word_of_the_text_is_on_the_page(found: Readout, language: str) -> None:
    page = html(found, language)
    words = re.sub(r"<svg.*?</svg>|<style>.*?</style>", "", page, flags=re.S)
    shown = re.sub(r"<[^>]*>", "\n", words).replace("&#x27;", "'").replace("&amp;", "&")
    lines = {line.strip() for line in shown.splitlines()} | {"", "Verdict", "结论"}
    assert {line.strip() for line in as_text(found, language).splitlines()} <= lines


def test_it_has_a_picture_a_measure_and_one_of_policies(found: Readout) -> None:
    page = html(found, "en")
    assert page.count("<svg") == 3 + 1
    for axis in ("points of bought", "profit per customer", "more than no contact, with"):
        assert axis in page
    assert 'src="http' not in page
    assert "<link" not in page


def test_a_refused_read_out_has_checks_and_no_picture() -> None:
    table = drawn_table(4, by_tenure=True).drop(columns="spend")
    page = html(read_out(table, ExperimentRequest("arm", "control", "bought"), 0.95), "en")
    assert "<svg" not in page
    assert "the arms cannot be compared" in page
    assert "FAILED" in page


def test_names_of_a_stranger_are_words_and_nothing_else() -> None:
    table = drawn_table(2, rows=600, effect=0.1).drop(columns="spend")
    strange = "<b>$a_1$ & co"
    own: pd.DataFrame = table.assign(arm=table["arm"].replace({"offer1": strange}))
    page = html(read_out(own, ExperimentRequest("arm", "control", "bought"), 0.95), "en")
    assert "<b>" not in page
    assert "$a_1$" in re.findall(r"<svg.*?</svg>", page, re.S)[0]


def test_another_language_is_refused(found: Readout) -> None:
    with pytest.raises(SettingsError):
        html(found, "fr")
