"""What the database keeps of campaigns, on both kinds."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, select

from features.errors import RequestRefused
from serving.access.principal import Scope
from serving.database.tables import holds
from serving.retention.campaign import store as kept
from serving.retention.campaign.store import Caller
from serving.retention.rules.holds import Member
from serving.retention.selection.request import parsed
from tests.databases import first_update
from tests.serving.retention.campaign.conftest import REQUEST

NOW = datetime(2026, 3, 2, 6)
LATER = NOW + timedelta(days=90)
ATTEMPTS = 3


def requested(engine: Engine, caller: Caller = Caller()) -> str:  # noqa: B008 - immutable
    with engine.begin() as connection:
        return kept.add(connection, parsed(REQUEST, NOW), "lin", NOW, caller)


def taken(engine: Engine, owner: str, now: datetime = NOW) -> str | None:
    with engine.begin() as connection:
        return kept.take(connection, owner, now, ATTEMPTS)


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


def test_who_speaks_after_the_look_keeps_its_campaign(store: Engine) -> None:
    """Another saw that it was silent, and has not taken the campaign yet."""
    own = requested(store)
    taken(store, "one")
    later = NOW + timedelta(seconds=kept.SILENT_SECONDS + 1)
    with first_update(store) as then, store.connect() as connection, connection.begin():
        then.append(lambda other: kept.beat(other, own, "one", 0.5, later))
        assert kept.take(connection, "two", later, ATTEMPTS) is None
    with store.begin() as connection:
        assert kept.beat(connection, own, "one", 0.6, later)


def test_two_of_one_name_take_a_campaign_once(store: Engine) -> None:
    """As two containers whose hosts and process numbers are the same."""
    own = requested(store)
    taken(store, "one")
    later = NOW + timedelta(seconds=kept.SILENT_SECONDS + 1)
    found = list[str | None]()
    with first_update(store) as then, store.connect() as connection, connection.begin():
        then.append(lambda other: found.append(kept.take(other, "one", later, ATTEMPTS)))
        found.append(kept.take(connection, "one", later, ATTEMPTS))
    assert sorted(found, key=bool) == [None, own]


def test_a_campaign_whose_process_dies_every_time_is_given_up(store: Engine) -> None:
    own, now = requested(store), NOW
    for _ in range(ATTEMPTS):
        assert taken(store, "one", now) == own
        now += timedelta(seconds=kept.SILENT_SECONDS + 1)
    other = requested(store)
    assert taken(store, "one", now) == other, "the next one has its turn"
    assert taken(store, "one", now) is None
    with store.connect() as connection:
        found = kept.campaign(connection, own)
        assert not connection.execute(select(holds)).all()
        assert not kept.any_waits(connection, now)
    assert found.state == kept.FAILED
    assert found.error is not None
    assert "died 3 times" in found.error


def test_the_end_of_a_process_is_known_at_once_where_its_parent_lives(store: Engine) -> None:
    own = requested(store)
    for _ in range(ATTEMPTS):
        assert state(store, own) == kept.REQUESTED
        assert taken(store, "one") == own
        let_go(store, died=True)
    assert state(store, own) == kept.FAILED


def test_a_stopped_service_costs_a_campaign_no_attempt(store: Engine) -> None:
    own = requested(store)
    for _ in range(2 * ATTEMPTS):
        assert taken(store, "one") == own
        let_go(store, died=False)
    assert state(store, own) == kept.REQUESTED


def let_go(engine: Engine, *, died: bool) -> None:
    with engine.begin() as connection:
        kept.let_go(connection, "one", NOW, ATTEMPTS, died=died)
        kept.let_go(connection, "other", NOW, ATTEMPTS, died=True)


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


def test_the_latest_are_those_that_the_caller_may_know_of(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many of other cities came since."""
    monkeypatch.setattr(kept, "MAX_LISTED", 3)
    foshan = Caller("marketing", Scope(city="Foshan"))
    own = [requested(store, foshan) for _ in range(4)]
    for _ in range(7):
        later = NOW + timedelta(minutes=1)
        with store.begin() as connection:
            kept.add(connection, parsed(REQUEST, later), "lin", later)
    with store.connect() as connection:
        seen = kept.latest(connection, Scope(city="Foshan"))
        assert len(seen) == 3
        assert {one.id for one in seen} <= set(own)
        everywhere = kept.latest(connection)
        assert len(everywhere) == 3
        assert not {one.id for one in everywhere} & set(own)


def test_a_list_that_is_not_made_is_not_read(store: Engine) -> None:
    own = requested(store)
    with (
        store.connect() as connection,
        pytest.raises(RequestRefused, match="the list is requested"),
    ):
        kept.ready(connection, own)
    taken(store, "one")
    finished(store, own, "one", "C1")
    with store.begin() as connection:
        assert kept.ready(connection, own).state == kept.READY
        kept.revoke(connection, own, NOW)
        with pytest.raises(RequestRefused, match="the list is revoked"):
            kept.ready(connection, own)


def test_a_failure_says_why(store: Engine) -> None:
    own = requested(store)
    taken(store, "one")
    with store.begin() as connection:
        assert not kept.any_waits(connection, NOW)
        kept.fail(connection, own, "one", "no customer is left", NOW)
        assert kept.campaign(connection, own).error == "no customer is left"


def test_a_process_that_lost_its_campaign_cannot_end_it(store: Engine) -> None:
    own = requested(store)
    taken(store, "one")
    assert taken(store, "two", NOW + timedelta(seconds=kept.SILENT_SECONDS + 1)) == own
    with store.begin() as connection:
        assert not kept.fail(connection, own, "one", "it was late", NOW)
    assert state(store, own) == kept.RUNNING
    with store.begin() as connection:
        assert kept.fail(connection, own, "two", "no customer is left", NOW)
    assert state(store, own) == kept.FAILED
