"""The pictures of the README: pages as people see them, into the folder of LIUKE_PICTURES."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from serving.scores import last_scores
from tests.browser.conftest import Open

if TYPE_CHECKING:
    from tests.browser.person import Person
    from tests.serving.conftest import Server

pytestmark = pytest.mark.slow
COLOURS, MAX_BYTES = 96, 120_000
MADE_MS = 120_000  # a list of the small home, on a loaded machine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the pictures go: into the named folder, or nowhere that stays."""
    return Path(os.environ.get("LIUKE_PICTURES", tmp_path))


@pytest.mark.parametrize(("language", "name"), [("en", "desk.png"), ("zh", "desk.zh.png")])
def test_the_desk(person: Open, site: Server, folder: Path, language: str, name: str) -> None:
    base = last_scores(site.home)
    base = base[base["payment_mode"] == "postpaid"].sort_values("churn_risk", ascending=False)
    own = person("hotline", language)
    own.page.goto(f"/desk/{base['customer_id'].iloc[0]}?intent=cancel&purpose=customer_present")
    own.page.wait_for_selector(".ladder label")
    _taken(own, folder / name)


def test_a_list(person: Open, folder: Path) -> None:
    own = person("marketing")
    page = own.page
    page.goto("/campaigns/new")
    page.wait_for_selector("#count .tiers")
    page.locator("[name=budget]").fill("2000")
    page.locator("[name=name]").fill("Spring")
    page.click(".send")
    page.wait_for_selector(".way", timeout=MADE_MS)
    _taken(own, folder / "list.png")


def _taken(own: Person, path: Path) -> None:
    own.page.wait_for_timeout(500)
    own.page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)
    assert 10_000 < path.stat().st_size < MAX_BYTES
