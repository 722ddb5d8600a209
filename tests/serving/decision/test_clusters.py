"""Clustered cancellations, transfers and credits of a clerk: found, and seldom without a cause."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom
from sqlalchemy import Engine, insert, select

from serving.database.tables import alarms, contacts, events
from serving.decision.clusters import KINDS, Month, clusters, raise_alarms, read_month, tail
from serving.decision.decision_settings import decision_settings
from serving.events.ledger import Event, record

SETTINGS = decision_settings(Path("no home")).clusters
RATES = (0.06, 0.08, 0.03)  # of KINDS
CLERKS = 60


def simulated(seed: int, cheat: str | None = None, extra: int = 0) -> Month:
    """A month of 60 clerks in 12 outlets, each of 50 to 350 contacts; one may have a cause."""
    random = np.random.default_rng(seed)
    month = Month("2026-02")
    for clerk, work in enumerate(random.integers(50, 350, CLERKS)):
        name, outlet = f"K{clerk:02d}", f"S{clerk % 12:02d}"
        counts = [int(random.binomial(work, rate)) for rate in RATES]
        if clerk == 7 and cheat is not None:
            counts[KINDS.index(cheat)] += extra
        for group, who in (("clerk", name), ("outlet", outlet)):
            month.work[group][who] += int(work) + extra * (clerk == 7)
            for kind, count in zip(KINDS, counts, strict=True):
                month.done[kind, group][who] += count
    return month


@pytest.mark.parametrize("number", [0, 1, 7, 40, 200])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.02, 0.5, 1.0])
def test_the_tail_is_that_of_scipy(number: int, share: float) -> None:
    expected = binom.sf(number - 1, 200, share)
    assert tail(number, 200, share) == pytest.approx(expected, rel=1e-9, abs=1e-300)


@pytest.mark.slow
def test_months_without_a_cause_keep_the_stated_rate() -> None:
    """At most 1 in 100 months raises anything: of 200 no more than chance lets through."""
    alarmed = sum(bool(clusters(simulated(seed), SETTINGS)) for seed in range(200))
    assert alarmed <= binom.ppf(0.999, 200, SETTINGS.false_alarms_a_month)


@pytest.mark.slow
def test_the_bound_is_what_keeps_it() -> None:
    """The same months with a bound a thousand times as wide do raise alarms."""
    loose = replace(SETTINGS, false_alarms_a_month=0.999, min_ratio=1.0, min_count=1)
    assert sum(bool(clusters(simulated(seed), loose)) for seed in range(60)) > 5


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_clerk_with_a_cause_is_found(kind: str) -> None:
    found = [clusters(simulated(seed, kind, extra=45), SETTINGS) for seed in range(20)]
    assert all(one and one[0].who == "K07" and one[0].kind == kind for one in found)
    (first, *_) = found[0]
    assert first.number > SETTINGS.min_ratio * first.expected
    assert {one.who for month in found for one in month if one.group == "clerk"} == {"K07"}


def test_few_are_never_an_alarm() -> None:
    month = Month("2026-02")
    for clerk in range(500):
        month.add(f"K{clerk}", None, None)
    for _ in range(SETTINGS.min_count - 1):
        month.add("K1", None, "credits")
    assert clusters(month, SETTINGS) == []
    month.add("K1", None, "credits")
    assert [one.who for one in clusters(month, SETTINGS)] == ["K1"]


def contact(number: int, clerk: str, outcome: str, **other: Any) -> dict[str, Any]:
    row = {
        "idempotency_key": f"k{number}", "content_sha256": "x", "customer_id": f"C{number}",
        "at": datetime(2026, 2, 10), "channel": "store", "outcome": outcome, "confirmed": True,
        "caller": clerk, "store_id": "S1", "cost_fen": None, "undoes": None, "started_by": None,
    }  # fmt: skip
    return row | other


def test_the_ledger_is_read_without_what_was_undone_or_not_heard(store: Engine) -> None:
    rows = [
        contact(1, "A", "cancelled"),
        contact(2, "A", "cancelled"),
        contact(3, "A", "undone", undoes="k2"),
        contact(4, "B", "offer_accepted", cost_fen=3000),
        contact(5, "B", "offer_accepted", cost_fen=0),
        contact(6, "B", "cancelled", at=datetime(2026, 3, 1)),
        contact(7, "B", "saved", store_id=None),
        contact(8, "B", "no_answer", store_id=None, started_by="customer"),
        contact(9, "B", "no_answer", store_id=None, started_by="us"),
        contact(10, "campaigns", "sent", store_id=None, started_by="us"),
        contact(11, "B", "saved", store_id=None, started_by="us"),
    ]
    fact = {
        "event_key": "e1", "feed": "contracts", "customer_id": "C9", "caller": "B",
        "event_time": datetime(2026, 2, 3), "known_at": datetime(2026, 2, 3),
        "content": json.dumps({"fields": {"event": "transferred"}, "has_time": True}),
    }  # fmt: skip
    with store.begin() as connection:
        connection.execute(insert(contacts), rows)
        connection.execute(insert(events).values(fact))
        month = read_month(connection, 2026, 2)
    assert month.work == {"clerk": {"A": 1, "B": 6}, "outlet": {"S1": 3}}
    assert month.done["cancellations", "clerk"] == {"A": 1}
    assert month.done["credits", "clerk"] == {"B": 1}
    assert month.done["transfers", "clerk"] == {"B": 1}
    with store.begin() as connection:
        assert read_month(connection, 2026, 12).work["clerk"] == {}


def transfer(store: Engine, number: int, clerk: str, at: datetime) -> None:
    """As `/events` writes it."""
    fields = {"event": "transferred", "plan": None, "contract_end": None}
    fact = Event(
        f"t{number}", "contracts", f"C{number}", at, at, fields, confirmation=f"signature:F{number}"
    )
    with store.begin() as connection:
        record(connection, fact, clerk)


def test_in_a_month_of_the_counter_the_clerk_who_transfers_too_much_is_flagged(
    store: Engine,
) -> None:
    """24 clerks, each with a month's work and a few transfers; K07 makes 16 more."""
    random = np.random.default_rng(4)
    clerks = [f"K{number:02d}" for number in range(24)]
    work = {clerk: int(random.integers(60, 200)) for clerk in clerks}
    rows = [
        contact(1000 * place + number, clerk, "no_answer", at=datetime(2026, 2, 1 + number % 28))
        for place, clerk in enumerate(clerks)
        for number in range(work[clerk])
    ]
    done = [own for own in clerks for _ in range(int(random.binomial(work[own], RATES[2])))]
    with store.begin() as connection:
        connection.execute(insert(contacts), rows)
    for number, clerk in enumerate([*done, *["K07"] * 16]):
        transfer(store, number, clerk, datetime(2026, 2, 1 + number % 28, 15))
    transfer(store, 9000, "K09", datetime(2026, 3, 1))
    with store.begin() as connection:
        month = read_month(connection, 2026, 2)
        raised = raise_alarms(connection, clusters(month, SETTINGS), datetime(2026, 3, 1))
    assert month.done["transfers", "clerk"].total() == len(done) + 16
    assert [(one.kind, one.group, one.who) for one in raised] == [("transfers", "clerk", "K07")]


def test_an_alarm_is_written_once(store: Engine) -> None:
    found = clusters(simulated(1, "transfers", extra=45), SETTINGS)
    now = datetime(2026, 3, 1)
    with store.begin() as connection:
        assert raise_alarms(connection, found, now) == found
        assert raise_alarms(connection, found, now) == []
    with store.connect() as connection:
        written = connection.execute(select(alarms)).all()
    assert len(written) == len(found)
    assert (written[0].kind, written[0].caller) == ("cluster_clerk_transfers", "K07")
    assert json.loads(written[0].detail)["month"] == "2026-02"
