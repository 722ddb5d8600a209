"""The report: what it shows, and that it stands alone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.errors import SettingsError
from training.evaluation import evaluate
from training.fit_settings import FitSettings
from training.models.bundle import Bundle
from training.panels import modelled
from training.report import figures_of, html
from training.report.evidence import SAMPLE, Evidence, evidence
from training.report.texts import say

pytestmark = pytest.mark.slow

AS_OF = datetime(2025, 6, 2)
VOID = {"meta", "br", "img", "link"}


@pytest.fixture(scope="module")
def judged(sample: Any, bundle: Bundle, quick: FitSettings) -> tuple[Bundle, Evidence]:
    """The bundle with every figure of `evaluate`, and the evidence of the same rows."""
    test = (sample.rows["period"] == "test").to_numpy()
    rows, truth = sample.rows[test], sample.truth[test]
    oracle = rows[["customer_id", "as_of"]].assign(probability_observable=truth)
    rfm = np.round(truth, 1)
    leads = {14: rows["outcome"], 28: pd.Series(index=rows.index, dtype=object)}
    figures = evaluate(
        rows, bundle.score(rows), quick, oracle, rfm=rfm, leads=leads, panel=sample.rows
    )
    figures |= {
        "value": {
            "tier_kappa": 0.9,
            "tier_kappa_unchanged": 0.8,
            "tier_kappa_over_unchanged_interval": [0.05, 0.15],
            "tier_matrix": np.eye(4).tolist(),
        }
    }
    label = bundle.label | {"silent_days": 30}
    return replace(bundle, evaluation=figures, label=label), evidence(
        bundle, rows, bundle.score(rows), rfm, oracle
    )


@pytest.fixture(scope="module")
def page(judged: tuple[Bundle, Evidence], sample: Any) -> str:
    return html(*judged, sample.features, AS_OF)


class Outline(HTMLParser):
    """What is open, what was read."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[str] = []
        self.pictures = 0

    def handle_starttag(self, tag: str, _attrs: Any) -> None:
        self.pictures += tag == "svg"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, _tag: str, _attrs: Any) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


def read(page: str) -> Outline:
    outline = Outline()
    outline.feed(page)
    outline.close()
    assert outline.open == []
    return outline


def test_the_page_is_whole_and_every_picture_is_in_it(page: str) -> None:
    outline = read(page)
    assert outline.pictures == 8
    sections = ("rank", "trust", "list", "pays", "why", "whom", "later", "drift", "value")
    assert outline.headings == [say(name, "en") for name in (*sections, "counted")]


def test_the_page_needs_no_network_and_runs_nothing(page: str) -> None:
    assert "<script" not in page
    sources = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"')> ]+)""", page)
    assert all(source.startswith(("#", "data:")) for source in sources)


def test_the_figures_are_those_of_the_evaluation(
    page: str, judged: tuple[Bundle, Evidence]
) -> None:
    figures = judged[0].evaluation
    low, high = figures["auc_interval"]
    assert f">{figures['auc']:.3f}<" in page
    assert f"95\N{NO-BREAK SPACE}%: {low:.3f} to {high:.3f}" in page
    assert f">{figures['auc_over_rfm']:+.3f}<" in page
    assert f"{figures['counts']['customers']:,} customers" in page
    assert f"{figures['emp']['profit']:.3f} a customer of the base" in page
    assert "no label is known yet" in page
    assert "+0.050 … +0.150" in page


def test_what_scrolls_says_so_and_nothing_else_does(page: str) -> None:
    """Every container that may scroll begins with the hint, whose animation only scrolling runs."""
    hint = '<p class="hint">Scroll sideways to see it all →</p>'
    places = re.findall(r'<(?:div class="table"|figure class="wide") tabindex="0">(.{60})', page)
    assert len(places) >= 8
    assert {place.startswith(hint[: len(place)]) for place in places} == {True}
    assert page.count(hint) == len(places)
    css = " ".join(page.partition("</style>")[0].split())
    assert "max-height: 0" in css.partition(".hint {")[2].partition("}")[0]
    assert ".hint { animation: shown linear both; animation-timeline: scroll(nearest x); }" in css
    for container in (".table", ".wide"):
        assert re.search(rf"{re.escape(container)}[^{{}}]*{{ overflow-x: auto;", css)


