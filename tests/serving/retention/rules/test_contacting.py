"""Contacts as they are recorded: ours by the rules, the others with their arm of a campaign."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, select

from features.errors import LakeError, RequestRefused
from features.home import Home
from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.database import open_engine
from serving.database.tables import contacts
from serving.decision.decision_settings import decision_settings
from serving.decision.outcomes import record_outcome
from serving.decision.outcomes.reported import Reported, Reporter
from serving.decision.record import write_decision
from serving.retention.rules.contacting import Contacting, Contacts
from serving.retention.rules.holds import Member, hold
from serving.retention.rules.recorded import CONTROL, TREATED
from serving.scores.latest import Night, write_latest
from tests.serving.retention.rules.people import DAY, NIGHT, NOW, SETTINGS, complain, night, scores

DECISION = decision_settings(Path("no home"))
CALL = Reported("k1", "C1", None, "no_answer", started_by="us", channel="hotline")
ACCEPTED = replace(
    CALL, key="k2", outcome="offer_accepted", action="discount", confirmation="recorded_call",
    confirmation_reference="7",
)  # fmt: skip
BY = Reporter("K1", "S1", None)
ANSWER = {"ladder": [{"action": "discount", "cost": 30.0}], "bill_fit": None, "cancellation": None}

Record = Callable[..., dict[str, Any]]


@pytest.fixture
def contacting(tmp_path: Path) -> Contacting:
    return Contacting(night(tmp_path, {"C1": {}, "C2": {}}), SETTINGS, {"discount": 3000})


@pytest.fixture
def record(store: Engine, contacting: Contacting) -> Record:
    def recorded(reported: Reported, at: datetime = NOW, by: Reporter = BY) -> dict[str, Any]:
        with store.begin() as connection:
            return record_outcome(connection, reported, by, DECISION, contacting.at(at), at)

    return recorded


def held(store: Engine, arm: str) -> None:
    with store.begin() as connection:
        hold(connection, "A", [Member("C1", arm, 0.8)], NOW + 3 * DAY, NOW)


def visited(store: Engine) -> Reported:
    values = {
        "id": "D1", "customer_id": "C1", "at": NOW, "purpose": "customer_present",
        "intent": "renewal", "channel": "store", "caller": "K1", "role": "store",
        "answered_by": "live",
    }  # fmt: skip
    with store.begin() as connection:
        write_decision(connection, values, {}, ANSWER)
    return Reported("v1", "C1", "D1", "offer_refused", "discount")


def row(store: Engine, key: str) -> Any:
    with store.connect() as connection:
        own = select(contacts).where(contacts.c.idempotency_key == key)
        return connection.execute(own).one_or_none()


def test_a_call_that_every_rule_allows_is_recorded_once(record: Record, store: Engine) -> None:
    first = record(CALL)
    assert record(CALL, NOW + DAY) == first
    assert first["decision_id"] is None
    own = row(store, "k1")
    assert (own.channel, own.started_by, own.campaign_id) == ("hotline", "us", None)


def test_the_second_call_is_one_too_many(record: Record, store: Engine) -> None:
    record(CALL)
    with pytest.raises(RequestRefused, match="as the cap allows") as refused:
        record(replace(CALL, key="k2"), NOW + DAY)
    assert refused.value.details == {"rule": "contact_cap"}
    assert row(store, "k2") is None
    record(replace(CALL, key="k2"), NOW + timedelta(days=SETTINGS.rules.contact_days))


def test_a_campaigns_contact_has_its_arm_from_the_hold(record: Record, store: Engine) -> None:
    held(store, TREATED)
    record(replace(CALL, campaign_id="A"))
    own = row(store, "k1")
    assert (own.campaign_id, own.arm, own.propensity) == ("A", "treated", 0.8)


@pytest.mark.parametrize(("campaign", "rule"), [("A", "control_group"), ("B", "held")])
def test_a_control_is_not_called(record: Record, store: Engine, campaign: str, rule: str) -> None:
    held(store, CONTROL)
    with pytest.raises(RequestRefused) as refused:
        record(replace(CALL, campaign_id=campaign))
    assert refused.value.details == {"rule": rule}


def test_a_control_who_comes_is_served_and_is_crossover(record: Record, store: Engine) -> None:
    held(store, CONTROL)
    record(visited(store))
    own = row(store, "v1")
    assert (own.campaign_id, own.arm, own.propensity) == ("A", "control", 0.8)
    assert (own.started_by, own.channel) == ("customer", "store")


def test_who_comes_in_the_universal_holdout_is_in_that_arm(record: Record, store: Engine) -> None:
    record(visited(store), by=replace(BY, arm="universal_holdout"))
    assert row(store, "v1").arm == "universal_holdout"


def test_a_visit_is_never_refused_for_the_cap_and_counts(record: Record, store: Engine) -> None:
    record(CALL)
    record(visited(store))
    with pytest.raises(RequestRefused, match="cap"):
        record(replace(CALL, key="k9"), NOW + timedelta(days=29))


def test_a_call_on_a_decision_is_checked_too(record: Record, store: Engine) -> None:
    on_decision = replace(visited(store), started_by="us")
    with store.begin() as connection:
        complain(connection, "C1", "M1", "opened", NOW)
    with pytest.raises(RequestRefused) as refused:
        record(on_decision)
    assert refused.value.details == {"rule": "open_complaint"}


def test_what_sells_nothing_may_be_done_while_a_complaint_is_open(
    record: Record, store: Engine
) -> None:
    with store.begin() as connection:
        complain(connection, "C1", "M1", "opened", NOW)
    record(replace(CALL, outcome="service_fixed"))
    held(store, TREATED)
    with pytest.raises(RequestRefused, match="complaint is open"):
        record(replace(CALL, key="k2", outcome="service_fixed", campaign_id="A"))


def test_an_answer_belongs_to_its_contact_and_is_not_another(record: Record, store: Engine) -> None:
    held(store, TREATED)
    record(replace(CALL, outcome="sent", channel="sms", action="discount", campaign_id="A"))
    answer = replace(ACCEPTED, started_by="customer", channel=None, answers="k1")
    record(answer, NOW + DAY)
    own = row(store, "k2")
    assert (own.campaign_id, own.arm, own.channel, own.cost_fen) == ("A", "treated", "sms", 3000)
    with pytest.raises(RequestRefused, match="answered already"):
        record(replace(answer, key="k3"), NOW + DAY)
    record(Reported("u", "C1", None, "undone", undoes="k2"), NOW + DAY)
    record(replace(answer, key="k3"), NOW + DAY)
    assert row(store, "u").campaign_id == "A"


def test_what_a_customer_accepts_by_an_answer_is_sold_by_the_ladders_rules(
    record: Record, store: Engine
) -> None:
    """The cap and other campaigns' holds do not matter, an open complaint does."""
    record(replace(CALL, outcome="sent", channel="sms"))
    answer = replace(ACCEPTED, started_by="customer", channel=None, answers="k1")
    for other, why in (({"action": "moon"}, "expected one of better_plan"), ({}, None)):
        with store.begin() as connection:
            complain(connection, "C1", "M1", "opened", NOW + DAY)
        with pytest.raises(RequestRefused, match=why or "complaint is open"):
            record(replace(answer, **other), NOW + 2 * DAY)
    record(
        replace(
            answer,
            key="k3",
            outcome="no_answer",
            action=None,
            confirmation=None,
            confirmation_reference=None,
        ),
        NOW + 2 * DAY,
    )
    record(Reported("u", "C1", None, "undone", undoes="k3"), NOW + 2 * DAY)
    with store.begin() as connection:
        complain(connection, "C1", "M1", "closed", NOW + 3 * DAY)
        hold(connection, "B", [Member("C1", CONTROL)], NOW + 9 * DAY, NOW)
    record(answer, NOW + 4 * DAY)
    assert row(store, "k2").cost_fen == 3000


