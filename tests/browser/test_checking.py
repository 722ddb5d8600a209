"""Those who check, in a real browser: models and data, the audit verified, a decision replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from serving.database import open_engine
from serving.database.tables import decisions
from serving.scores import last_scores
from tests.browser.conftest import Open

if TYPE_CHECKING:
    from tests.serving.conftest import Server

pytestmark = pytest.mark.slow
WORK_MS = 60_000
FIRST_LOAD_BYTES = 150_000


def decided(person: Open, site: Server) -> str:
    """A decision of the desk."""
    base = last_scores(site.home)
    desk = person("hotline")
    desk.page.goto(f"/desk/{base['customer_id'].iloc[5]}?purpose=customer_present")
    engine = open_engine(site.home)
    with engine.connect() as connection:
        query = select(decisions.c.id).order_by(decisions.c.at.desc())
        found = str(connection.execute(query).scalars().first())
    engine.dispose()
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_auditor_verifies_the_chain_and_replays_a_decision(
    person: Open, site: Server, language: str
) -> None:
    decision = decided(person, site)
    own = person("auditor", language)
    page = own.page
    own.check()
    page.click("[hx-post='/audit-log/verification'] button")
    page.wait_for_selector("#chain-said .note.green", timeout=WORK_MS)
    page.fill("input[name=decision]", decision)
    page.keyboard.press("Enter")
    page.wait_for_selector("#replay-said .note.green", timeout=WORK_MS)
    assert decision in page.inner_text("#replay-said")
    assert own.severe() == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_scientist_looks_at_the_models(person: Open, language: str) -> None:
    own = person("scientist", language)
    own.page.wait_for_load_state("networkidle")
    assert own.bytes < FIRST_LOAD_BYTES
    own.check()
    assert own.page.url.endswith("/models-and-data")


def test_the_page_for_programs_lists_every_route_and_sends_a_request(person: Open) -> None:
    own = person(language="zh")
    own.page.goto("/api")
    own.page.wait_for_selector("#routes details")
    paths = own.page.request.get("/docs.json").json()["paths"]
    routes = sum(len(methods) for methods in paths.values())
    assert own.page.locator("#routes details").count() == routes
    own.page.select_option("#route", "GET /livez")
    assert own.page.locator("#with-body").is_hidden()
    own.page.click("#try button")
    own.page.wait_for_function("document.getElementById('answer').textContent.startsWith('200')")
    own.check()
