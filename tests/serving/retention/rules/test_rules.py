"""The table of rules: each protects whom it says, and a fact more never lets a customer in."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert

from features.errors import RequestRefused, UnknownCustomers
from features.words import words
from serving.database.tables import campaigns
from serving.retention.rules import RULES as TABLE
from serving.retention.rules import broken, check, free
from serving.retention.rules.facts import Facts
from serving.retention.rules.holds import Member, hold
from serving.retention.rules.recorded import CONTROL, TREATED
from tests.serving.retention.rules import people
from tests.serving.retention.rules.people import NOW, RULES, contact, names, night

FLAGS = [own.name for own in fields(Facts) if own.type == "Flags"]
# By fact the values that speak against a contact, each more than the one before.
WORSE: dict[str, list[Any]] = {
    **{name: [False, True] for name in FLAGS},
    **{name: [True, False] for name in ("consent", "eligible", "has_bill")},
    "contacts": [0, 1, 2, 40],
    "held_by": ["", "A"],
    "overdue_fen": [0, RULES.arrears_fen - 1, RULES.arrears_fen, 10**6],
    "overdue_days": [0, RULES.arrears_days - 1, RULES.arrears_days, 400],
}
ONE_BREAKS: dict[str, dict[str, Any]] = {
    "no_consent": {"consent": False},
    "universal_holdout": {"universal_holdout": True},
    "open_complaint": {"open_complaint": True},
    "not_eligible": {"eligible": False},
    "objection": {"objection": True},
    "no_closed_bill": {"has_bill": False},
    "contact_cap": {"contacts": RULES.contact_cap},
    "open_promise": {"open_promise": True},
    "broken_promise": {"broken_promise": True},
    "held": {"held_by": "A"},
    "control_group": {"is_control": True},
    "arrears": {"overdue_fen": RULES.arrears_fen, "overdue_days": RULES.arrears_days},
    "cancel_requested": {"cancel_requested": True},
}


def differing(**other: Any) -> Facts:
    """The facts of one customer who differs in these from one whom no rule protects."""
    own = people.free()
    changed: dict[str, Any] = {
        name: np.array([value], dtype=getattr(own, name).dtype) for name, value in other.items()
    }
    return replace(own, **changed)


def test_whom_no_rule_protects_is_free() -> None:
    found = broken(people.free(3), RULES)
    assert list(found) == list(TABLE)
    assert free(found).tolist() == [True, True, True]


@pytest.mark.parametrize("rule", TABLE)
def test_each_rule_protects_by_its_own_fact(rule: str) -> None:
    assert names(broken(differing(**ONE_BREAKS[rule]), RULES)) == [rule]


@pytest.mark.parametrize(
    "other",
    [
        {"contacts": RULES.contact_cap - 1},
        {"overdue_fen": RULES.arrears_fen - 1, "overdue_days": 400},
        {"overdue_fen": 10**6, "overdue_days": RULES.arrears_days - 1},
    ],
)
def test_short_of_its_number_a_rule_protects_no_customer(other: dict[str, Any]) -> None:
    assert names(broken(differing(**other), RULES)) == []


def test_a_campaigns_own_holds_do_not_count_and_its_controls_do() -> None:
    assert names(broken(differing(held_by="A"), RULES, "A")) == []
    assert names(broken(differing(held_by="A"), RULES, "B")) == ["held"]
    control = differing(held_by="A", is_control=True)
    assert names(broken(control, RULES, "A")) == ["control_group"]


@given(st.data(), st.sampled_from(["", "A", "B"]))
def test_a_fact_more_against_a_contact_never_lets_a_customer_in(
    data: st.DataObject, campaign: str
) -> None:
    """Each fact is drawn twice, as it was and no better: no rule protects fewer for it."""
    before, after = {}, {}
    for name, values in WORSE.items():
        first = data.draw(st.integers(0, len(values) - 1), label=name)
        before[name] = values[first]
        after[name] = values[data.draw(st.integers(first, len(values) - 1), label=name)]
    was, now = (broken(differing(**own), RULES, campaign) for own in (before, after))
    assert set(names(was)) <= set(names(now))
    assert free(was)[0] or not free(now)[0]


def test_every_fact_can_speak_against_a_contact() -> None:
    """A new fact also needs a line above."""
    assert {own.name for own in fields(Facts)} - {"customer_ids"} == set(WORSE)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_rule_has_its_words(language: str) -> None:
    assert set(words(language, "contact")) == {*TABLE, "not_held", "list_expired"}
    assert set(TABLE) <= set(words(language, "list"))


def test_the_page_has_every_rule_in_order() -> None:
    page = (Path(__file__).parents[4] / "docs" / "retention.md").read_text("utf-8")
    table = page.partition("## Rules of contact")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.M) == list(TABLE)


def refusal(store: Engine, home: Path, campaign: str | None, at: datetime = NOW) -> str | None:
    """The rule that forbids the contact, null where none does."""
    own = night(home, {"C1": {}})
    with store.connect() as connection:
        try:
            check(connection, own, RULES, "C1", campaign, at)
        except RequestRefused as error:
            return f"{error.code}: {error.details['rule']}".removeprefix("contact_forbidden: ")
    return None


def test_the_first_rule_that_forbids_is_named(store: Engine, tmp_path: Path) -> None:
    own = night(tmp_path, {"C1": {}, "C2": {"consent": False, "universal_holdout": True}})
    with store.connect() as connection, pytest.raises(RequestRefused, match="not consented"):
        check(connection, own, RULES, "C2", None, NOW)


def test_who_is_not_in_the_network_is_unknown(store: Engine, tmp_path: Path) -> None:
    own = night(tmp_path, {"C1": {}})
    with store.connect() as connection, pytest.raises(UnknownCustomers, match="not in the network"):
        check(connection, own, RULES, "C11", None, NOW)


def test_a_campaign_contacts_only_whom_it_holds_and_for_so_long(
    store: Engine, tmp_path: Path
) -> None:
    assert refusal(store, tmp_path, None) is None
    assert refusal(store, tmp_path, "A") == "not_held"
    until = NOW + timedelta(days=3)
    with store.begin() as connection:
        hold(connection, "A", [Member("C1", TREATED, 0.9)], until, NOW)
    assert refusal(store, tmp_path, "A") is None
    assert refusal(store, tmp_path, "B") == "held"
    assert refusal(store, tmp_path, None) == "held"
    assert refusal(store, tmp_path, "A", until) == "not_held"
    assert refusal(store, tmp_path, None, until) is None


def test_a_campaign_contacts_no_one_once_its_list_has_expired(
    store: Engine, tmp_path: Path
) -> None:
    """Its customers stay held until the labels are known, and no other takes them."""
    expires = NOW + timedelta(days=2)
    with store.begin() as connection:
        connection.execute(insert(campaigns).values(campaign("A", expires)))
        hold(connection, "A", [Member("C1", TREATED, 0.9)], NOW + timedelta(days=30), NOW)
    assert refusal(store, tmp_path, "A", expires - timedelta(seconds=1)) is None
    assert refusal(store, tmp_path, "A", expires) == "list_expired"
    assert refusal(store, tmp_path, "B", expires) == "held"


def campaign(own: str, expires_at: datetime) -> dict[str, Any]:
    return {
        "id": own, "state": "ready", "purpose": "retention", "owner": "lin", "requested_by": "lin",
        "request": "{}", "created_at": NOW, "expires_at": expires_at, "seed": 1,
    }  # fmt: skip


def test_a_control_is_contacted_by_no_campaign(store: Engine, tmp_path: Path) -> None:
    with store.begin() as connection:
        hold(connection, "A", [Member("C1", CONTROL)], NOW + timedelta(days=3), NOW)
    assert refusal(store, tmp_path, "A") == "control_group"


def test_a_contact_counts_until_the_window_has_passed(store: Engine, tmp_path: Path) -> None:
    with store.begin() as connection:
        contact(connection, "k1", "C1", NOW)
    ends = NOW + timedelta(days=RULES.contact_days)
    assert refusal(store, tmp_path, None, ends - timedelta(seconds=1)) == "contact_cap"
    assert refusal(store, tmp_path, None, ends) is None
