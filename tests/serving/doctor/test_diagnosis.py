"""The diagnosis of small homes, as people read it and as programs do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from features.doctor.deliveries import Delivered
from serving.console import WIDTH
from serving.doctor.diagnosis import Diagnosis, diagnose, to_json
from serving.doctor.page import in_words
from tests.conftest import SmallHome
from tests.facts import day, files_of, import_facts, joined, used

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hurt(tmp_path_factory: pytest.TempPathFactory) -> Diagnosis:
    """Four weeks of two customers, one without a profile, with days missing, and a week old."""
    place = tmp_path_factory.mktemp("hurt")
    days = [number for number in range(28) if number not in (4, 5, 9, 24)]
    facts = [*joined("C1"), *(used(name, number) for name in ("C1", "C9") for number in days)]
    import_facts(place / "home", facts, place / "extract")
    return diagnose(place / "home", day(35))


def test_a_page_is_no_wider_than_a_terminal_and_begins_with_the_worst(hurt: Diagnosis) -> None:
    lines = in_words(hurt).splitlines()
    assert max(map(len, lines)) <= WIDTH
    marks = [
        line.split()[0] for line in lines if line[:1].isupper() and line[:9].rstrip().isupper()
    ]
    assert marks == sorted(marks, key=["FAULT", "WARNING"].index)
    assert {"FAULT", "WARNING"} <= set(marks)


def test_the_page_names_what_was_found_and_what_to_do(hurt: Diagnosis) -> None:
    page = " ".join(in_words(hurt).split())
    assert "usage: no row for 3 days (2025-06-06 to 2025-06-07, 2025-06-11)." in page
    assert "usage: no row for 2025-06-26, of the last seven days that should be there." in page
    assert "1 of 2 customers (such as C9) have no profile or no contract" in page
    assert "To do: import the extracts of these days" in page
    assert "ok in order: customers." in page


def test_the_table_shows_both_clocks_and_which_is_assumed(hurt: Diagnosis) -> None:
    (line,) = (line for line in in_words(hurt).splitlines() if line.startswith("usage "))
    assert "2025-06-02 2025-06-29  2025-06-03 2025-06-30  0.1 0.1 0.1 " in line
    usage = replace(hurt.health.feeds["usage"], clock="assumed", delay_days=0.125)
    assumed = replace(hurt, health=replace(hurt.health, feeds={"usage": usage}))
    assert "2025-06-30  0.1 assumed " in in_words(assumed)


def test_rows_that_came_again_are_counted(hurt: Diagnosis) -> None:
    again = "Rows that came again and were skipped:"
    assert again not in in_words(hurt)
    usage = replace(hurt.health.feeds["usage"], delivered=Delivered(known_already=1200))
    feeds = hurt.health.feeds | {"usage": usage}
    twice = replace(hurt, health=replace(hurt.health, feeds=feeds))
    assert f"{again} usage 1,200." in in_words(twice)


def test_the_doctor_changes_no_file(hurt: Diagnosis) -> None:
    before = files_of(hurt.home)
    diagnose(hurt.home, day(35))
    assert files_of(hurt.home) == before


def test_a_lake_without_recent_imports_says_so(hurt: Diagnosis) -> None:
    kinds = [one.kind for one in hurt.findings]
    assert "old" not in kinds
    later = diagnose(hurt.home, day(60))
    assert "old" in [one.kind for one in later.findings]


def test_what_programs_read_is_plain(hurt: Diagnosis) -> None:
    found = json.loads(json.dumps(to_json(hurt), allow_nan=False))
    usage = next(feed for feed in found["feeds"] if feed["feed"] == "usage")
    assert usage["missing_days"] == ["2025-06-06", "2025-06-07", "2025-06-11", "2025-06-26"]
    assert (usage["feed_customers"], usage["orphans"]) == (2, 1)
    assert "bills" in found["not_delivered"]
    assert found["model"]["eligible_customers"] == 1
    severities = [one["severity"] for one in found["findings"]]
    assert severities == sorted(severities, key=["fault", "warning", "note", "ok"].index)


def test_a_home_after_the_whole_job_is_in_order(small_home: SmallHome) -> None:
    found = diagnose(small_home.home, small_home.as_of + timedelta(days=1))
    about_the_lake = [one for one in found.findings if one.subject != "model"]
    assert {one.severity for one in about_the_lake} <= {"note", "ok"}
    assert Path(found.home) == small_home.home


def test_the_page_in_chinese_says_the_same_and_keeps_its_columns(hurt: Diagnosis) -> None:
    page = in_words(hurt, language="zh")
    assert "处理：" in page
    assert "To do" not in page
    assert all(cell_len(line) <= WIDTH for line in page.split("\n"))
    table = page.split("\n")[2:5]
    assert len({cell_len(line) for line in table}) == 1
    findings = to_json(hurt, "zh")["findings"]
    assert [one["kind"] for one in findings] == [one["kind"] for one in to_json(hurt)["findings"]]
    assert "没有任何行" in " ".join(one["found"] for one in findings)
