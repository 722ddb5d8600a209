"""The row after a posted fact is the row that the builder makes of a lake that has the fact."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine

from features.builder.parts import matrix_rows
from features.engine.store import Histories, build_histories, open_histories
from features.errors import UnknownCustomers
from features.feeds import CLOCKS, FEEDS
from features.imports.sources import import_feeds
from features.lake import feed_columns
from serving.events.ledger import Event, record
from serving.nightly import score_base
from serving.scores.fresh import Fresh
from serving.scores.latest import Latest, Rows, rows_of
from tests.conftest import SmallHome
from tests.facts import ARROW

NOW = timedelta(hours=14, minutes=33, seconds=7, microseconds=250_001)
PLANS = ("Global 59", "Zone 19", "Easy 25", "Global 239")
PARTS = {
    "complaints": {"complaints", "topics"},
    "payments": {"payments", "accounts"},
    "contracts": {"standing", "plan_fit", "bills"},
    "surveys": {"surveys"},
    "contacts": {"contacts"},
}


def fields_of(feed: str, number: int, event: str) -> dict[str, Any]:
    match feed:
        case "complaints":
            return {
                "complaint_id": f"new{number}", "event": event, "channel": "store",
                "category": "network", "severity": 1 + number % 5, "rating": None,
                "text": "no network at home",
            }  # fmt: skip
        case "payments":
            return {"payment_id": f"new{number}", "amount_fen": 2000 + 700 * number}
        case "contracts":
            plan = PLANS[number % len(PLANS)]
            return {"event": event, "plan": plan, "contract_end": "2027-01-31",
                    "reason": None, "rival": None}  # fmt: skip
        case "surveys":
            return {"survey_id": f"new{number}", "score": number % 11, "channel": "app",
                    "text": None}  # fmt: skip
        case _:
            return {
                "contact_id": f"new{number}", "event": event, "campaign": "q2", "arm": "treated",
                "propensity_ppm": 500_000, "channel": "sms", "offer": None, "cost_fen": 10,
            }  # fmt: skip


KINDS = (
    ("complaints", "opened"), ("payments", ""), ("contracts", "plan_changed"), ("surveys", ""),
    ("contacts", "sent"), ("contracts", "pre_cancelled"), ("contracts", "suspended"),
)  # fmt: skip


@dataclass(frozen=True)
class Posting:
    """Facts posted during the day after the night, and the moment of the next request."""

    events: list[Event]
    moment: datetime
    bystanders: list[str]


def posting(as_of: datetime, customers: Sequence[str]) -> Posting:
    """Of each kind some facts, each of another customer; and one customer with one of each."""
    events = []
    for number, customer_id in enumerate(customers[:35]):
        feed, event = KINDS[number % len(KINDS)]
        at = as_of + timedelta(minutes=9 * number + 1, seconds=number)
        fields = fields_of(feed, number, event)
        events.append(Event(f"k{number}", feed, customer_id, at, at, fields))
    for number, (feed, event) in enumerate(KINDS[:5], start=100):
        at = as_of - timedelta(days=number - 99)  # posted later than it happened
        known_at = as_of + timedelta(hours=9, minutes=number)
        fields = fields_of(feed, number, event)
        events.append(Event(f"k{number}", feed, customers[35], at, known_at, fields))
    return Posting(events, as_of + NOW, list(customers[36:]))


def customers_of(latest: Latest) -> list[str]:
    found = latest._connection.execute("select customer_id from rows order by customer_id")
    return [own for (own,) in found]


def imported(home: Path, to: Path, events: Sequence[Event]) -> Path:
    """A copy of the home whose lake has the same facts."""
    shutil.copytree(home, to)
    deliver(to, events)
    build_histories(to)
    return to


def deliver(home: Path, events: Sequence[Event]) -> None:
    """Import these facts, as the operator's own extract brings them."""
    now = max(event.known_at for event in events) + timedelta(hours=1)
    folder = Path(mkdtemp(dir=home))
    mapping = ["max_bad_share = 0.0"]
    for feed in sorted({event.feed for event in events}):
        rows = [row_of(event) for event in events if event.feed == feed]
        types = {column.name: ARROW[column.type] for column in FEEDS[feed].columns}
        types |= dict.fromkeys(CLOCKS, ARROW["timestamp"])
        schema = pa.schema([(name, types[name]) for name in feed_columns(home, feed)])
        pq.write_table(pa.Table.from_pylist(rows, schema), folder / f"{feed}.parquet")
        mapping += [f"[feed.{feed}]", f"sql = \"from '{feed}.parquet'\""]
        mapping += [f'{clock} = "{clock}"' for clock in CLOCKS]
    (folder / "mapping.toml").write_text("\n".join(mapping), "utf-8")
    import_feeds(home, folder / "mapping.toml", folder, now)


