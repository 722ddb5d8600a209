"""What the night keeps of customers for the rules: found by id, with what the lake delivered."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from features.errors import UnknownCustomers
from serving.retention.rules.night import (
    COLUMNS,
    delivered_contacts,
    known_complaints,
    night_facts,
)
from serving.retention.rules.recorded import PostedFact
from serving.scores import last_scores
from tests.conftest import SmallHome
from tests.facts import Fact, day, fact, import_facts, joined, used
from tests.serving.retention.rules.people import RULES, night, scores

AS_OF = day(0)
DAYS = RULES.contact_days


def met(contact_id: str, at: float, event: str = "sent", **more: object) -> Fact:
    known = more.pop("known", None)
    known_at = None if known is None else day(float(str(known)))
    return fact(
        "contacts", "C1", day(at), known_at, contact_id=contact_id, event=event,
        **{"arm": "treated", **more},
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    facts = [
        *joined("C1"), used("C1", -3),
        met("old", -DAYS - 0.5),
        met("first", -DAYS + 0.5, "assigned"), met("first", -DAYS + 1),
        met("sent late", -DAYS - 3, "assigned"), met("sent late", -DAYS + 2),
        met("sent early", -DAYS - 3), met("sent early", -DAYS + 2, "answered"),
        met("drawn", -2, "assigned"),
        met("control", -2, "assigned", arm="control"),
        met("after the night", 0.5),
        met("known late", -5, known=0.7),
        met("corrected", -4), met("corrected", -4, arm="control", known=-3),
        fact("complaints", "C1", day(-40), complaint_id="M0", event="opened"),
        fact("complaints", "C1", day(-40), day(-2), complaint_id="M1", event="opened"),
        fact("complaints", "C1", day(0.2), complaint_id="M2", event="opened"),
    ]  # fmt: skip
    import_facts(tmp_path / "home", facts, tmp_path / "raw")
    return tmp_path / "home"


def test_the_lakes_contacts_count_back_from_the_night(home: Path) -> None:
    """Each once, from when it was sent; a control is not contacted, as it was last known."""
    expected = {"first", "sent late", "drawn", "after the night", "known late"}
    for now in (day(1), day(100)):  # today's clock may be long after the data
        found = delivered_contacts(home, AS_OF, DAYS, now)
        assert set(found["contact_id"]) == expected
        assert set(found["customer_id"]) == {"C1"}
    found = delivered_contacts(home, AS_OF, DAYS, AS_OF)
    assert set(found["contact_id"]) == expected - {"after the night", "known late"}


def test_a_home_without_contacts_has_none(tmp_path: Path) -> None:
    assert len(delivered_contacts(tmp_path, AS_OF, DAYS, AS_OF)) == 0
    assert known_complaints(tmp_path, AS_OF) == frozenset()


def test_of_a_complaint_that_the_night_knows_only_what_is_new_counts(home: Path) -> None:
    own = night_facts(home, scores({"C1": {}}, AS_OF), RULES, AS_OF)
    assert own.complaints == {"M1", "M2"}
    second = timedelta(seconds=1)
    for complaint, known_at, lacks in (
        ("M0", AS_OF - second, True),
        ("M1", AS_OF - second, False),
        ("M1", AS_OF, True),
    ):
        fields = {"complaint_id": complaint}
        assert own.lacks(PostedFact("C1", "complaints", known_at, known_at, fields)) == lacks


def test_contacts_are_of_the_customers_of_the_night(home: Path) -> None:
    own = night_facts(home, scores({"C0": {}, "C1": {}}, AS_OF), RULES, day(1))
    assert {place: len(found) for place, found in own.delivered.items()} == {1: 5}
    other = night_facts(home, scores({"C0": {}}, AS_OF), RULES, day(1))
    assert other.delivered == {}


def test_customers_are_found_whatever_their_ids_and_order(tmp_path: Path) -> None:
    ids = ["C10", "C1", "客户7", "a b", "C2", "Z" * 64]
    own = night(tmp_path, {customer: {} for customer in ids})
    assert [own.place(customer) for customer in ids] == list(range(len(ids)))
    for other in ("C", "C3", "c1", "", "客户", "Z" * 63, "Z" * 65, "zz"):
        assert own.place(other) is None
        with pytest.raises(UnknownCustomers):
            own.need(other)


def test_the_columns_named_are_all_that_is_looked_at(small_home: SmallHome) -> None:
    whole, few = last_scores(small_home.home), last_scores(small_home.home, COLUMNS)
    assert set(few.columns) == set(COLUMNS) < set(whole.columns)
    one, other = (
        night_facts(small_home.home, rows, RULES, small_home.as_of) for rows in (whole, few)
    )
    for name, value in vars(one).items():
        assert np.array_equal(value, getattr(other, name)), name
