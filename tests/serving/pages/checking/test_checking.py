"""Models and data, and the audit, at the real service."""

from __future__ import annotations

import csv
import io

import pytest

from tests.serving.pages.conftest import Open

CUSTOMER = "C0000013"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_scientist_sees_the_versions_and_no_customer(opened: Open, language: str) -> None:
    page = opened("scientist", language).get("/models-and-data?version=3")
    assert page.status_code == 200
    assert page.text.count('href="/models-and-data?version=') == 4
    assert 'href="/models-and-data?version=3" aria-current="true"' in page.text
    assert "C0000" not in page.text
    assert 'aria-labelledby="watch"' in page.text
    file = opened("scientist").get("/models-and-data?numbers=1")
    assert file.headers["content-type"].startswith("text/csv")
    assert next(csv.reader(io.StringIO(file.text.lstrip("\ufeff"))))[0] == "version"


def test_an_auditor_finds_who_looked_at_a_customer_for_what(opened: Open) -> None:
    looking = f"/desk/{CUSTOMER}?purpose=customer_present"
    assert opened("hotline").get(looking).status_code == 200
    browser = opened("auditor")
    page = browser.get(f"/audit-log?customer={CUSTOMER}&caller=hotline&route=/decide")
    assert page.status_code == 200
    assert page.text.count('href="/audit-log?caller=hotline"') >= 1
    assert "The customer is here and identified" in page.text
    assert 'name="decision"' in page.text
    file = browser.get(f"/audit-log?customer={CUSTOMER}&caller=hotline&numbers=1")
    rows = list(csv.DictReader(io.StringIO(file.text.lstrip("\ufeff"))))
    assert {row["caller"] for row in rows} == {"hotline"}
    assert "/decide" in [row["route"] for row in rows]


def test_what_is_searched_is_escaped_and_nothing_found_is_said(opened: Open) -> None:
    page = opened("auditor").get('/audit-log?caller="><img src=x>&from=&to=')
    assert page.status_code == 200
    assert "<img" not in page.text
    assert "No row is all of this." in page.text


def test_the_rows_go_on_from_page_to_page(opened: Open) -> None:
    browser = opened("auditor")
    for _ in range(30):
        browser.get("/audit-log?code=none")
    first = browser.get("/audit-log?caller=auditor")
    later = first.text.partition("before=")[2].partition('"')[0]
    assert later.isdigit()
    second = browser.get(f"/audit-log?caller=auditor&before={later}")
    assert second.status_code == 200
    assert f'<td class="number quiet">{int(later) + 1}</td>' not in second.text


def test_the_chain_is_verified_and_an_unknown_decision_is_refused(opened: Open) -> None:
    browser = opened("auditor")
    part = browser.act("/audit-log/verification", {"again": "true"})
    while "progress" in part.text:
        part = browser.act("/audit-log/verification", {})
    assert "The audit is whole" in part.text
    refused = browser.act("/audit-log/replay", {"decision": "none"})
    assert (refused.status_code, 'class="note red"' in refused.text) == (404, True)
    assert "No decision has this id." in refused.text


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ("decision", "answered by", "searched by")), ("zh", ("决策", "应答方式", "查询方式"))],
)
def test_details_of_the_audit_are_in_words(
    opened: Open, language: str, said: tuple[str, ...]
) -> None:
    opened("hotline").get(f"/desk/{CUSTOMER}?purpose=customer_present")
    browser = opened("auditor", language)
    browser.get(f"/audit-log?customer={CUSTOMER}")
    page = browser.get("/audit-log")
    assert all(f"<span>{own} " in page.text for own in said)
    assert "answered_by" not in page.text
    assert "{&#34;" not in page.text  # no JSON