def test_features_are_named_in_words(page: str) -> None:
    assert "mean bill of the last 13" in page
    assert "bill_cny_13w_mean" not in page


def test_in_chinese_every_heading_and_picture_is_chinese(
    judged: tuple[Bundle, Evidence], sample: Any
) -> None:
    page = html(*judged, sample.features, AS_OF, language="zh")
    outline = read(page)
    assert '<html lang="zh">' in page
    assert all(re.search("[\u4e00-\u9fff]", heading) for heading in outline.headings)
    words = re.findall(r"<text[^>]*>([^<]*)</text>", page)
    english = [text for text in words if re.search("[a-z]{2}", text)]
    assert len(words) > 100
    assert english == []


def test_a_page_in_a_language_without_words_is_refused(
    judged: tuple[Bundle, Evidence], sample: Any
) -> None:
    with pytest.raises(SettingsError, match="language is 'fr'; expected en or zh"):
        html(*judged, sample.features, AS_OF, language="fr")


def test_a_name_from_the_data_cannot_break_the_page(
    judged: tuple[Bundle, Evidence], sample: Any
) -> None:
    bundle, seen = judged
    city = "<b>Xi'an & co"
    figures = bundle.evaluation | {"by_city": {city: bundle.evaluation["by_city"]["Anlan"]}}
    page = html(replace(bundle, evaluation=figures), seen, sample.features, AS_OF)
    assert "&lt;b&gt;Xi&#x27;an &amp; co" in page
    assert city not in page


@pytest.mark.parametrize("outcome", ["stayed", "competing"])
def test_what_is_unknown_is_excluded_and_nothing_fails(
    sample: Any, bundle: Bundle, quick: FitSettings, outcome: str
) -> None:
    rows = sample.rows[sample.rows["period"] == "test"].assign(outcome=outcome)
    figures = evaluate(rows, bundle.score(rows), quick)
    page = html(
        replace(bundle, evaluation=figures),
        evidence(bundle, rows, bundle.score(rows)),
        sample.features,
        AS_OF,
        assumed_clocks=["usage", "bills"],
    )
    outline = read(page)
    assert say("pays", "en") not in outline.headings
    assert say("value", "en") not in outline.headings
    assert "assumed for usage, bills" in page
    assert "too few churners to judge" in page


def test_the_page_says_why_there_is_no_model_of_value(
    judged: tuple[Bundle, Evidence], sample: Any
) -> None:
    bundle, seen = judged
    figures = bundle.evaluation | {"value": {"note": "the history is 14 days too short."}}
    page = html(replace(bundle, evaluation=figures), seen, sample.features, AS_OF)
    assert "No model of value: the history is 14 days too short." in page


def test_the_evidence_is_of_the_rows_that_were_judged(
    sample: Any, bundle: Bundle, judged: tuple[Bundle, Evidence]
) -> None:
    rows = sample.rows[sample.rows["period"] == "test"]
    seen = judged[1]
    count = modelled(rows).sum()
    assert seen.churned.shape == seen.risk.shape == (count,)
    assert set(seen.risks()) == {"model", "RFM baseline", "best possible"}
    assert seen.contributions.shape == seen.values.shape == (min(SAMPLE, count), 5)
    named = [name in bundle.maps for name in bundle.features]
    assert np.isnan(seen.values[:, named]).all()
    assert not np.isnan(seen.values[:, bundle.features.index("active_days_4w")]).any()
    half = rows[["customer_id", "as_of"]].assign(probability_observable=0.1).head(20)
    assert evidence(bundle, rows, bundle.score(rows), oracle=half).best is None


def test_the_same_evidence_gives_the_same_page_and_leaves_chance_alone(
    judged: tuple[Bundle, Evidence], sample: Any, page: str
) -> None:
    before = np.random.get_state()[1].copy()  # type: ignore[index]
    again = figures_of(*judged, sample.features)
    assert set(again) >= {"calibration", "features", "gains"}
    assert (np.random.get_state()[1] == before).all()  # type: ignore[index]
    assert html(*judged, sample.features, AS_OF) == page
