"""What the rules look at, from the night and the database: for all customers as for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, Engine

from serving.customers.rights.objections import record_objection, withdraw_objection
from serving.decision.promises import Promise, keep_promise, write_promise
from serving.retention.rules import broken
from serving.retention.rules.facts import SINCE_EVER, Facts
from serving.retention.rules.gathering import gather, gathered
from serving.retention.rules.holds import Member, hold, release
from serving.retention.rules.night import NightFacts, with_delivered
from serving.retention.rules.recorded import CONTROL, TREATED
from tests.serving.retention.rules.people import (
    DAY,
    NIGHT,
    NOW,
    RULES,
    complain,
    contact,
    night,
    post,
    scores,
)

Write = Callable[[Connection], object]


def promise(customer_id: str, due: timedelta, key: str = "P") -> Promise:
    return Promise(key, customer_id, "callback", NOW - DAY, NOW + due, None)


def treated(connection: Connection, key: str, contact_id: str, event: str, at: Any) -> None:
    fields = {"contact_id": contact_id, "event": event, "campaign": "X", "arm": "treated"}
    post(connection, key, "C1", "contacts", at, **fields)


# What is recorded of C1, and the facts that follow from it.
RECORDED: dict[str, tuple[list[Write], dict[str, Any]]] = {
    "an objection": ([lambda c: record_objection(c, "C1", "K", NOW)], {"objection": True}),
    "one withdrawn": (
        [
            lambda c: record_objection(c, "C1", "K", NOW),
            lambda c: withdraw_objection(c, "C1", NOW),
        ],
        {},
    ),
    "a promise": ([lambda c: write_promise(c, promise("C1", DAY), "K")], {"open_promise": True}),
    "a broken one": (
        [lambda c: write_promise(c, promise("C1", -DAY), "K")],
        {"open_promise": True, "broken_promise": True},
    ),
    "a kept one": (
        [
            lambda c: write_promise(c, promise("C1", -DAY), "K"),
            lambda c: keep_promise(c, promise("C1", -DAY), NOW),
        ],
        {},
    ),
    "a hold": (
        [lambda c: hold(c, "A", [Member("C1", TREATED)], NOW + DAY, NOW)],
        {"held_by": "A"},
    ),
    "a control's": (
        [lambda c: hold(c, "A", [Member("C1", CONTROL)], NOW + DAY, NOW)],
        {"held_by": "A", "is_control": True},
    ),
    "an expired one": ([lambda c: hold(c, "A", [Member("C1")], NOW, NOW - DAY)], {}),
    "a released one": (
        [
            lambda c: hold(c, "A", [Member("C1")], NOW + DAY, NOW),
            lambda c: release(c, "A", NOW),
        ],
        {},
    ),
    "a complaint": ([lambda c: complain(c, "C1", "M1", "opened", NOW)], {"open_complaint": True}),
    "one closed": (
        [
            lambda c: complain(c, "C1", "M1", "opened", NOW),
            lambda c: complain(c, "C1", "M1", "closed", NOW),
        ],
        {},
    ),
    "one reopened": (
        [
            lambda c: complain(c, "C1", "M1", "closed", NOW),
            lambda c: complain(c, "C1", "M1", "reopened", NOW + DAY),
        ],
        {"open_complaint": True},
    ),
    "one that the lake has closed since": (
        [lambda c: complain(c, "C1", "M0", "opened", NIGHT - DAY)],
        {},
    ),
    "one that the lake knew, reopened": (
        [lambda c: complain(c, "C1", "M0", "reopened", NIGHT)],
        {"open_complaint": True},
    ),
    "a request to cancel": (
        [
            lambda c: complain(c, "C1", "M1", "opened", NOW, category="cancel_request"),
            lambda c: complain(c, "C1", "M1", "closed", NOW),
        ],
        {"cancel_requested": True},
    ),
    "a cancellation at the counter": (
        [lambda c: post(c, "e", "C1", "contracts", NOW, event="pre_cancelled")],
        {"cancel_requested": True},
    ),
    "a suspension": (
        [lambda c: post(c, "e", "C1", "contracts", NOW, event="suspended")],
        {"eligible": False},
    ),
    "one that has ended": (
        [
            lambda c: post(c, "e1", "C1", "contracts", NOW - DAY, event="suspended"),
            lambda c: post(c, "e2", "C1", "contracts", NOW, event="restored"),
        ],
        {},
    ),
    "a transfer to another owner": (
        [lambda c: post(c, "e", "C1", "contracts", NOW, event="transferred")],
        {"eligible": False},
    ),
    "a change of plan": (
        [lambda c: post(c, "e", "C1", "contracts", NOW, event="plan_changed")],
        {},
    ),
    "a call": ([lambda c: contact(c, "k", "C1", NOW)], {"contacts": 1}),
    "a visit to the store with two outcomes": (
        [
            lambda c: contact(c, "k1", "C1", NOW, decision_id="D", outcome="offer_refused"),
            lambda c: contact(c, "k2", "C1", NOW, decision_id="D", outcome="saved"),
        ],
        {"contacts": 1},
    ),
    "a message and its answer": (
        [
            lambda c: contact(c, "k1", "C1", NOW, outcome="sent"),
            lambda c: contact(c, "k2", "C1", NOW, outcome="offer_accepted", answers="k1"),
        ],
        {"contacts": 1},
    ),
    "a slip of the hand": (
        [
            lambda c: contact(c, "k1", "C1", NOW),
            lambda c: contact(c, "k2", "C1", NOW, outcome="undone", undoes="k1"),
        ],
        {},
    ),
    "a service at the store": (
        [lambda c: contact(c, "k", "C1", NOW, outcome="service_fixed")],
        {},
    ),
    "a campaign's call that ended in service": (
        [
            lambda c: contact(
                c, "k", "C1", NOW, outcome="service_fixed", started_by="us", campaign_id="A"
            )
        ],
        {"contacts": 1},
    ),
    "a call of long ago": ([lambda c: contact(c, "k", "C1", NOW - 30 * DAY)], {}),
    "a contact that another system posted": (
        [
            lambda c: treated(c, "e1", "X1", "sent", NOW),
            lambda c: treated(c, "e2", "X1", "reached", NOW),
        ],
        {"contacts": 1},
    ),
    "ours, posted again": (
        [lambda c: contact(c, "k", "C1", NOW), lambda c: treated(c, "e", "k", "sent", NOW)],
        {"contacts": 1},
    ),
    "one that the lake knows, and another": (
        [lambda c: contact(c, "L1", "C1", NOW), lambda c: contact(c, "k", "C1", NOW)],
        {"contacts": 2},
    ),
}


@pytest.fixture
def nights(tmp_path: Path) -> NightFacts:
    own = night(tmp_path, {"C0": {}, "C1": {}, "C2": {}})
    return NightFacts(**{**vars(own), "complaints": frozenset({"M0"})})


def of(facts: Facts, place: int) -> dict[str, Any]:
    return {own.name: getattr(facts, own.name)[place] for own in fields(facts)}


@pytest.mark.parametrize("what", RECORDED)
def test_what_is_recorded_of_a_customer_is_theirs_alone(
    store: Engine, nights: NightFacts, what: str
) -> None:
    writes, expected = RECORDED[what]
    if "lake knows" in what:
        import pandas as pd

        rows = pd.DataFrame({"customer_id": ["C1", "C9"], "contact_id": ["L1", "L2"]})
        nights = with_delivered(nights, rows)
    moment = NOW + 2 * DAY if "reopened" in what and "knew" not in what else NOW
    with store.begin() as connection:
        before = gathered(connection, night_without(nights), RULES, moment)
        for write in writes:
            write(connection)
        facts = gathered(connection, nights, RULES, moment)
        assert of(facts, 1) == of(before, 1) | expected
        assert [of(facts, own) for own in (0, 2)] == [of(before, own) for own in (0, 2)]
        for place, customer_id in enumerate(("C0", "C1", "C2")):
            alone = gathered(connection, nights, RULES, moment, customer_id)
            assert of(alone, 0) == of(facts, place)


def night_without(nights: NightFacts) -> NightFacts:
    return NightFacts(**{**vars(nights), "delivered": {}})


NIGHTS: list[tuple[Mapping[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"consent": False}, {"consent": False}),
    ({"universal_holdout": True}, {"universal_holdout": True}),
    ({"eligible": False}, {"eligible": False}),
    ({"revenue": None}, {"has_bill": False}),
    ({"open_complaint": True}, {"open_complaint": True}),
    ({"overdue": 12.34, "days_overdue": 7}, {"overdue_fen": 1234, "overdue_days": 7}),
    ({"overdue": 12.34}, {"overdue_fen": 1234, "overdue_days": SINCE_EVER}),
    ({"standing": "pre_cancelled"}, {"cancel_requested": True}),
    ({"days_since_cancel_request": 90}, {"cancel_requested": True}),
    ({"days_since_cancel_request": 91}, {}),
]


def test_what_the_night_says_is_taken_as_it_stands(store: Engine, tmp_path: Path) -> None:
    base = scores({f"C{place}": other for place, (other, _) in enumerate([({}, {}), *NIGHTS])})
    with store.connect() as connection:
        facts = gather(tmp_path, connection, base, RULES, NOW)
    free = of(facts, 0)
    for place, (_, expected) in enumerate(NIGHTS, start=1):
        assert of(facts, place) == free | expected | {"customer_ids": f"C{place}"}


def test_scores_of_an_earlier_version_will_do(store: Engine, tmp_path: Path) -> None:
    """They do not say how old a debt is, nor who requested to cancel."""
    later = ["days_overdue", "days_since_cancel_request", "standing", "overdue"]
    base = scores({"C0": {}, "C1": {"overdue": 12.0}})
    with store.connect() as connection:
        facts = gather(tmp_path, connection, base.drop(columns=later), RULES, NOW)
        assert facts.overdue_fen.tolist() == [0, 0]
        assert not facts.cancel_requested.any()
        facts = gather(tmp_path, connection, base.drop(columns=later[:3]), RULES, NOW)
    assert facts.overdue_days.tolist() == [0, SINCE_EVER]


ADDING: list[Write] = [
    lambda c: record_objection(c, "C1", "K", NOW),
    lambda c: write_promise(c, promise("C1", DAY, "open"), "K"),
    lambda c: write_promise(c, promise("C1", -DAY, "broken"), "K"),
    lambda c: hold(c, "A", [Member("C1", CONTROL)], NOW + DAY, NOW),
    lambda c: complain(c, "C1", "M1", "opened", NOW),
    lambda c: complain(c, "C1", "M2", "opened", NOW, category="cancel_request"),
    lambda c: post(c, "left", "C1", "contracts", NOW, event="pre_cancelled"),
    lambda c: contact(c, "call", "C1", NOW),
    lambda c: contact(c, "visit", "C1", NOW, decision_id="D", outcome="offer_refused"),
    lambda c: treated(c, "post", "X1", "sent", NOW),
]


@pytest.mark.parametrize("seed", range(3))
def test_each_fact_that_is_recorded_against_a_contact_only_adds_to_the_rules(
    store: Engine, nights: NightFacts, seed: int
) -> None:
    """In whatever order, and whatever the night says."""
    random = Random(seed)
    said = random.choice([{}, {"consent": np.array([False] * 3)}, {"eligible": np.zeros(3, bool)}])
    nights = NightFacts(**{**vars(nights), **said})
    with store.begin() as connection:
        before: set[str] = set()
        for write in random.sample(ADDING, len(ADDING)):
            write(connection)
            found = broken(gathered(connection, nights, RULES, NOW, "C1"), RULES, "A")
            now = {rule for rule, flags in found.items() if flags[0]}
            assert before <= now
            before = now
        assert {"contact_cap", "open_complaint", "broken_promise", "cancel_requested"} <= before
