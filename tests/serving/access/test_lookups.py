"""Look-ups are counted in the real audit, on both databases."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, insert
from typer.testing import CliRunner

from features.home import Home
from serving.access.access_settings import AccessSettings
from serving.access.lookups import Lookups, known_alarms, raise_alarms
from serving.command.tree import app
from serving.database import open_engine, upgrade
from serving.database.tables import audit
from serving.service_settings import serving_settings

MONDAY = datetime(2026, 3, 2, 9)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def settings(tmp_path: Path) -> AccessSettings:
    own = serving_settings(tmp_path).access
    return replace(own, lookups_per_hour=20, lookups_per_day=50)


def looked(
    engine: Engine, number: int, at: datetime, customers: int, purpose: str = "customer_present",
    caller: str = "li.na",
) -> None:  # fmt: skip
    row = {
        "number": number, "at": at, "request_id": "r", "caller": caller, "role": "store",
        "method": "POST", "route": "/score", "purpose": purpose, "status": 200, "code": "",
        "subjects": customers, "detail": "{}", "hash": "h",
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(audit).values(row))


def windows(engine: Engine) -> list[tuple[str, int]]:
    found = reversed(known_alarms(engine, 100))
    return [(one.detail["window"], one.detail["customers"]) for one in found]


def test_a_tenth_of_the_limit_is_counted_at_once(settings: AccessSettings) -> None:
    own = Lookups(settings)
    assert [own.is_due("a", None, 1, MONDAY) for _ in range(4)] == [False, True, False, True]
    assert own.is_due("b", None, 1000, MONDAY)
    assert not own.is_due("c", "retention", 1000, MONDAY)
    assert not own.is_due("d", "audit", 0, MONDAY)


def test_who_is_over_every_limit_is_counted_again_after_a_pause(
    store: Engine, settings: AccessSettings
) -> None:
    own = Lookups(settings)
    looked(store, 1, MONDAY, 21)
    own.count(store, "li.na", MONDAY)
    assert own.is_due("li.na", None, 1000, MONDAY)  # the day's limit is not reached
    looked(store, 2, MONDAY, 30)
    own.count(store, "li.na", MONDAY)
    assert not own.is_due("li.na", None, 1000, MONDAY + 9 * MINUTE)
    assert own.is_due("li.na", None, 1000, MONDAY + 10 * MINUTE)


def test_more_than_the_limit_raises_one_alarm_a_window(
    store: Engine, settings: AccessSettings
) -> None:
    looked(store, 1, MONDAY, 20)
    raise_alarms(store, "li.na", MONDAY, settings)
    assert windows(store) == []
    looked(store, 2, MONDAY + MINUTE, 1)
    for minutes in (1, 2, 59):
        raise_alarms(store, "li.na", MONDAY + minutes * MINUTE, settings)
    assert windows(store) == [("hour", 21)]
    (alarm,) = known_alarms(store, 1)
    assert (alarm.kind, alarm.caller, alarm.at) == ("lookups", "li.na", MONDAY + MINUTE)
    assert alarm.detail == {"window": "hour", "customers": 21, "limit": 20}


def test_two_processes_that_count_at_one_moment_raise_it_once(
    store: Engine, database_url: str, tmp_path: Path, settings: AccessSettings
) -> None:
    """Each with an engine as the service has it, both at the same moment, again and again."""
    engines = [open_engine(tmp_path, database_url, serving=True) for _ in range(2)]
    callers = [f"clerk{number}" for number in range(30)]
    for number, caller in enumerate(callers):
        looked(store, number + 1, MONDAY, 21, caller=caller)
    together = Barrier(len(engines), timeout=120)

    def count(engine: Engine) -> None:
        for caller in callers:
            together.wait()
            raise_alarms(engine, caller, MONDAY, settings)

    with ThreadPoolExecutor(len(engines)) as threads:
        list(threads.map(count, engines))
    for engine in engines:
        engine.dispose()
    assert sorted(one.caller for one in known_alarms(store, 100)) == sorted(callers)


def test_the_next_hour_and_the_day_have_alarms_of_their_own(
    store: Engine, settings: AccessSettings
) -> None:
    for hour in range(3):
        at = MONDAY + timedelta(hours=hour)
        looked(store, hour + 1, at, 21)
        raise_alarms(store, "li.na", at, settings)
    assert windows(store) == [("hour", 21), ("hour", 21), ("hour", 21), ("day", 63)]


def test_others_and_bulk_work_do_not_count(store: Engine, settings: AccessSettings) -> None:
    looked(store, 1, MONDAY, 1000, caller="other")
    looked(store, 2, MONDAY, 1000, purpose="retention")
    looked(store, 3, MONDAY - timedelta(hours=25), 1000)
    raise_alarms(store, "li.na", MONDAY, settings)
    assert windows(store) == []


def test_pages_of_alarms(store: Engine, settings: AccessSettings) -> None:
    for number, caller in enumerate("abc"):
        looked(store, number + 1, MONDAY, 21, caller=caller)
        raise_alarms(store, caller, MONDAY, settings)
    first = known_alarms(store, 2)
    assert [one.caller for one in first] == ["c", "b"]
    assert [one.caller for one in known_alarms(store, 2, first[-1].id)] == ["a"]


def test_the_command_shows_them_in_both_languages(tmp_path: Path, settings: AccessSettings) -> None:
    Home(tmp_path).tables.mkdir(parents=True)
    options = ["alarms", "--home", str(tmp_path)]
    assert CliRunner().invoke(app, options).stdout == "No alarm was raised.\n"
    engine = open_engine(tmp_path)
    upgrade(engine)
    looked(engine, 100, MONDAY, 60)  # behind the rows of the commands
    raise_alarms(engine, "li.na", MONDAY, settings)
    engine.dispose()
    shown = CliRunner().invoke(app, options).stdout
    assert "2026-03-02 09:00  li.na          60 customers looked at within an hour" in shown
    assert (
        "一天内查看60位客户，上限为50"
        in CliRunner().invoke(app, [*options, "--language", "zh"]).stdout
    )
    found = json.loads(CliRunner().invoke(app, [*options, "--json"]).stdout)
    assert [one["detail"]["window"] for one in found["alarms"]] == ["day", "hour"]
