"""Decisions of the real service on facts posted just before, replayed while more becomes known.

The operator's extract brings the posted facts a day later, then late and corrected ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd
import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from features.engine.store import build_histories
from serving.command.tree import app
from serving.database import open_engine
from serving.database.tables import events
from serving.scores import last_scores
from tests.serving.audit.replay.test_replay import customer_of, facts_of, imported
from tests.serving.conftest import Server, start

if TYPE_CHECKING:
    from tests.conftest import SmallHome

DAY = timedelta(days=1)
FACTS: dict[str, dict[str, Any]] = {
    "complaints": {"complaint_id": "N1", "event": "opened", "category": "network",
                   "channel": "store", "severity": 3, "text": "no network at home"},
    "payments": {"payment_id": "N2", "amount_fen": 4_200},
}  # fmt: skip


@dataclass(frozen=True)
class Posted:
    """A home, a customer, when each fact was posted, and the decision that followed."""

    home: Path
    customer_id: str
    at: dict[str, datetime]
    decision: dict[str, Any]


@pytest.fixture(scope="module")
def posted(small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Posted]:
    folder = tmp_path_factory.mktemp("replayed")
    home = small_home.copied_to(folder / "home")
    server = start(home, folder)
    try:
        yield made(server, str(last_scores(home)["customer_id"][5]))
    finally:
        server.process.kill()
        server.process.wait()


def made(server: Server, customer_id: str) -> Posted:
    with server.client() as client:
        before = decided(client, customer_id)
        at = {
            feed: datetime.fromisoformat(post(client, feed, customer_id)["known_at"])
            for feed in FACTS
        }
        decision = decided(client, customer_id)
    assert (before["fresh_events"], decision["fresh_events"]) == (0, len(FACTS))
    more = decision["facts"]["open_complaints"] - before["facts"]["open_complaints"]
    assert more == 1
    assert before["inputs"] == decision["inputs"]
    return Posted(server.home, customer_id, at, decision)


def decided(client: httpx.Client, customer_id: str) -> dict[str, Any]:
    request = {"customer_id": customer_id, "intent": "cancel", "channel": "store"}
    answer = client.post("/decide", json=request)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["answered_by"] == "live"
    return found


def post(client: httpx.Client, feed: str, customer_id: str) -> dict[str, Any]:
    event = {"key": feed, "feed": feed, "customer_id": customer_id, "fields": FACTS[feed]}
    answer = client.post("/events", json=event)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def replayed(posted: Posted) -> dict[str, Any]:
    command = ["audit", "replay", posted.decision["decision_id"], "--json"]
    ran = CliRunner().invoke(app, [*command, "--home", str(posted.home)])
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def delivered(posted: Posted, feed: str, known_at: datetime) -> pd.DataFrame:
    """The posted fact as the operator's extract brings it."""
    like = facts_of(posted.home, feed, customer_of(posted.home, datetime(2100, 1, 1))).head(1)
    own: dict[str, Any] = {
        "customer_id": posted.customer_id,
        "event_time": posted.at[feed],
        "known_at": known_at,
    }
    return like.assign(**FACTS[feed], **own)


@pytest.mark.slow
def test_a_decision_on_posted_facts_is_replayed_equal(posted: Posted) -> None:
    assert replayed(posted)["equal"]


@pytest.mark.slow
def test_the_extracts_facts_and_a_correction_change_nothing(posted: Posted, tmp_path: Path) -> None:
    later = posted.at["payments"] + DAY
    for feed in FACTS:
        rows = delivered(posted, feed, later)
        imported(posted.home, feed, rows, later + DAY, tmp_path / f"same {feed}")
    build_histories(posted.home)
    assert replayed(posted)["equal"], "the extract brought the same facts"

    bills = facts_of(posted.home, "bills", posted.customer_id)
    corrected = bills.tail(1).assign(
        revenue_fen=bills["revenue_fen"].iloc[-1] + 9_900, known_at=later
    )
    imported(posted.home, "bills", corrected, later + 2 * DAY, tmp_path / "corrected")
    build_histories(posted.home)
    assert replayed(posted)["equal"], "a bill was corrected"


@pytest.mark.slow
def test_a_fact_that_should_have_come_before_changes_nothing(
    posted: Posted, tmp_path: Path
) -> None:
    """Known to the operator before the night, imported after the decision."""
    known = datetime.fromisoformat(posted.decision["as_of"]) - DAY
    late = delivered(posted, "complaints", known).assign(complaint_id="N3", event_time=known)
    imported(posted.home, "complaints", late, posted.at["payments"] + 5 * DAY, tmp_path / "late")
    build_histories(posted.home)
    assert replayed(posted)["equal"]


@pytest.mark.slow
def test_a_posted_fact_that_was_altered_is_named(posted: Posted) -> None:
    engine = open_engine(posted.home)
    with engine.begin() as connection:
        connection.execute(update(events).values(known_at=posted.at["payments"] + DAY))
    engine.dispose()
    found = replayed(posted)
    assert not found["equal"]
    assert found["difference"]["kind"] == "row"
