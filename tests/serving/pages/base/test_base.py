"""The base page at the real service: what it shows is what the API finds, within reach."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from serving.scores import last_scores
from tests.serving.pages.browser import Browser, Parsed
from tests.serving.pages.conftest import Open

if TYPE_CHECKING:
    import pandas as pd

    from tests.serving.conftest import Server


@pytest.fixture(scope="module")
def base(whole: Server) -> pd.DataFrame:
    return last_scores(whole.home)


def counted(page: Any) -> int:
    assert page.status_code == 200, page.text
    return int(re.findall(r'data-count="(\d+)"', page.text)[0])


def chosen(page: Any) -> list[str]:
    return re.findall(r'data-choose value="(\w+)"', page.text)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_has_the_riskiest_first(
    opened_whole: Open, base: pd.DataFrame, language: str
) -> None:
    page = opened_whole("marketing", language).get("/base")
    assert counted(page) == len(base)
    assert Parsed(page.text).inline == []
    risks = base.set_index("customer_id")["churn_risk"]
    found = [risks[one] for one in chosen(page)]
    assert len(found) == 50
    assert found == sorted(risks, reverse=True)[:50]


def test_conditions_count_and_page_as_they_say(opened_whole: Open, base: pd.DataFrame) -> None:
    browser = opened_whole("marketing")
    city = base["city"].mode()[0]
    own = base[(base["city"] == city) & (base["churn_risk"] >= 0.01)]
    place = f"/base?city={city}&churn_risk_min=0.01&limit=20&by=value_tier&sort=customer_id"
    seen: list[str] = []
    while place:
        page = browser.get(place)
        assert counted(page) == len(own)
        seen += chosen(page)
        onward = re.findall(r'href="([^"]*after=[^"]*)"[^>]*data-key="n"', page.text)
        place = onward[0].replace("&amp;", "&") if onward else ""
    assert seen == sorted(own["customer_id"])
    for count in own["value_tier"].value_counts():
        assert f'<td class="number">{count:,}</td>' in page.text


def test_a_manager_sees_their_own_and_the_way_to_each(
    opened_whole: Open, base: pd.DataFrame
) -> None:
    page = opened_whole("manager").get("/base")
    own = base[base["city"] == base["city"].mode()[0]]
    assert counted(page) == len(own)
    assert set(chosen(page)) <= set(own["customer_id"])
    assert f'href="/customer/{chosen(page)[0]}?purpose=account_care"' in page.text
    assert 'href="/customer/' not in opened_whole("marketing").get("/base").text


def test_what_cannot_be_searched_is_said_and_the_filters_stay(opened_whole: Open) -> None:
    browser = opened_whole("marketing")
    wrong = browser.get("/base?citty=Suzhou")
    assert wrong.status_code == 422
    assert "Is city meant?" in wrong.text
    assert 'id="search"' in wrong.text
    mark = browser.get("/base?after=nonsense")
    assert (mark.status_code, "note red" in mark.text) == (422, True)
    assert browser.get("/base?city=%3Cscript%3Ealert(1)").text.count("<script>") == 0


def test_the_export_is_what_is_shown(opened_whole: Open) -> None:
    browser = opened_whole("marketing")
    page = browser.get("/base?value_tier=gold&columns=customer_id,churn_risk&by=city&limit=500")
    link = re.findall(r'href="(/customers/export[^"]*)" download', page.text)[0]
    file = browser.get(link.replace("&amp;", "&"))
    assert file.headers["content-type"].startswith("text/csv")
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "customer_id,churn_risk"
    assert [one.partition(",")[0] for one in lines[1:]] == chosen(page)


def keep(browser: Browser, name: str, search: str) -> Any:
    return browser.act("/base/views", {"name": name, "search": search})


def test_a_view_is_kept_found_and_forgotten(opened_whole: Open) -> None:
    browser = opened_whole("marketing")
    made = keep(browser, "高风险 <b>", "churn_risk_min=0.2&sort=-overdue&after=x")
    assert made.headers["hx-redirect"] == "/base?churn_risk_min=0.2&sort=-overdue"
    page = browser.get("/base").text
    assert '<a href="/base?churn_risk_min=0.2&amp;sort=-overdue">高风险 &lt;b&gt;</a>' in page
    named = keep(browser, "one", "customer_id=C1")
    assert (named.status_code, "cannot be" in named.text) == (422, True)
    gone = browser.act("/base/views/forget", {"name": "高风险 <b>", "search": ""})
    assert gone.headers["hx-redirect"] == "/base"
    assert "高风险" not in browser.get("/base").text


def test_without_customers_it_says_what_to_do(opened_whole: Open) -> None:
    page = opened_whole("marketing").get("/base?city=Nowhere")
    assert counted(page) == 0
    assert "Take a condition away" in page.text
