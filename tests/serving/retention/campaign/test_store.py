"""What the database keeps of campaigns, on both kinds."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine

from features.errors import RequestRefused
from serving.access.principal import Scope
from serving.retention.campaign import store as kept
from serving.retention.campaign.store import Caller
from serving.retention.rules.holds import Member
from serving.retention.selection.request import parsed
from tests.serving.retention.campaign.conftest import REQUEST

NOW = datetime(2026, 3, 2, 6)
LATER = NOW + timedelta(days=90)


def requested(engine: Engine, caller: Caller = Caller()) -> str:  # noqa: B008 - immutable
    with engine.begin() as connection:
        return kept.add(connection, parsed(REQUEST, NOW), "lin", NOW, caller)


def taken(engine: Engine, owner: str, now: datetime = NOW) -> str | None:
    with engine.begin() as connection:
        return kept.take(connection, owner, now)


def finished(engine: Engine, own: str, owner: str, *customers: str) -> None:
    members = [Member(customer, "treated", 0.8) for customer in customers]
    with engine.begin() as connection:
        kept.finish(connection, own, owner, members, LATER, {"listed": len(members)}, NOW)


def state(engine: Engine, own: str) -> str:
    with engine.connect() as connection:
        return kept.campaign(connection, own).state


def test_a_request_is_kept_as_it_was(store: Engine) -> None:
    own = requested(store, Caller("marketing", Scope(city="Foshan")))
    with store.connect() as connection:
        found = kept.campaign(connection, own)
    assert (found.state, found.caller.scope.city) == (kept.REQUESTED, "Foshan")
    assert found.wanted() == parsed(REQUEST, NOW)
    assert "caller" not in found.to_json()


def test_each_campaign_is_worked_on_by_one_process(store: Engine) -> None:
    own = requested(store)
    assert taken(store, "one") == own
    assert taken(store, "two") is None
    with store.begin() as connection:
        assert kept.beat(connection, own, "one", 0.5, NOW)
        assert not kept.beat(connection, own, "two", 0.5, NOW)


def test_a_silent_process_loses_its_campaign(store: Engine) -> None:
    own = requested(store)
    taken(store, "one")
    later = NOW + timedelta(seconds=kept.SILENT_SECONDS + 1)
    assert taken(store, "two", later) == own
    with pytest.raises(RequestRefused, match="taken over"):
        finished(store, own, "one", "C1")
    finished(store, own, "two", "C1")
    assert state(store, own) == kept.READY


def test_of_two_lists_with_one_customer_the_database_lets_one_in(store: Engine) -> None:
    both = [requested(store) for _ in range(2)]
    owners = {own: f"p{place}" for place, own in enumerate(both)}
    for _ in both:
        taken_now = taken(store, "x")
        assert taken_now is not None
        with store.begin() as connection:
            kept.take_this(connection, taken_now, owners[taken_now], NOW)
    start, refused = Barrier(2), list[str]()

    def finish(own: str) -> None:
        start.wait()
        try:
            finished(store, own, owners[own], "C1", "C2", own[:8])
        except RequestRefused as error:
            refused.append(error.code)

    threads = [Thread(target=finish, args=(own,)) for own in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["held_elsewhere"]
    assert sorted(state(store, own) for own in both) == [kept.READY, kept.RUNNING]


def test_a_revoked_campaign_frees_its_customers(store: Engine) -> None:
    own = requested(store)
    taken(store, "one")
    finished(store, own, "one", "C1", "C2")
    with store.begin() as connection:
        assert kept.revoke(connection, own, NOW) == 2
    other = requested(store)
    taken(store, "one")
    finished(store, other, "one", "C1")
    with store.begin() as connection, pytest.raises(RequestRefused, match="revoked already"):
        kept.revoke(connection, own, NOW)


def test_callers_know_of_campaigns_within_their_scope(store: Engine) -> None:
    everywhere = requested(store)
    foshan = requested(store, Caller("marketing", Scope(city="Foshan")))
    with store.connect() as connection:
        assert {own.id for own in kept.latest(connection)} == {everywhere, foshan}
        seen = kept.latest(connection, Scope(city="Foshan"))
        assert [own.id for own in seen] == [foshan]
        for own in (everywhere, "nothing"):
            with pytest.raises(RequestRefused) as refused:
                kept.campaign(connection, own, Scope(city="Foshan"))
            assert refused.value.code == "unknown_campaign"


def test_a_failure_says_why(store: Engine) -> None:
    own = requested(store)
    taken(store, "one")
    with store.begin() as connection:
        assert not kept.any_waits(connection, NOW)
        kept.fail(connection, own, "no customer is left", NOW)
        assert kept.campaign(connection, own).error == "no customer is left"
