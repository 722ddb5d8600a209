"""Results that are kept: found again, until anything that they rest on is replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.home import Home
from serving.results import MAX_FILES, Results


@pytest.fixture
def home(tmp_path: Path) -> Path:
    own = Home(tmp_path)
    own.feeds.mkdir(parents=True)
    (own.feeds / "manifest.json").write_text("{}")
    own.models.mkdir()
    return tmp_path


class Counted:
    """Returns another number each time, so that a result that was made again differs."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> dict[str, int]:
        self.times += 1
        return {"number": self.times}


def test_a_result_is_made_once_for_all_who_read_the_home(home: Path) -> None:
    make, one, other = Counted(), Results(home), Results(home)
    name = one.name("left", "2026-01-01")
    assert one.find(name) is None
    assert one.made(name, make) == one.made(name, make) == {"number": 1}
    assert other.name("left", "2026-01-01") == name
    assert other.made(name, make) == {"number": 1}


def test_other_inputs_are_another_result(home: Path) -> None:
    results = Results(home)
    names = {results.name("left"), results.name("left", "a"), results.name("groups", "a")}
    assert len(names) == 3


@pytest.mark.parametrize("changed", ["feeds", "night", "champion", "settings", "new settings"])
def test_what_it_rests_on_makes_another_result(home: Path, changed: str) -> None:
    own = Home(home)
    (home / "settings").mkdir()
    own.settings("features").write_text("a = 1\n")
    results, make = Results(home), Counted()
    results.made(results.name("left"), make)
    path = {
        "feeds": own.feeds / "manifest.json", "night": own.latest, "champion": own.champion,
        "settings": own.settings("features"), "new settings": own.settings("standing"),
    }[changed]  # fmt: skip
    path.write_text("other content\n")
    assert results.made(results.name("left"), make) == {"number": 2}


def test_a_damaged_file_is_made_again(home: Path) -> None:
    name = Results(home).name("left")
    Results(home).made(name, Counted())
    (path,) = Home(home).results.glob("left-*")
    path.write_bytes(path.read_bytes()[:10])
    make = Counted()
    make.times = 6
    assert Results(home).made(name, make) == {"number": 7}
    assert Results(home).find(name) == {"number": 7}


def test_only_the_latest_files_stay(home: Path) -> None:
    results = Results(home)
    for number in range(MAX_FILES + 5):
        results.made(results.name("left", number), lambda: {})
    assert len(list(Home(home).results.iterdir())) == MAX_FILES
