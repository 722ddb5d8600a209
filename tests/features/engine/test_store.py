"""The histories beside the lake: built once, refused when stale, all or nothing."""

from __future__ import annotations

import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from features.catalogue import declared, features, fingerprint
from features.engine.store import Histories, build_histories, open_histories
from features.errors import LakeError, OutputError
from features.home import Home
from tests.conftest import set_home
from tests.facts import Fact, day, fact, import_facts, joined, used

# Ibis 12 uses what DuckDB 2.0 and pandas 3 deprecate.
pytestmark = [
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option"),
]

ROOT = Path(__file__).parents[3]
FACTS: list[Fact] = [
    *joined("C1"),
    used("C1", -20, data_kb=1),
    used("C1", -20, known=-2, data_kb=5),
    used("C1", -9, data_kb=2),
]
MORE = [used("C1", -8, data_kb=3)]
TABLES = ("days", "cells", "late", "city_weeks")  # what these facts are made into


def content(home: Path) -> dict[str, bytes]:
    folder = Home(home).histories
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(files)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two homes to be copied: `new` without histories, `stale` with some older than its feeds."""
    folder = tmp_path_factory.mktemp("homes")
    import_facts(folder / "new", FACTS, folder / "first")
    shutil.copytree(folder / "new", folder / "stale")
    build_histories(folder / "stale")
    import_facts(folder / "stale", MORE, folder / "second")
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A home with imported facts and without histories."""
    return Path(shutil.copytree(made / "new", tmp_path / "home"))


@pytest.fixture
def stale(made: Path, tmp_path: Path) -> Path:
    """A home whose histories are older than its feeds."""
    return Path(shutil.copytree(made / "stale", tmp_path / "home"))


def test_histories_are_built_once(home: Path) -> None:
    assert build_histories(home) is True
    before = content(home)
    assert build_histories(home) is False
    assert content(home) == before
    assert {Path(name).name for name in before} == {
        "manifest.json",
        *(f"{name}.parquet" for name in ("customers", "contracts", *TABLES)),
    }


def test_histories_hold_days_cells_and_late_cells(home: Path) -> None:
    build_histories(home)
    histories = open_histories(home)
    rows = {name: histories.tables[name].to_pyarrow().to_pylist() for name in TABLES}
    assert {name: len(rows[name]) for name in TABLES} == {
        "days": 3, "cells": 2, "late": 1, "city_weeks": 2,
    }  # fmt: skip
    assert rows["late"][0]["known_day"] == day(-2).date()
    assert rows["late"][0]["data_kb_sum"] == 5
    assert type(rows["late"][0]["data_kb_sum"]) is int
    assert set(histories.tables) == {"customers", "contracts", "usage", *TABLES}


def test_calls_become_edges_of_weeks(home: Path, tmp_path: Path) -> None:
    calls = [
        fact("calls", "C1", day(-20), known, other_id="X1", day=day(-20).date(), calls=2)
        for known in (day(-19), day(-2))
    ]
    import_facts(home, calls, tmp_path / "calls")
    build_histories(home)
    tables = open_histories(home).tables
    assert {"edges", "late_edges"} <= set(tables)
    assert "ends" not in tables
    assert [row["calls"] for row in tables["edges"].to_pyarrow().to_pylist()] == [2]


def test_only_the_features_of_delivered_feeds_exist(home: Path) -> None:
    build_histories(home)
    histories = open_histories(home)
    names = {feature.name for feature in histories.features}
    assert "data_mb_4w" in names
    assert names < {feature.name for feature in features("CNY")}
    assert not [name for name in names if "bill" in name or "complaint" in name]
    assert declared(histories.fingerprint) == fingerprint(histories.features)


def test_the_fingerprint_notices_what_the_features_were_computed_from(home: Path) -> None:
    build_histories(home)
    histories = open_histories(home)
    settings = histories.settings
    later = replace(settings, usage_lag_days=settings.usage_lag_days + 1)
    slower = replace(settings, complaints=replace(settings.complaints, promise_hours=49))
    others = [
        replace(histories, settings=later),
        replace(histories, settings=slower),
        replace(histories, topics="other topics"),
        replace(histories, features=histories.features[1:]),
    ]
    found = {other.fingerprint for other in [histories, *others]}
    assert len(found) == 5
    assert len({declared(fingerprint) for fingerprint in found}) == 2


