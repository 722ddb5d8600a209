"""Changes of settings: checked, accepted by a second person, in force at once, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from features.errors import RequestRefused
from features.settings.edits import own_file
from features.words.refusals import in_language
from serving.changes.proposals import (
    Change,
    accept,
    decline,
    last_accepted,
    page_of,
    proposed,
    write_change,
)
from serving.changes.subjects import fingerprint_of
from serving.decision.decision_settings import decision_settings
from serving.retention.retention_settings import retention_settings
from tests.conftest import set_home

NOW = datetime(2026, 3, 2, 9)
COST = "actions.credit.cost"
COUNT = iter(range(1_000))


def propose(home: Path, store: Engine, key: str = COST, value: Any = 50.0) -> Change:
    own = f"{next(COUNT):024x}"
    made = proposed(home, [(key, value)], "Cheaper", "lin", NOW + timedelta(0, int(own, 16)), own)
    with store.begin() as connection:
        return write_change(connection, made)


def accepted(home: Path, store: Engine, own: str, caller: str = "wang") -> Change:
    with store.begin() as connection:
        return accept(connection, home, own, caller, NOW)


def refused(home: Path, store: Engine, own: str, caller: str = "wang") -> str:
    with pytest.raises(RequestRefused) as error:
        accepted(home, store, own, caller)
    return f"{error.value.code}: {error.value.message}"


def test_a_second_person_puts_it_in_force_and_it_is_taken_back(
    tmp_path: Path, store: Engine
) -> None:
    before = decision_settings(tmp_path)
    change = propose(tmp_path, store)
    assert decision_settings(tmp_path) == before, "nothing counts before it is accepted"
    assert "forbidden" in refused(tmp_path, store, change.id, caller="lin")
    ended = accepted(tmp_path, store, change.id)
    now = decision_settings(tmp_path)
    assert (now.actions["credit"].cost, now.fingerprint) == (50.0, ended.after)
    assert (ended.before, ended.decided_by) == (before.fingerprint, "wang")
    assert "conflict: the change does not wait any more; it was ended by wang" in refused(
        tmp_path, store, change.id
    )
    back = propose(tmp_path, store, value=change.edits[0].was)
    accepted(tmp_path, store, back.id)
    assert decision_settings(tmp_path) == before
    assert own_file(tmp_path, "decision") is None, "what is as shipped is not in the home"
    with store.connect() as connection:
        found, count = page_of(connection, None, 1, 0)
        assert ([own.id for own in found], count) == ([back.id], 2)
        assert last_accepted(connection, "decision") is not None


def test_what_a_key_held_meanwhile_is_not_overwritten(tmp_path: Path, store: Engine) -> None:
    first, second = propose(tmp_path, store), propose(tmp_path, store, value=40.0)
    other = propose(tmp_path, store, "limits.clerk.gold", 80)
    accepted(tmp_path, store, first.id)
    assert f"conflict: {COST} is 50.0 by now, and was 60.0" in refused(tmp_path, store, second.id)
    accepted(tmp_path, store, other.id)
    found = decision_settings(tmp_path)
    assert (found.actions["credit"].cost, found.limits["clerk"]["gold"]) == (50.0, 80.0)


def test_settings_that_would_not_hold_together_are_not_accepted(
    tmp_path: Path, store: Engine
) -> None:
    texts = ["words.browse.use_en", "words.browse.use_zh"]
    both = [(texts[0], ["A", "B"]), (texts[1], ["甲", "乙"])]
    change = proposed(tmp_path, both, "More", "lin", NOW, "a" * 24)
    with store.begin() as connection:
        write_change(connection, change)
    set_home(tmp_path, "decision", '[words.browse]\navoid_en = ["X", "Y"]\n')
    assert "avoid_en has 2 texts, avoid_zh 1" in refused(tmp_path, store, change.id)
    assert "use_en" not in str(own_file(tmp_path, "decision"))


def test_accepted_again_after_a_failure_it_comes_to_the_same(tmp_path: Path, store: Engine) -> None:
    change = propose(tmp_path, store)
    with store.connect() as connection:
        accept(connection, tmp_path, change.id, "wang", NOW)
        connection.rollback()  # the transaction fails behind the file
    assert accepted(tmp_path, store, change.id).state == "accepted"
    assert decision_settings(tmp_path).actions["credit"].cost == 50.0


def test_the_proposer_withdraws_and_others_decline(tmp_path: Path, store: Engine) -> None:
    first, second = propose(tmp_path, store), propose(tmp_path, store)
    with store.begin() as connection:
        assert decline(connection, first.id, "lin", "marketing", NOW, None).state == "withdrawn"
        with pytest.raises(RequestRefused, match="role marketing declines nothing"):
            decline(connection, second.id, "zhao", "marketing", NOW, None)
        ended = decline(connection, second.id, "wang", "approver", NOW, "Not now")
    assert (ended.state, ended.note) == ("declined", "Not now")
    assert "conflict: the change does not wait" in refused(tmp_path, store, second.id)


def test_sent_twice_it_is_proposed_once(tmp_path: Path, store: Engine) -> None:
    change = proposed(tmp_path, [(COST, 50.0)], "Cheaper", "lin", NOW, "b" * 24)
    for _ in range(2):
        with store.begin() as connection:
            assert write_change(connection, change) == change
    with store.connect() as connection:
        assert page_of(connection, "waiting", 9, 0)[1] == 1


NEW = {
    "kind": "money", "rank": 10, "active": True, "intents": ["cancel"], "tiers": ["gold"],
    "payment_modes": ["postpaid"], "contract": "any", "min_tenure_days": 0, "selling": True,
    "commercial": True, "cost": 10, "months": 1, "acceptance": 0.5, "hazard": 0.7,
    "refused_hazard": 1.0, "margin_share": 1.0, "en": "A month free", "zh": "免一个月月租",
}  # fmt: skip


def test_a_new_offer_comes_and_goes(tmp_path: Path, store: Engine) -> None:
    accepted(tmp_path, store, propose(tmp_path, store, "actions.free_month", NEW).id)
    assert decision_settings(tmp_path).actions["free_month"].zh == "免一个月月租"
    accepted(tmp_path, store, propose(tmp_path, store, "actions.free_month", None).id)
    assert "free_month" not in decision_settings(tmp_path).actions


@pytest.mark.parametrize(
    ("key", "value", "said", "zh"),
    [
        (COST, -1, "cost is -1.0; expected 0 to 1000000", "cost为-1.0；应为0至1000000"),
        (COST, "cheap", "cost is 'cheap'; expected float", "cost为'cheap'；应为float"),
        (COST, 60, "these values are in force already", "这些值已经生效"),
        ("actions.credit.kind", "gift", "kind has gift; expected service, promise", "kind含有gift"),
        ("actions.credit.en", " ", "expected a text in both", "两种语言都应有文字"),
        ("actions.credit.colour", "red", "unknown: colour", "未知：colour"),
        ("actions.free", NEW | {"cost": None}, "cost is None; expected float", "cost为None"),
        ("words.browse.use_en", [], "use_en has 0 texts, use_zh 1", "use_en有0条"),
        ("words.browse.use_en", ["x" * 501], "a text of 501 characters", "501个字"),
        ("words.sales", {}, "words has no sales; expected one of cancel", "words没有sales"),
        ("limits.clerk.gold", 10**9, "expected 0 to 1000000", "应为0至1000000"),
        ("promises.callback.hours", 0, "hours is 0; expected 1 to 8760", "hours为0；应为1至8760"),
        ("economics.reach", 0.5, "key is 'economics.reach'", "economics.reach"),
    ],
)
def test_what_would_not_be_read_is_refused_in_both_languages(
    tmp_path: Path, key: str, value: Any, said: str, zh: str
) -> None:
    with pytest.raises(RequestRefused) as error:
        proposed(tmp_path, [(key, value)], "Because", "lin", NOW, "c" * 24)
    assert error.value.code == "invalid_request"
    assert said in error.value.message
    assert zh in in_language(error.value.message, "zh")


@pytest.mark.parametrize(
    ("key", "value", "held"),
    [
        ("offers.discount.acceptance.gold", 0.5, lambda own: own.offers["discount"].acceptance),
        ("channels.sms.cost", 0.2, lambda own: own.channels["sms"].cost),
        ("rules.contact_cap", 2, lambda own: own.rules.contact_cap),
        ("risk.persistence", 0.8, lambda own: own.risk.persistence),
        ("doubt.prudence", 0.7, lambda own: own.doubt.prudence),
    ],
)
def test_what_lists_assume_is_changed_by_two_persons_and_taken_back(
    tmp_path: Path, store: Engine, key: str, value: float, held: Callable[[Any], Any]
) -> None:
    before = retention_settings(tmp_path)
    change = propose(tmp_path, store, key, value)
    assert "forbidden" in refused(tmp_path, store, change.id, caller="lin")
    ended = accepted(tmp_path, store, change.id)
    now = held(retention_settings(tmp_path))
    assert (now["gold"] if isinstance(now, dict) else now) == value
    assert ended.after == fingerprint_of(retention_settings(tmp_path)) != ended.before
    assert decision_settings(tmp_path) == decision_settings(tmp_path / "another")
    accepted(tmp_path, store, propose(tmp_path, store, key, None).id)
    assert retention_settings(tmp_path) == before
    assert own_file(tmp_path, "retention") is None


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("rules.contact_cap", 0, "contact_cap is 0; expected at least 1"),
        ("rules.contact_days", 10**12, "contact_days is 1000000000000; expected at most 36500"),
        ("rules.contact_cap.gold", 1, "rules.contact_cap has nothing within it"),
        ("rules.weekends", 1, "rules has no weekends; expected one of contact_cap"),
        ("channels.letter", {"cost": 1.0}, "channels has no letter; expected one of hotline"),
        ("channels.sms.persuasion", 4.0, "times channels.sms.persuasion is 1.6"),
        ("offers.discount.acceptance.gold", 1.5, "acceptance.gold is 1.5; expected above 0"),
        ("offers.discount.acceptance.bronze", 0.5, "acceptance has standard, silver, gold"),
        ("doubt.prudence", 0.4, "prudence is 0.4"),
        ("export.approval_above", 5, "expected one such as actions.discount.cost"),
        ("making.attempts", 5, "expected one such as actions.discount.cost"),
    ],
)
def test_settings_that_no_list_could_follow_are_refused(
    tmp_path: Path, key: str, value: Any, said: str
) -> None:
    with pytest.raises(RequestRefused) as error:
        proposed(tmp_path, [(key, value)], "Why", "lin", NOW, "a" * 24)
    assert error.value.code == "invalid_request"
    assert said in error.value.message