def row_of(event: Event) -> dict[str, Any]:
    clocks = {"event_time": event.event_time, "known_at": event.known_at}
    row = {**event.fields, "customer_id": event.customer_id, **clocks}
    if row.get("contract_end"):
        row["contract_end"] = date.fromisoformat(row["contract_end"])
    return row


@pytest.fixture(scope="module")
def posted(small_home: SmallHome) -> Posting:
    latest = Latest(small_home.home)
    found = posting(small_home.as_of, customers_of(latest)[::3])
    latest.close()
    return found


@pytest.fixture(scope="module")
def lake(
    small_home: SmallHome, posted: Posting, tmp_path_factory: pytest.TempPathFactory
) -> Histories:
    """The histories of a lake into which the posted facts were imported."""
    to = tmp_path_factory.mktemp("lake") / "home"
    return open_histories(imported(small_home.home, to, posted.events))


def fresh_of(home: Path, store: Engine, moment: datetime) -> Fresh:
    return Fresh(home, store, lambda: moment, max_age_days=31)


def post(store: Engine, events: Sequence[Event]) -> None:
    with store.begin() as connection:
        for event in events:
            record(connection, event, "key")


def same(found: Rows, expected: Rows) -> bool:
    return (
        found.numbers.tobytes() == expected.numbers.tobytes()
        and found.categories == expected.categories
        and found.sums.tolist() == expected.sums.tolist()
    )


@pytest.mark.slow
def test_the_row_after_a_posted_fact_is_that_of_a_lake_that_has_it(
    small_home: SmallHome, store: Engine, posted: Posting, lake: Histories
) -> None:
    latest = Latest(small_home.home)
    fresh = fresh_of(small_home.home, store, posted.moment)
    post(store, posted.events)
    customers = sorted({event.customer_id for event in posted.events})
    found = fresh.rows(latest, customers)
    whole = matrix_rows(lake, posted.moment, customers)
    assert whole["customer_id"].tolist() == customers
    built = rows_of(whole, lake.features)
    night = latest.rows(customers)
    for place, customer_id in enumerate(customers):
        own = [event for event in posted.events if event.customer_id == customer_id]
        assert found.events[place] == len(own)
        parts = set().union(*(PARTS[event.feed] for event in own))
        for at, feature in enumerate(lake.features):
            expected = built if feature.stream in parts else night
            where = f"{feature.name} of {customer_id} after {[event.feed for event in own]}"
            if feature.is_category:
                values = (
                    rows.categories[place].get(feature.name) for rows in (found.rows, expected)
                )
                first, second = values
                assert first == second, where
            else:
                np.testing.assert_array_equal(
                    found.rows.numbers[place, at], expected.numbers[place, at], where
                )
    assert not same(found.rows, night)


def test_a_customer_whose_contract_was_transferred_has_no_row_any_more(
    small_home: SmallHome, store: Engine, posted: Posting
) -> None:
    """As the builder makes none; until the same contract is restored, if it was a mistake."""
    latest, (own, other, *_) = Latest(small_home.home), posted.bystanders
    at = posted.moment - timedelta(hours=1)
    transfer = Event("t1", "contracts", own, at, at, fields_of("contracts", 1, "transferred"))
    post(store, [transfer])
    fresh = fresh_of(small_home.home, store, posted.moment)
    with pytest.raises(UnknownCustomers, match="not in the network any more") as refused:
        fresh.rows(latest, [other, own])
    assert refused.value.details == {"customer_ids": [own]}
    assert same(fresh.rows(latest, [other]).rows, latest.rows([other]))
    assert fresh.rows(latest, [own], moment=at).events == [0]
    later = at + timedelta(minutes=5)
    back = Event("t2", "contracts", own, later, later, fields_of("contracts", 1, "restored"))
    post(store, [back])
    assert fresh.rows(latest, [own]).events == [2]