def test_a_feature_keeps_its_definition_where_others_change(home: Path) -> None:
    build_histories(home)
    histories = open_histories(home)
    settings, known = histories.settings, histories.definitions
    later = replace(settings, usage_lag_days=settings.usage_lag_days + 1)

    def changed(other: Histories) -> set[str]:
        return {name for name, own in other.definitions.items() if own != known[name]}

    assert set(known) == {feature.name for feature in histories.features}
    assert "data_mb_4w" in changed(replace(histories, settings=later))
    assert "tenure_days" not in changed(replace(histories, settings=later))
    assert changed(replace(histories, topics="other topics")) == set()
    assert changed(replace(histories, features=histories.features[1:])) == set()
    topic = replace(histories.features[0], stream="topics")
    own = replace(histories, features=(topic,))
    assert own.definitions != replace(own, topics="other topics").definitions


def test_missing_histories_are_refused(home: Path) -> None:
    with pytest.raises(LakeError, match=r"missing or older than the feeds. Run `liuke build"):
        open_histories(home)


def test_stale_histories_are_refused_until_built_again(stale: Path) -> None:
    with pytest.raises(LakeError, match="missing or older than the feeds"):
        open_histories(stale)
    assert build_histories(stale) is True
    assert open_histories(stale).tables["days"].count().to_pyarrow().as_py() == 4
    assert len(list(Home(stale).histories.glob("*/"))) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"feeds": "3f", "fol', r"manifest\.json is damaged \(.*\)\. Run `liuke build"),
        (b"", r"manifest\.json is damaged"),
        (b"\xff\xfe{}", r"manifest\.json is damaged"),
        (b'{"schema": 5}', "missing or older than the feeds"),
        (b"[]", "missing or older than the feeds"),
    ],
    ids=["cut off", "empty", "no text", "keys missing", "no table"],
)
def test_a_damaged_manifest_is_refused_until_built_again(
    home: Path, content: bytes, message: str
) -> None:
    build_histories(home)
    (Home(home).histories / "manifest.json").write_bytes(content)
    with pytest.raises(LakeError, match=message):
        open_histories(home)
    assert build_histories(home) is True
    assert open_histories(home).tables["days"].count().to_pyarrow().as_py() == 3


def test_histories_whose_folder_is_gone_are_refused_until_built_again(home: Path) -> None:
    build_histories(home)
    (folder,) = Home(home).histories.glob("*/")
    shutil.rmtree(folder)
    with pytest.raises(LakeError, match="missing or older than the feeds"):
        open_histories(home)
    assert build_histories(home) is True
    assert open_histories(home).tables["days"].count().to_pyarrow().as_py() == 3


def test_another_lag_makes_histories_stale(home: Path) -> None:
    build_histories(home)
    set_home(home, "features", "usage_lag_days = 3\n")
    with pytest.raises(LakeError, match="older than the feeds"):
        open_histories(home)
    assert build_histories(home) is True
    assert open_histories(home).lag_days == 3


def test_without_a_required_feed_nothing_is_built(tmp_path: Path) -> None:
    some = [(feed, row) for feed, row in FACTS if feed != "contracts"]
    import_facts(tmp_path / "home", some, tmp_path / "extract")
    with pytest.raises(LakeError, match="no feed contracts"):
        build_histories(tmp_path / "home")
    assert content(tmp_path / "home") == {}


@pytest.mark.parametrize("step", range(len(TABLES)))
def test_a_build_that_fails_leaves_the_old(stale: Path, step: int) -> None:
    before = content(stale)

    def fail(_: str, done: int, __: int) -> None:
        if done == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_histories(stale, fail)
    assert content(stale) == before
    assert build_histories(stale) is True


KILLED = """
import os, signal, sys
from pathlib import Path
from features.engine.store import build_histories

def die(step, done, total):
    if done == 2:
        os.kill(os.getpid(), signal.SIGKILL)

build_histories(Path(sys.argv[1]), die)
"""


def test_a_killed_build_leaves_the_old_and_is_swept_by_the_next(stale: Path) -> None:
    before = content(stale)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(stale)], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    left = content(stale)
    assert {name: left[name] for name in before} == before
    assert len(left) > len(before)
    assert build_histories(stale) is True
    assert len(content(stale)) == len(before)
    assert open_histories(stale).tables["days"].count().to_pyarrow().as_py() == 4


@contextmanager
def no_room() -> Iterator[None]:
    """No file may grow beyond 600 bytes: what a full disk looks like to the writer."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_is_reported_and_leaves_the_old(stale: Path) -> None:
    before = content(stale)
    with no_room(), pytest.raises(OutputError, match="cannot write"):
        build_histories(stale)
    assert content(stale) == before
