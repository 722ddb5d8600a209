"""A copy has everything that is held, where it came from, and who was shown it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from features.errors import UnknownCustomers
from features.home import Home
from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.customers.rights.copies import copy_of, in_words, write_copy
from serving.database.tables import metadata
from tests.serving.customers.rights.conftest import PHONE, Traces
from tests.serving.customers.rights.test_erasure import found_in_files, found_in_tables, run

pytestmark = pytest.mark.slow


def test_everything_that_is_held_is_in_it(traces: Traces) -> None:
    held = copy_of(traces.home, traces.engine, traces.own, traces.now)
    assert set(held["feeds"]) >= {"customers", "contracts", "usage"}
    fact = held["feeds"]["customers"][0]
    assert fact["customer_id"] == traces.own
    assert {"event_time", "known_at", "part", "city"} <= set(fact)
    of_persons = set(found_in_tables(traces.engine, traces.own)) - {
        "views", "alarms", "person_keys",
    }  # fmt: skip
    assert set(held["store"]) == of_persons == {
        "phones", "decisions", "objections", "tasks", "task_notes",
    }  # fmt: skip
    mentions = [row["table"] for row in held["mentions"]]
    assert mentions == ["views", "alarms", "tasks", "task_notes"]
    assert "X9" not in str(held), "whom a task is about that names them is another"
    assert [row["text"] for row in held["store"]["tasks"]] == [f"Ring {traces.own}"]
    assert held["counter"]["months"]
    assert held["phone"] == f"+86{PHONE}"
    assert held["latest"]["tenure_days"] > 0
    nights = sorted(path.name for path in Home(traces.home).standing.glob("*.parquet"))
    assert len(nights) > 1
    assert sorted({row["file"] for row in held["standing"]}) == nights
    first = held["standing"][0]
    assert (first["as_of"], first["measure"], first["after"]) == (
        "2025-01-06T00:00:00", "credit", "B",
    )  # fmt: skip
    assert first["inputs"] == {"score": 71.0, "overdue": 1.0}
    assert {row["measure"] for row in held["standing"][1:]} == {"rfm", "credit", "points"}
    assert not [one for one in held["files"] if "standing" in one["file"]]
    assert [0 <= score["churn_risk"] <= 1 for score in held["scores"]] == [True]
    assert [(row["route"], row["caller"], row["purpose"]) for row in held["shown_to"]] == [
        ("/decide", "key1", "customer_present")
    ]


def test_it_is_written_for_programs_and_for_people(traces: Traces) -> None:
    held = copy_of(traces.home, traces.engine, traces.own, traces.now)
    out = traces.home.parent / "copy.json"
    write_copy(out, held)
    assert json.loads(out.read_text("utf-8"))["counts"] == held["counts"]
    text = out.with_suffix(".txt").read_text("utf-8")
    assert f"All that is held about customer {traces.own}" in text
    assert f"所持有的客户{traces.own}的全部信息" in text
    assert f"+86{PHONE}" in text
    assert "credit rating and points, by night" in text
    assert "信誉度与积分的历次变化" in text


@pytest.mark.slow
def test_what_an_erasure_removes_a_copy_shows(traces: Traces) -> None:
    """Each file that names them, and each row of the database that is gone."""
    held = copy_of(traces.home, traces.engine, traces.own, traces.now)
    named = set(found_in_files(traces.home, traces.own))
    before = count_of(traces.engine)
    erased = run(traces)
    shown = {one["file"] for one in held["files"]}
    for name in ("scores", "standing"):
        shown |= {f"lake/{name}/{one['file']}" for one in held[name]}
    for feed, facts in held["feeds"].items():
        shown |= {f"lake/feeds/{feed}/{fact['part']}" for fact in facts}
    shown |= {f"{name}.sqlite" for name in ("latest", "counter") if held[name]}
    assert {one for one in named - shown if not one.startswith("liuke.sqlite")} == set()
    assert erased.facts == held["counts"]["facts"]
    after = count_of(traces.engine)
    gone = {name: before[name] - after[name] for name in before if before[name] > after[name]}
    of_copy = {name: len(rows) for name, rows in held["store"].items()}
    assert gone == of_copy | {"views": 1, "person_keys": 1}, "an alarm stays, without the id"
    rows = [row for one in held["files"] for row in one["rows"] or ()]
    assert len(rows) > 3
    assert all(traces.own in str(row) for row in rows)


def count_of(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def test_exports_too_large_to_name_each_are_named_with_their_search(traces: Traces) -> None:
    detail = {"count": 20_000, "unnamed": 20_000, "as_of": "2026-03-02T00:00:00"}
    large = {**detail, "search": {"city": "Suzhou"}}
    rows: list[tuple[dict[str, Any], tuple[str, ...]]] = [(large, ()), ({"count": 1}, ("X1",))]
    for number, (own, subjects) in enumerate(rows):
        entry = Entry(
            f"e{number}", "GET", "/customers/export", 200, "", "key2", "marketing", "retention",
            subjects, own,
        )  # fmt: skip
        record_now(traces.engine, entry, traces.now, lambda _: None)
    held = copy_of(traces.home, traces.engine, traces.own, traces.now)
    assert held["exports"] == [
        {
            "at": traces.now.isoformat(), "caller": "key2", "role": "marketing",
            "route": "/customers/export", "purpose": "retention", "customers": 20_000,
            "as_of": "2026-03-02T00:00:00", "search": {"city": "Suzhou"},
        }
    ]  # fmt: skip
    assert "which may have included them" in "\n".join(in_words(held, "en"))
    assert [row["route"] for row in held["shown_to"]] == ["/decide"]


def test_who_is_not_known_has_no_copy(traces: Traces) -> None:
    with pytest.raises(UnknownCustomers):
        copy_of(traces.home, traces.engine, "C9999999", traces.now)
