"""A posted fact is checked as an import checks it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from features.errors import RequestRefused
from features.feeds import FEEDS
from serving.events.checking import POSTED, check_fact, check_time

NOW = datetime(2026, 3, 2, 14, 30)
GOOD: dict[str, dict[str, Any]] = {
    "complaints": {"complaint_id": "K1", "event": "opened"},
    "payments": {"payment_id": "P1", "amount_fen": 5000},
    "contracts": {"event": "plan_changed", "plan": "Zone 19", "contract_end": "2027-03-01"},
    "surveys": {"survey_id": "S1", "score": 0},
    "contacts": {"contact_id": "O1", "event": "sent", "campaign": "q2", "arm": "treated"},
}


@pytest.mark.parametrize("feed", POSTED)
def test_a_good_fact_of_each_feed_is_taken(feed: str) -> None:
    check_fact(feed, GOOD[feed], NOW)


@pytest.mark.parametrize(
    ("feed", "own", "words"),
    [
        ("complaints", {"event": "shouted"}, "event is none of opened, closed, reopened, rated"),
        ("complaints", {"severity": 6}, "severity > 5"),
        ("complaints", {"complaint_id": " "}, "complaint_id is empty"),
        ("payments", {"amount_fen": 0}, "amount_fen < 1"),
        ("payments", {"amount_fen": "12"}, "amount_fen is not a whole number"),
        ("payments", {"amount_fen": True}, "amount_fen is not a whole number"),
        ("payments", {"amount_fen": None}, "amount_fen is missing"),
        ("contracts", {"contract_end": "31.1.2027"}, "contract_end is not a date"),
        ("contracts", {"contract_end": "1900-01-01"}, "contract_end is a placeholder"),
        ("surveys", {"score": 11}, "score > 10"),
        ("contacts", {"arm": None}, "arm is missing"),
        ("contacts", {"campaign": 7}, "campaign is not text"),
        ("contacts", {"phone": "1"}, "has no field phone"),
        ("contacts", {"customer_id": "C2"}, "has no field customer_id"),
    ],
)
def test_a_bad_fact_is_refused_in_the_words_of_an_import(
    feed: str, own: dict[str, Any], words: str
) -> None:
    with pytest.raises(RequestRefused, match=words) as refusal:
        check_fact(feed, GOOD[feed] | own, NOW)
    assert refusal.value.code == "event"


def test_a_required_field_may_not_be_absent() -> None:
    with pytest.raises(RequestRefused, match="amount_fen is missing"):
        check_fact("payments", {"payment_id": "P1"}, NOW)


@pytest.mark.parametrize("event", ["started", "cancelled", "ported"])
def test_a_start_and_an_end_come_with_the_extract(event: str) -> None:
    with pytest.raises(RequestRefused, match="come with the operator's extract"):
        check_fact("contracts", {"event": event}, NOW)


def test_a_transfer_to_another_owner_is_taken() -> None:
    check_fact("contracts", {"event": "transferred"}, NOW)


def test_sql_in_a_value_is_a_value() -> None:
    text = "'); DROP TABLE events; --"
    check_fact("complaints", GOOD["complaints"] | {"text": text, "complaint_id": text}, NOW)


def test_what_is_to_come_and_what_is_long_ago_is_refused() -> None:
    check_time("payments", NOW, NOW, 31)
    check_time("payments", NOW - timedelta(days=31), NOW, 31)
    with pytest.raises(RequestRefused, match="is a future date"):
        check_time("payments", NOW + timedelta(seconds=1), NOW, 31)
    with pytest.raises(RequestRefused, match="more than 31 days ago"):
        check_time("payments", NOW - timedelta(days=31, seconds=1), NOW, 31)


def test_each_feed_that_is_posted_is_about_a_customer() -> None:
    assert all(FEEDS[feed].columns[0].name == "customer_id" for feed in POSTED)
