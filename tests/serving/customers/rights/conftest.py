"""A home in which one customer has left traces everywhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, insert

from features.builder.base import build_base
from features.home import Home
from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.customers.phones.files import import_phones
from serving.customers.rights.objections import record_objection
from serving.customers.standing.nights import SCHEMA
from serving.database import open_engine, upgrade
from serving.database.tables import alarms, decisions, task_notes, tasks, views
from serving.results import Results
from serving.retention.lists import write_list
from serving.scores import last_scores
from tests.conftest import SmallHome, set_home
from tests.serving.customers.phones.conftest import CHINA

PHONE = "15400000001"


@dataclass(frozen=True)
class Traces:
    """The home, its database, the customer with traces in both, and the moment of the test."""

    home: Path
    engine: Engine
    own: str
    now: datetime


@pytest.fixture(scope="session")
def base_home(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small home with a matrix, and with lists of all customers."""
    home = tmp_path_factory.mktemp("traces") / "home"
    small_home.copied_to(home)
    build_base(home, small_home.as_of)
    for ending in ("csv", "xlsx"):
        out = Home(home).lists / f"all.{ending}"
        write_list(home, 1000, out, "en", small_home.as_of)
    return home


@pytest.fixture
def traces(
    base_home: Path, small_home: SmallHome, tmp_path: Path, database_url: str
) -> Iterator[Traces]:
    found = leave_traces(base_home, tmp_path, small_home.as_of, database_url)
    yield found
    found.engine.dispose()


def leave_traces(base_home: Path, folder: Path, as_of: datetime, database_url: str = "") -> Traces:
    """A copy of the base home under `folder`, with the customer's traces."""
    home, now = folder / "home", as_of + timedelta(hours=7)
    shutil.copytree(base_home, home)
    if database_url:
        set_home(home, "serving", f'database_url = "{database_url}"\n')
    engine = open_engine(home, database_url)
    upgrade(engine)
    scores = last_scores(home)
    listed = pd.read_csv(Home(home).lists / "all.csv", dtype=str)["customer_id"]
    own = str(listed[listed.isin(scores["customer_id"])].iloc[0])
    _leave_in_database(home, engine, own, now)
    Home(home).explanation(own).write_bytes(b"picture")
    _leave_a_night(home, own)
    raw = [f'{{"customer_id": "{own}"}}', "{}"]
    bad = pa.table({"row_number": [1, 2], "reason": ["revenue_fen < 0"] * 2, "row": raw})
    Home(home).quarantine.mkdir(exist_ok=True)
    pq.write_table(bad, Home(home).quarantine / "20260302T060000-aaaaaa-bills.parquet")
    _leave_a_contact(home, own)
    results = Results(home)
    results.made(results.name("departures"), lambda: ["among others theirs"])
    return Traces(home, engine, own, now)


def _leave_a_contact(home: Path, own: str) -> None:
    """A campaign's members of whom it is known when they were last spoken to."""
    members = Home(home).lists / "campaign" / "members.parquet"
    members.parent.mkdir(parents=True)
    last = {"last_contact": "2026-01-12", "last_channel": "store"}
    rows = [{"customer_id": name, **last} for name in (own, "X1")]
    pq.write_table(pa.Table.from_pylist(rows), members)


def _leave_a_night(home: Path, own: str) -> None:
    """An earlier night at which their credit rating and that of another changed."""
    row = {
        "as_of": datetime(2025, 1, 6), "measure": "credit", "before": None, "after": "B",
        "cause": "first", "rules": "r", "inputs": [("score", 71.0), ("overdue", 1.0)],
    }  # fmt: skip
    rows = [row | {"customer_id": name} for name in (own, "X1")]
    path = Home(home).standing / "2025-01-06.parquet"
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), path)


def _leave_in_database(home: Path, engine: Engine, own: str, now: datetime) -> None:
    phones = home.parent / "phones.csv"
    phones.write_text(f"customer_id,phone\n{own},{PHONE}\nX1,15400000002\n", "utf-8")
    import_phones(home, engine, phones, CHINA, now)
    entry = Entry("r1", "POST", "/decide", 200, "", "key1", "store", "customer_present", (own,))
    decision = {
        "id": "d1", "customer_id": own, "at": now, "purpose": "customer_present",
        "intent": "cancel", "channel": "store", "caller": "key1", "role": "store",
        "answered_by": "live", "request": f'{{"customer_id": "{own}"}}', "answer": "{}",
    }  # fmt: skip
    record_now(
        engine, entry, now, lambda connection: connection.execute(insert(decisions), [decision])
    )
    with engine.begin() as connection:
        record_objection(connection, own, "key1", now)
        view = {"owner": "u", "changed_at": now}
        connection.execute(
            insert(views),
            [
                view | {"name": "mine", "content": f'{{"customer_id": "{own}"}}'},
                view | {"name": "other", "content": f'{{"customer_id": "{own}0"}}'},
            ],
        )
        task = {
            "manager_id": "M1", "kind": "call", "due": now.date(), "issuer": "li.na",
            "issued_at": now, "state": "done",
        }  # fmt: skip
        connection.execute(
            insert(tasks),
            [
                task | {"id": "t1", "customer_id": own, "text": f"Ring {own}", "reason": None},
                task | {"id": "t2", "customer_id": "X9", "text": f"As {own}", "reason": f"{own}?"},
                task | {"id": "t3", "customer_id": None, "text": f"{own}0", "reason": None},
            ],
        )
        noted = {"at": now, "author": "M1"}
        connection.execute(
            insert(task_notes),
            [
                noted | {"task_id": "t1", "customer_id": own, "text": "Friday"},
                noted | {"task_id": "t3", "customer_id": None, "text": f"{own} is of the group"},
            ],
        )
        alarm = {"at": now, "kind": "look-ups", "caller": "key1", "detail": f"often {own}"}
        connection.execute(insert(alarms).values(alarm))
