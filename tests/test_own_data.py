"""docs/own-data.md says only what the code says: its refusals, its columns, its findings.

Its commands are run by tests/test_megaline.py.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from features.feeds import FEEDS
from serving.doctor.words import WORDS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "own-data.md").read_text("utf-8")
SAYS = re.compile(r"^\| `([^`]+)` \|", re.M)
VALUE = "\0"  # stands where a text takes in a value


def section(title: str) -> str:
    """What stands under a heading, up to the next of its level."""
    level = re.escape(title.split(" ")[0])
    (text,) = re.findall(rf"^{re.escape(title)}$(.*?)(?=^{level} |\Z)", PAGE, re.M | re.S)
    return str(text)


def texts() -> list[str]:
    """Every text in the code, with VALUE for what it takes in."""
    found = []
    for package in ("features", "serving", "training"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
                elif isinstance(node, ast.JoinedStr):
                    parts = [
                        part.value if isinstance(part, ast.Constant) else VALUE
                        for part in node.values
                    ]
                    found.append("".join(map(str, parts)))
    return found


CODE = texts()
REFUSALS = SAYS.findall(section("## What each refusal means"))
FINDINGS = re.findall(r"`([a-z]+(?:_[a-z]+)+|late|orphans|stopped)`", section("## Feed by feed"))
COLUMNS = {column.name for feed in FEEDS.values() for column in feed.columns}


def is_said(refusal: str) -> bool:
    """Whether a text of the code has the parts of the refusal in this order."""
    wanted = re.compile(".*?".join(map(re.escape, refusal.split("..."))), re.S)
    return any(wanted.search(text) for text in CODE)


def test_the_page_names_many_refusals_each_once() -> None:
    assert len(REFUSALS) > 30
    assert len(set(REFUSALS)) == len(REFUSALS)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_each_refusal_on_the_page_is_one_of_the_code(refusal: str) -> None:
    assert is_said(refusal)


def test_a_refusal_that_nobody_makes_is_found() -> None:
    assert not is_said("the moon is full")
    assert not is_said("the columns are not those ... of the moon")


@pytest.mark.parametrize("feed", FEEDS)
def test_every_feed_is_on_the_page(feed: str) -> None:
    by_feed = section("## Feed by feed")
    assert f"### {feed}\n" in by_feed or f"| `{feed}` |" in by_feed


@pytest.mark.parametrize("feed", ["customers", "contracts", "usage", "bills"])
def test_the_sketch_of_a_query_gives_the_columns_of_its_feed(feed: str) -> None:
    (query,) = re.findall(r"^```sql\n(.*?)^```$", section(f"### {feed}"), re.M | re.S)
    named = set(re.findall(r"\bas (\w+),", query)) | set(re.findall(r"^    (\w+),", query, re.M))
    required = {column.name for column in FEEDS[feed].columns if not column.optional}
    assert required <= named
    clocks = {"valid_from", "done_at", "day_end", "issued", "loaded_at"}
    assert named - clocks == {column.name for column in FEEDS[feed].columns}


def test_what_to_look_for_is_what_the_doctor_finds() -> None:
    kinds = {name for name in FINDINGS if name in WORDS}
    assert len(kinds) > 10
    known = {*WORDS, *COLUMNS, *FEEDS, "event_time", "known_at", "all_varchar", "usage_lag_days"}
    known |= {value for feed in FEEDS.values() for one in feed.columns for value in one.allowed}
    known |= {"cancel_request", "brand_change"}
    assert set(FINDINGS) <= known
