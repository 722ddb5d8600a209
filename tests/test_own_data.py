"""docs/own-data.md says only what the code says: its refusals, its columns, its findings.

Its commands are run by tests/test_megaline.py.
"""

from __future__ import annotations

import ast
import csv
import re
from datetime import datetime
from functools import cache
from pathlib import Path

import duckdb
import pytest

from features.feeds import FEEDS
from features.imports.sources import import_feeds
from serving.doctor.words import VALUES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "own-data.md").read_text("utf-8")
SAYS = re.compile(r"^\| `([^`]+)` \|", re.M)
VALUE = "\0"  # stands where a text takes in a value


def section(title: str) -> str:
    """What stands under a heading, up to the next of its level."""
    level = re.escape(title.split(" ")[0])
    (text,) = re.findall(rf"^{re.escape(title)}$(.*?)(?=^{level} |\Z)", PAGE, re.M | re.S)
    return str(text)


@cache
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


REFUSALS = SAYS.findall(section("## What each refusal means"))
FINDINGS = re.findall(r"`([a-z]+(?:_[a-z]+)+|late|orphans|stopped)`", section("## Feed by feed"))
COLUMNS = {column.name for feed in FEEDS.values() for column in feed.columns}


def is_said(refusal: str) -> bool:
    """Whether a text of the code has the parts of the refusal in this order."""
    wanted = re.compile(".*?".join(map(re.escape, refusal.split("..."))), re.S)
    return any(wanted.search(text) for text in texts())


def test_the_page_names_many_refusals_each_once() -> None:
    assert len(REFUSALS) > 30
    assert len(set(REFUSALS)) == len(REFUSALS)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_each_refusal_on_the_page_is_one_of_the_code(refusal: str) -> None:
    assert is_said(refusal)


def test_a_refusal_that_the_code_does_not_make_is_found() -> None:
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


# For each sketch: the columns of an operator's file, a good row, and a value that is a bad one.
EXTRACTS = {
    "customers": (
        "uid,birth_year,city,brand,pay_type,corporate_id,account_manager,shop,sms_consent,"
        "valid_from,loaded_at",
        "007,1900,Wuhan,,1,,,,Y,2024-05-01 09:00:00,2024-05-01",
        {"pay_type": "3", "birth_year": "young", "sms_consent": "?", "valid_from": "1970-01-01"},
    ),
    "contracts": (
        "uid,action,tariff,commitment_until,close_reason,donor_to,done_at,loaded_at",
        "007,OPEN,P1,00000000,,,2024-05-01 09:00:00,2024-05-01",
        {"commitment_until": "20240231", "done_at": "000000", "loaded_at": "2024-04-30"},
    ),
    "usage": (
        "uid,day,out_seconds,sms_sent,data_mb,in_seconds,rival_seconds,roaming_seconds,drops,"
        "partners,hotline,loaded_at",
        "007,20240501,60,2,1.5,1,1,0,0,3,0,2024-05-02",
        {"day": "000000", "data_mb": "1,2,3", "out_seconds": "1e3"},
    ),
    "bills": (
        "uid,month,due_date,amount,cost,issued,loaded_at",
        '007,202405,00000000,"1,234.50",0.29,2024-06-01 08:30:00,2024-06-01',
        {"month": "000000", "amount": "12.345", "due_date": "soon", "issued": "9999-12-31"},
    ),
}
FILES = {"customers": "customer_history_1.csv", "contracts": "orders_1.csv"}


@pytest.mark.parametrize("feed", EXTRACTS)
def test_the_sketch_of_a_query_makes_one_bad_row_of_each_bad_value(
    feed: str, tmp_path: Path
) -> None:
    header, good, bad = EXTRACTS[feed]
    (row,) = csv.DictReader([header, good])
    folder = tmp_path / "extract"
    folder.mkdir()
    with (folder / FILES.get(feed, f"{feed}_1.csv")).open("w", newline="") as file:
        writer = csv.DictWriter(file, header.split(","))
        writer.writeheader()
        writer.writerows([row, *(row | {"uid": f"B{n}", n: v} for n, v in bad.items())])
    (query,) = re.findall(r"^```sql\n(.*?)^```$", section(f"### {feed}"), re.M | re.S)
    (read,) = re.findall(r"^```toml\n(.*?)^```$", section(f"### {feed}"), re.M | re.S)
    (event,) = re.findall(r"(\w+), +-- event_time", query)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        f'max_bad_share = 0.9\n[feed.{feed}]\nsql = """\n{query}"""\n'
        f'event_time = "{event}"\nknown_at = "loaded_at"\n{read}',
        "utf-8",
    )
    (report,) = import_feeds(tmp_path / "home", mapping, folder, datetime(2025, 1, 1)).feeds
    assert (report.read, report.new, report.bad) == (1 + len(bad), 1, len(bad))
    assert report.quarantine_file is not None
    found = duckdb.sql(f"SELECT row->>'customer_id' FROM '{report.quarantine_file}'").fetchall()
    assert [customer for (customer,) in found] == [f"B{name}" for name in bad]


def test_what_to_look_for_is_what_the_doctor_finds() -> None:
    kinds = {name for name in FINDINGS if name in VALUES}
    assert len(kinds) > 10
    known = {*VALUES, *COLUMNS, *FEEDS, "event_time", "known_at", "all_varchar", "usage_lag_days"}
    known |= {value for feed in FEEDS.values() for one in feed.columns for value in one.allowed}
    known |= {"cancel_request", "brand_change"}
    assert set(FINDINGS) <= known
