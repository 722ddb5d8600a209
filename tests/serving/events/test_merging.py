"""A posted fact and the lake's are one fact, in whatever order they come."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from serving.events.ledger import Event
from serving.events.merging import Posted, met, with_events

AT = datetime(2026, 3, 2, 14, 30)
HOUR = timedelta(hours=1)
PAYMENT = Event("k1", "payments", "C1", AT, AT, {"payment_id": "P1", "amount_fen": 5000})
CHANGE = Event("k2", "contracts", "C1", AT, AT, {"event": "plan_changed", "plan": "A"})
SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("payment_id", pa.string()),
        ("amount_fen", pa.int64()),
        ("event_time", pa.timestamp("us")),
        ("known_at", pa.timestamp("us")),
        ("superseded_at", pa.timestamp("us")),
    ]
)


def delivered(event: Event, known_at: datetime, **own: Any) -> dict[str, Any]:
    clocks = {"event_time": event.event_time, "known_at": known_at}
    return {"customer_id": "C1", **event.fields, **clocks, **own}


def test_a_fact_that_the_lake_does_not_know_counts_and_stays() -> None:
    (own,) = met([PAYMENT], [delivered(PAYMENT, AT, payment_id="P2")])
    assert own.counts
    assert own.superseded_at is own.delivered_at is None


def test_what_the_lake_knew_by_then_is_the_lakes_be_it_corrected() -> None:
    for known_at in (AT - HOUR, AT):
        (own,) = met([PAYMENT], [delivered(PAYMENT, known_at, amount_fen=9)])
        assert not own.counts


def test_what_the_lake_learns_later_supersedes_the_post_from_then_on() -> None:
    rows = [delivered(PAYMENT, AT + HOUR), delivered(PAYMENT, AT + 2 * HOUR, amount_fen=9)]
    (own,) = met([PAYMENT], rows)
    assert own.counts
    assert own.superseded_at == own.delivered_at == AT + HOUR


def test_of_two_posts_of_one_fact_the_later_counts() -> None:
    first, second = met([PAYMENT, replace(PAYMENT, key="k3", known_at=AT + HOUR)], [])
    assert first.superseded_at == AT + HOUR
    assert second.superseded_at is None


def test_an_extract_that_knows_the_day_alone_brings_the_same_fact() -> None:
    midnight = datetime(2026, 3, 2)
    (own,) = met([CHANGE], [delivered(CHANGE, AT + HOUR, event_time=midnight)])
    assert own.delivered_at == AT + HOUR
    (other,) = met([CHANGE], [delivered(CHANGE, AT + HOUR, event_time=midnight - HOUR)])
    assert other.delivered_at is None


def test_two_changes_of_one_day_are_two_facts_and_meet_one_each() -> None:
    second = replace(CHANGE, key="k3", event_time=AT + HOUR, known_at=AT + HOUR)
    one = [delivered(CHANGE, AT + 9 * HOUR)]
    assert [own.counts for own in met([CHANGE, second], one)] == [True, True]
    assert [own.delivered_at for own in met([CHANGE, second], one)] == [AT + 9 * HOUR, None]
    both = [*one, delivered(second, AT + 9 * HOUR)]
    assert {own.delivered_at for own in met([CHANGE, second], both)} == {AT + 9 * HOUR}


def test_after_a_night_that_has_the_fact_it_is_not_new() -> None:
    found = met([PAYMENT], [delivered(PAYMENT, AT + HOUR)])
    midnight = datetime(2026, 3, 3)
    assert Posted(found, midnight).new == []
    assert Posted(found, AT + HOUR).new == found  # the night counts what was known before it
    assert Posted(found, None).new == found  # another night's rows
    assert Posted(met([PAYMENT], []), midnight).new_at(AT) == []
    assert len(Posted(met([PAYMENT], []), midnight).new_at(AT + HOUR)) == 1


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=6), st.integers(0, 12))
def test_at_every_moment_a_fact_is_known_once(versions: list[tuple[int, int]], hour: int) -> None:
    hours = sorted({at: amount for at, amount in versions}.items())
    rows = [delivered(PAYMENT, AT + at * HOUR, amount_fen=amount) for at, amount in hours]
    ends = [*(row["known_at"] for row in rows[1:]), None][: len(rows)]
    rows = [row | {"superseded_at": end} for row, end in zip(rows, ends, strict=True)]
    event = replace(PAYMENT, known_at=AT + 3 * HOUR)
    table = with_events(pa.Table.from_pylist(rows, SCHEMA), met([event], rows))
    moment = AT + hour * HOUR
    alive = [
        row for row in table.to_pylist()
        if row["known_at"] < moment
        and (row["superseded_at"] is None or row["superseded_at"] >= moment)
    ]  # fmt: skip
    first = min([AT + 3 * HOUR, *(row["known_at"] for row in rows)])
    assert len(alive) == (1 if first < moment else 0)
