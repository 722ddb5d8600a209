"""The customer page at the real service, on a home after the whole job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select

from serving.customers.rights.objections import record_objection
from serving.database import open_engine
from serving.database.tables import audit, objections
from serving.scores import last_scores
from tests.serving.conftest import MONDAY
from tests.serving.pages.browser import Parsed
from tests.serving.pages.conftest import Open

if TYPE_CHECKING:
    from tests.serving.conftest import Server

PURPOSE = "customer_present"


@pytest.fixture(scope="module")
def customers(whole: Server) -> list[str]:
    """Those with the highest risk."""
    base = last_scores(whole.home).sort_values("churn_risk", ascending=False)
    return [str(own) for own in base["customer_id"].head(5)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_what_the_api_answers(
    opened_whole: Open, whole: Server, customers: list[str], language: str
) -> None:
    page = opened_whole("hotline", language).get(f"/customer/{customers[0]}?purpose={PURPOSE}")
    assert page.status_code == 200, page.text
    parsed = Parsed(page.text)
    assert parsed.inline == []
    assert parsed.tags.count("h1") == 1
    with whole.client() as client:
        query = {"purpose": PURPOSE, "language": language}
        found = client.get(f"/customers/{customers[0]}", params=query).json()
    assert found["profile"]["plan"] in page.text
    for bill in found["bills"]:
        assert f"{bill['period'][:7]}" in page.text
    for text in found["words"].values():
        assert text in page.text
    assert page.text.count('class="lane ') >= 4
    assert f'href="/desk/{customers[0]}?purpose={PURPOSE}"' in page.text


def test_months_and_rows_are_chosen_by_the_address(
    opened_whole: Open, customers: list[str]
) -> None:
    browser = opened_whole("hotline")
    own = f"/customer/{customers[0]}?purpose={PURPOSE}"
    lengths = [browser.get(f"{own}&months={one}").text.count("<li>") for one in ("3", "12")]
    assert lengths[1] - lengths[0] == 9
    assert browser.get(f"{own}&months=4").status_code == 422


def test_a_visit_at_the_desk_is_compared_with_the_night(
    opened_whole: Open, customers: list[str]
) -> None:
    browser = opened_whole("hotline")
    before = browser.get(f"/customer/{customers[1]}?purpose={PURPOSE}").text
    assert "there is no decision yet" in before
    desk = browser.get(f"/desk/{customers[1]}?purpose={PURPOSE}").text
    assert f"/customer/{customers[1]}?purpose={PURPOSE}" in desk
    after = browser.get(f"/customer/{customers[1]}?purpose={PURPOSE}").text
    assert after.count("<option value=") > before.count("<option value=")
    assert 'value="night" selected' in after


def test_of_who_objects_no_prediction_is_shown(
    opened_whole: Open, whole: Server, customers: list[str]
) -> None:
    browser, place = opened_whole("hotline"), f"/customer/{customers[2]}?purpose={PURPOSE}"
    assert "lane risk" in browser.get(place).text
    engine = open_engine(whole.home)
    with engine.begin() as connection:
        record_objection(connection, customers[2], "K1", MONDAY)
    page = browser.get(place).text
    with engine.begin() as connection:
        connection.execute(delete(objections))
    engine.dispose()
    assert "no prediction is shown" in page
    assert "lane risk" not in page
    assert "since 2026-03-02 09:00" in page


def test_the_operations_are_in_the_audit_with_their_purpose(
    opened_whole: Open, whole: Server, customers: list[str]
) -> None:
    page = opened_whole("hotline").get(f"/customer/{customers[3]}?purpose=complaint_open")
    engine = open_engine(whole.home)
    own = select(audit).where(audit.c.request_id == page.headers["x-request-id"])
    with engine.connect() as connection:
        rows = list(connection.execute(own))
    engine.dispose()
    assert [(row.route, row.purpose, row.status) for row in rows] == [
        ("/customers/{customer_id}", "complaint_open", 200)
    ]


def test_out_of_reach_is_as_unknown(opened_whole: Open, customers: list[str]) -> None:
    browser = opened_whole("store")  # of a city that is none
    for customer in (customers[0], "C9999999"):
        answer = browser.get(f"/customer/{customer}")
        assert answer.status_code == 404
        assert "No customer within your reach" in answer.text
    assert opened_whole("marketing").get(f"/customer/{customers[0]}").status_code == 403
