"""A copy has everything that is held, where it came from, and who was shown it."""

from __future__ import annotations

import json

import pytest

from features.errors import UnknownCustomers
from serving.customers.rights.copies import copy_of, write_copy
from tests.serving.customers.rights.conftest import PHONE, Traces
from tests.serving.customers.rights.test_erasure import found_in_tables


def test_everything_that_is_held_is_in_it(traces: Traces) -> None:
    held = copy_of(traces.home, traces.engine, traces.own, traces.now)
    assert set(held["feeds"]) >= {"customers", "contracts", "usage"}
    fact = held["feeds"]["customers"][0]
    assert fact["customer_id"] == traces.own
    assert {"event_time", "known_at", "part", "city"} <= set(fact)
    of_persons = set(found_in_tables(traces.engine, traces.own)) - {
        "views", "alarms", "person_keys",
    }  # fmt: skip
    assert set(held["store"]) == of_persons == {"phones", "decisions", "objections"}
    assert held["phone"] == f"+86{PHONE}"
    assert held["latest"]["tenure_days"] > 0
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


def test_who_is_not_known_has_no_copy(traces: Traces) -> None:
    with pytest.raises(UnknownCustomers):
        copy_of(traces.home, traces.engine, "C9999999", traces.now)
