"""Figures that are computed before they are requested."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from features.home import Home
from serving.analyses.request import request_of
from serving.database import open_engine, upgrade
from serving.results.figures import Figures, half_a_year, months_before
from serving.results.preparing import PREPARED, Preparing, prepare
from training.indicators.analyses import ANALYSES

if TYPE_CHECKING:
    from tests.conftest import SmallHome


def test_a_home_without_data_is_left_alone(tmp_path: Path) -> None:
    with Preparing(tmp_path, 0.01).running():
        time.sleep(0.1)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def home(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home from which nothing was kept, prepared."""
    home = small_home.copied_to(tmp_path_factory.mktemp("prepared") / "home")
    shutil.rmtree(Home(home).results, ignore_errors=True)
    upgrade(engine := open_engine(home))
    engine.dispose()
    assert prepare(home) == []
    return home


def is_prepared(figures: Figures) -> bool:
    return bool(figures.results.find(figures.results.name(PREPARED)) == {"failed": []})


@pytest.mark.slow
def test_what_each_page_shows_first_is_kept(home: Path) -> None:
    figures = Figures(home)
    assert is_prepared(figures)
    assert figures.results.find(figures.signs_name(())) is not None
    assert figures.results.find(figures.groups_name(())) is not None
    assert figures.results.find(figures.owing_name()) is not None
    until = figures.latest_month()
    request = request_of(next(iter(ANALYSES)), None, months_before(until), until)
    assert figures.results.find(figures.analysis_name(request)) is not None
    first, last = figures.known_period()
    name = figures.results.name("departures", half_a_year(first, last), last)
    assert figures.results.find(name) is not None


@pytest.mark.slow
def test_a_process_beside_prepares_soon_after_the_data(home: Path) -> None:
    """Its work is small here: it yields to all others, and so might never end."""
    for kept in Home(home).results.glob("*"):
        if PREPARED in kept.name:
            kept.unlink()
    figures = Figures(home)
    assert not is_prepared(figures)
    with Preparing(home, 0.01).running():
        deadline = time.monotonic() + 300
        while not is_prepared(figures):
            assert time.monotonic() < deadline
            time.sleep(0.5)