def test_an_answer_is_to_a_contact_of_ours_with_the_same_customer(
    record: Record, store: Engine
) -> None:
    record(visited(store))
    record(replace(CALL, customer_id="C2"))
    answer = Reported("a", "C1", None, "saved", answers="v1")
    for other in ("v1", "k1", "k9"):
        with pytest.raises(RequestRefused) as refused:
            record(replace(answer, answers=other))
        assert refused.value.code == "unknown_outcome"
    record(Reported("u", "C2", None, "undone", undoes="k1"))
    with pytest.raises(RequestRefused, match="was undone"):
        record(replace(answer, customer_id="C2", answers="k1"))


def test_a_call_that_is_undone_counts_for_nothing(record: Record) -> None:
    record(CALL)
    record(Reported("u", "C1", None, "undone", undoes="k1"))
    record(replace(CALL, key="k2"))


def test_an_accepted_offer_commits_what_the_catalogue_says(record: Record, store: Engine) -> None:
    record(ACCEPTED)
    assert row(store, "k2").cost_fen == 3000


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"channel": "pigeon"}, "expected one of hotline, sms, app, visit"),
        ({"channel": "sms", "action": "handset_renewal"}, "expected one of data_bonus, discount"),
        ({"action": "moon"}, "expected one of better_plan, data_bonus, discount"),
    ],
)
def test_a_channel_carries_only_its_own_offers(
    record: Record, other: dict[str, Any], why: str
) -> None:
    with pytest.raises(RequestRefused, match=why) as refused:
        record(replace(CALL, outcome="offer_refused", **{"action": "discount"} | other))
    assert refused.value.code == "invalid_request"


def test_of_two_calls_at_the_same_moment_one_is_recorded(
    store: Engine, contacting: Contacting, tmp_path: Path, database_url: str
) -> None:
    """Under the audit's lock, as every request and command records."""
    start, engines = Barrier(2), (store, open_engine(tmp_path, database_url))

    def call(place: int) -> str:
        own = replace(CALL, key=f"k{place}")
        entry = Entry(f"r{place}", "POST", "/outcomes", 200, "", "K1", "manager", None, ("C1",), {})
        start.wait()
        try:
            record_now(
                engines[place], entry, NOW,
                lambda connection: record_outcome(
                    connection, own, BY, DECISION, contacting.at(NOW), NOW
                ),
            )  # fmt: skip
        except RequestRefused as error:
            return str(error.details["rule"])
        return "recorded"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(call, (0, 1))) == ["contact_cap", "recorded"]
    engines[1].dispose()


def test_another_night_is_read_when_it_comes(tmp_path: Path) -> None:
    """And the same one once, by the settings of the moment."""
    settings = [SETTINGS]
    own = Contacts(tmp_path, lambda: settings[-1])
    with pytest.raises(LakeError, match="liuke score"):
        own.current(NOW)
    for count, as_of in ((1, NIGHT), (2, NIGHT + DAY)):
        base = scores({f"C{place}": {} for place in range(count)}, as_of)
        path = Home(tmp_path).scores / f"{as_of:%F}-1.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        base.to_parquet(path, index=False)
        write_latest(tmp_path, base.iloc[:0], (), Night(f"{as_of:%F}", (), "", path.name))
        assert len(own.current(NOW).night) == count
        assert own.current(NOW) is own.current(NOW + DAY)
    settings.append(replace(SETTINGS, rules=replace(SETTINGS.rules, contact_cap=2)))
    assert own.current(NOW).settings.rules.contact_cap == 2
