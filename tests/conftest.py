"""Fixtures of all tests."""

from __future__ import annotations

import dataclasses
import gc
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import hypothesis
import pandas as pd
import pytest

from features.home import Home
from features.imports.sources import import_feeds
from features.settings import home_settings
from features.simulate import read_world, simulate
from tests.databases import database_url as database_url
from tests.databases import postgres_server as postgres_server
from tests.databases import sqlite_tables as sqlite_tables
from tests.databases import store as store
from tests.made import made_once
from tests.scheduling import longest_first
from tests.scheduling import pytest_xdist_make_scheduler as pytest_xdist_make_scheduler
from tests.tables import TARGET, YES, customers
from training.fit_settings import TrainingSettings
from training.models.promotion import promote
from training.pipeline import TrainingResult, train
from training.tables.files import read_table
from training.tables.sample import TableRequest
from training.tables.trained import Trained, train_table

ROOT = Path(__file__).parents[1]
REQUESTS, COMMANDS = "http", "command"  # rooms that call the stores
RIGHTS = "rights"  # of the commands: each of them once on both databases

# Expressions of all features are millions of small objects that live for one test: looking for
# those to collect, again and again, took a fifth of the time.
gc.set_threshold(200_000, 50, 50)

# Processes that run tests in parallel are given a width; output then folds as in a terminal.
for variable in ("COLUMNS", "LINES"):
    os.environ.pop(variable, None)

# The same examples in every run, and no example has to be quick: a busy machine is not a failure.
# Other examples: pytest --hypothesis-profile=explore
hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.load_profile("repeatable")

# A training of seconds: few dates, few trials, few resamples. With most seeds so few churners stop
# the trees at one or two, in which some customers meet no feature with words; here there are nine.
QUICK = """
[split]
warmup_weeks = 24
test_weeks = 2
calibration_weeks = 3
min_train_churners = 5

[fit]
trials = 2
max_trees = 30
bootstrap = 20
seed = 5
"""


@dataclass(frozen=True)
class SmallHome:
    """A home after the whole job: its first version is champion and last night's scores lie there.

    Look, but change nothing: all tests share it.
    """

    home: Path
    as_of: datetime
    trained: TrainingResult
    training: TrainingSettings

    def copied_to(self, folder: Path) -> Path:
        """A copy of the home, without what commands of other tests have recorded in it."""
        own = shutil.ignore_patterns("liuke.sqlite*")
        return Path(shutil.copytree(self.home, folder, ignore=own))


@dataclass(frozen=True)
class SmallTable:
    """A home with one trained table, `customers`, and the file it was trained on.

    Look, but change nothing: all tests share it.
    """

    home: Path
    file: Path
    trained: Trained

    def rows(self) -> pd.DataFrame:
        return read_table(self.file).rows


@pytest.fixture(scope="session")
def small_table(tmp_path_factory: pytest.TempPathFactory) -> SmallTable:
    """A table of 300 customers with Chinese names: read, judged, fitted, registered."""
    folder = tmp_path_factory.mktemp("table")
    file = folder / "customers.csv"
    customers(300).to_csv(file, index=False)
    quick_tables(folder / "home")
    request = TableRequest("customers", TARGET, YES)
    return SmallTable(
        folder / "home", file, train_table(folder / "home", read_table(file), request)
    )


def quick_tables(home: Path) -> None:
    """Make this home's settings of tables quick."""
    set_home(home, "tables", "folds = 2\ninner_folds = 3\nbootstrap = 20\n")


def set_home(home: Path, name: str, text: str) -> None:
    """Write what this home's settings `name` say otherwise than the shipped ones."""
    path = Home(home).settings(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data that do not come from this project; tests without it are skipped."""
    folder = (ROOT / os.environ.get("LIUKE_SHARED", "../shared") / "data").resolve()
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}; set LIUKE_SHARED to the folder that holds data/")
    return folder


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> SmallHome:
    """A simulated operator of 300 customers over 15 months: imported, trained, promoted, scored.

    A copy for each process, since looking may leave files.
    """
    made = made_once("operator", make_small_home)
    copy = tmp_path_factory.mktemp("home") / "home"
    return dataclasses.replace(made, home=Path(shutil.copytree(made.home, copy)))


def make_small_home(folder: Path) -> SmallHome:
    from serving.nightly import score_base

    home, raw = folder / "home", folder / "feeds"
    world = dataclasses.replace(read_world(None), oracle_paths=2)
    as_of = datetime.combine(simulate(raw, 300, 15, 4, world).as_of, time.min)
    home.mkdir()
    (raw / "truth").rename(home / "truth")
    import_feeds(home, raw / "mapping.toml", raw, as_of + timedelta(hours=6))
    settings = quick_settings(home)
    trained = train(home, as_of)
    promote(home, trained.version, as_of, force=True, reason="a test operator of 300 customers")
    score_base(home, as_of)
    return SmallHome(home, as_of, _unexplained(trained), settings)


def _unexplained(trained: TrainingResult) -> TrainingResult:
    """The same without the explainers that it made, which survive no pickle."""
    bundle = trained.bundle
    assert bundle.value is not None
    value = dataclasses.replace(bundle.value)
    return dataclasses.replace(trained, bundle=dataclasses.replace(bundle, value=value))


def quick_settings(home: Path) -> TrainingSettings:
    """The home's settings of training, made quick."""
    set_home(home, "training", QUICK)
    return home_settings(home, "training", TrainingSettings)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """In `make test` the stores run on both databases, what calls them on SQLite alone.

    In `make test-all` requests and the rights of persons run on PostgreSQL too; other commands and
    what is marked `one_database` never do. The longest begin.
    """
    dropped = []
    for item in items:
        own = getattr(item, "callspec", None)
        given = own.params.values() if own is not None else ()
        if not any(isinstance(one, str) and one == "postgresql" for one in given):
            continue
        rooms = set(item.path.parts)
        if item.get_closest_marker("one_database") or (COMMANDS in rooms and RIGHTS not in rooms):
            dropped.append(item)
        elif rooms & {COMMANDS, REQUESTS}:
            item.add_marker(pytest.mark.slow)
    if dropped:
        items[:] = [item for item in items if item not in set(dropped)]
        config.hook.pytest_deselected(items=dropped)
    yield
    longest_first(items)
