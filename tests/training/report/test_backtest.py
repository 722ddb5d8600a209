"""A backtest on a page: as a section of the report, and alone."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from features.errors import SettingsError
from tests.training.evaluation.backtests import backtest_of
from training.report.backtest import html, section

FOUND = backtest_of((0.7, 1.1), (0.65, 0.9))


def test_the_section_says_whether_it_is_the_recipe_of_the_version() -> None:
    assert "It is the recipe of this version" in section(FOUND, "r", "en")
    for other in ("s", None):
        assert "It is another recipe than that of this version" in section(FOUND, other, "en")


def test_every_date_is_a_row_and_what_was_passed_over_has_its_reason() -> None:
    page = html(FOUND, "en")
    rows = re.findall(r"<tr><td>(2026-\S+?)</td><td>1,000</td><td>40</td><td>0\.(\d+)", page)
    assert rows == [("2026-01-01", "700"), ("2026-01-02", "650")]
    assert "<small>0.650–0.750</small>" in page
    assert "<li>2026-03-01: too late</li>" in page
    assert "2 of 3 dates could be judged" in page
    assert "Worst AUC: 0.650 at 2026-01-02." in page
    assert "Observed over expected furthest from 1: 0.900 at 2026-01-02." in page
    assert "could not be judged" not in html(replace(FOUND, passed_over=()), "en")


def test_without_a_share_of_the_oracle_there_is_no_column_for_it() -> None:
    assert "share of the oracle" not in html(FOUND, "en")


def test_the_page_stands_alone_in_each_language() -> None:
    for language in ("en", "zh"):
        page = html(FOUND, language)
        assert page.count("<svg") == 1
        assert "<script" not in page
    words = re.findall(r"<text[^>]*>([^<]*)</text>", html(FOUND, "zh"))
    assert [text for text in words if re.search("[a-z]{2}", text)] == []
    with pytest.raises(SettingsError, match="en or zh"):
        html(FOUND, "fr")


def test_where_no_date_has_an_auc_that_is_said() -> None:
    assert "no AUC is known" in html(backtest_of((None, None)), "en")
