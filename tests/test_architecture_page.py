"""docs/architecture.md and README say of the rooms and the ways what the code says."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
READMES = ("README.md", "README.zh.md")


def script() -> ModuleType:
    """The script that writes the page, which stands in a folder that is not a package."""
    found = importlib.util.spec_from_file_location("architecture", PAGE.with_suffix(".py"))
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


architecture = script()


def test_the_page_is_what_the_code_says() -> None:
    page = PAGE.read_text("utf-8")
    assert page == architecture.written(page), "docs/architecture.md is old; run: make docs"


def test_the_page_has_every_block_once() -> None:
    names = re.findall(r"<!-- (\w+):begin -->", PAGE.read_text("utf-8"))
    assert sorted(names) == sorted(architecture.blocks())


def test_the_page_is_written_alike_each_time() -> None:
    page = PAGE.read_text("utf-8")
    first = architecture.written(page)
    architecture.blocks.cache_clear()
    architecture.imports.cache_clear()
    assert architecture.written(page) == first


@pytest.mark.parametrize("package", architecture.PACKAGES)
def test_each_room_says_in_one_line_what_it_is(package: str) -> None:
    for room in architecture.rooms(package):
        said = architecture.sentence(room)
        assert re.fullmatch(r"\S.{15,}[.]", said), f"{room}: first line: {said}"


@pytest.mark.parametrize("way", architecture.ways(), ids=lambda way: way.name)
def test_a_way_names_functions_that_exist_and_call_each_other(way: Any) -> None:
    pairs = [*way.calls, *(pair[:2] for pair in way.handed_on)]
    absent = {name for pair in pairs for name in pair if architecture.function(name) is None}
    assert not absent, f"docs/ways.toml: no such function: {', '.join(sorted(absent))}"
    broken = [" -> ".join(pair) for pair in way.calls if not architecture.calls(*pair)]
    assert not broken, f"docs/ways.toml: the first does not call the second: {', '.join(broken)}"


def test_a_call_that_is_not_made_is_found() -> None:
    assert not architecture.calls("serving.command.base:list_", "serving.nightly:score_base"), (
        "list_ writes a list and scores nothing"
    )
    assert architecture.function("features.windows:knwon") is None


@pytest.mark.parametrize("page", READMES)
def test_the_readme_lists_every_folder_and_no_other(page: str) -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.splitlines()
    folders = {name.split("/")[0] for name in listed if "/" in name}
    folders = {name for name in folders if not name.startswith(".")}
    rows = re.findall(r"^\| \[?`?([\w-]+)/`?\]?", (ROOT / page).read_text("utf-8"), re.M)
    assert set(rows) == folders | {"home"}
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize("page", READMES)
@pytest.mark.parametrize("package", architecture.PACKAGES)
def test_the_readme_names_every_room_of_a_package(package: str, page: str) -> None:
    """A stranger finds in README's list each folder that stands at a package's root."""
    (row,) = re.findall(rf"^\| \[{package}/\].*$", (ROOT / page).read_text("utf-8"), re.M)
    named = set(re.findall(r"`(\w+)`", row))
    folders = {
        room.split(".")[1]
        for room in architecture.rooms(package)
        if (ROOT / room.replace(".", "/")).is_dir()
    }
    assert folders - named == set(), (
        f"{page}: {package}/ lacks {', '.join(sorted(folders - named))}"
    )
    known = {room.split(".")[1] for room in architecture.rooms(package)} | {"liuke"}
    assert named <= known, f"{page}: {package}/ has no {', '.join(sorted(named - known))}"