def test_a_posted_fact_changes_no_other_customers_row(
    small_home: SmallHome, store: Engine, posted: Posting
) -> None:
    latest = Latest(small_home.home)
    post(store, posted.events)
    fresh = fresh_of(small_home.home, store, posted.moment)
    assert posted.bystanders
    found = fresh.rows(latest, posted.bystanders)
    assert same(found.rows, latest.rows(posted.bystanders))
    assert set(found.events) == {0}
    both = [posted.events[0].customer_id, *posted.bystanders]
    beside = fresh.rows(latest, both).rows
    assert beside.numbers[1:].tobytes() == latest.rows(posted.bystanders).numbers.tobytes()


def test_a_fact_known_later_than_the_request_is_not_used(
    small_home: SmallHome, store: Engine, posted: Posting
) -> None:
    latest, event = Latest(small_home.home), posted.events[0]
    post(store, [event])
    ids = [event.customer_id]
    before = fresh_of(small_home.home, store, event.known_at).rows(latest, ids)
    assert before.events == [0]
    assert same(before.rows, latest.rows(ids))
    after = fresh_of(small_home.home, store, event.known_at + timedelta(microseconds=1))
    assert after.rows(latest, ids).events == [1]


def test_a_row_of_a_named_moment_has_what_was_posted_by_then(
    small_home: SmallHome, store: Engine, posted: Posting
) -> None:
    """Whenever it is computed: so a decision's row is that of the decision's moment."""
    latest, event = Latest(small_home.home), posted.events[0]
    post(store, [event])
    ids = [event.customer_id]
    at = event.known_at + timedelta(minutes=3)
    then = fresh_of(small_home.home, store, at).rows(latest, ids)
    later = fresh_of(small_home.home, store, at + timedelta(days=9))
    assert same(later.rows(latest, ids, moment=at).rows, then.rows)
    assert not same(later.rows(latest, ids).rows, then.rows)
    assert later.rows(latest, ids, moment=event.known_at).events == [0]


@pytest.mark.slow
def test_the_next_request_of_another_worker_uses_the_fact(
    small_home: SmallHome, store: Engine, posted: Posting
) -> None:
    latest, (first, second) = Latest(small_home.home), posted.events[:2]
    worker = fresh_of(small_home.home, store, posted.moment)
    ids = [first.customer_id, second.customer_id]
    assert worker.rows(latest, ids).events == [0, 0]
    post(store, [first])
    assert worker.have_events(ids)
    assert worker.rows(latest, ids).events == [1, 0]
    post(store, [second])
    assert worker.rows(latest, ids).events == [1, 1]


@pytest.mark.slow
def test_the_operators_extract_brings_the_same_fact_once(
    small_home: SmallHome, store: Engine, posted: Posting, tmp_path: Path
) -> None:
    """Late and corrected: the post counts until the lake knows better, and until a night has it."""
    event = next(own for own in posted.events if own.feed == "payments")
    corrected = replace(
        event,
        known_at=posted.moment - timedelta(hours=1),
        fields={**event.fields, "amount_fen": 123},
    )
    home, ids = tmp_path / "lake", [event.customer_id]
    small_home.copied_to(home)
    post(store, [event])
    night = Latest(home)
    fresh = fresh_of(home, store, posted.moment)
    first = fresh.rows(night, ids)
    assert first.events == [1]

    deliver(home, [corrected])
    assert fresh.rows(night, ids).rows.numbers.tobytes() == first.rows.numbers.tobytes()
    build_histories(home)  # the lake has it; the night's rows do not
    found, lake = fresh.rows(night, ids), open_histories(home)
    assert found.events == [1]
    built = rows_of(matrix_rows(lake, posted.moment, ids), lake.features)
    for at, feature in enumerate(lake.features):
        if feature.stream in PARTS["payments"]:
            np.testing.assert_array_equal(found.rows.numbers[0, at], built.numbers[0, at])
    assert found.rows.numbers.tobytes() != first.rows.numbers.tobytes()

    score_base(home, small_home.as_of + timedelta(days=1))
    again = Latest(home)
    later = fresh_of(home, store, posted.moment + timedelta(days=1)).rows(again, ids)
    assert later.events == [0]
    assert same(later.rows, again.rows(ids))


def test_without_a_lake_the_nights_rows_are_marked(
    small_home: SmallHome, store: Engine, posted: Posting, tmp_path: Path
) -> None:
    shutil.copy(small_home.home / "latest.sqlite", tmp_path)
    event, latest = posted.events[0], Latest(tmp_path)
    post(store, [event])
    ids = [event.customer_id, posted.bystanders[0]]
    found = fresh_of(tmp_path, store, posted.moment).rows(latest, ids)
    assert found.events == [0, 0]
    assert found.unused == [True, False]
    assert same(found.rows, latest.rows(ids))
