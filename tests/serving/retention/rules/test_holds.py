"""Holds: one campaign at a time, decided by the database, free again once they expire."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select

from features.errors import RequestRefused
from serving.database import open_engine
from serving.database.tables import holds
from serving.retention.rules.holds import Member, hold, hold_of, release

NOW = datetime(2026, 3, 2, 10)
UNTIL = NOW + timedelta(days=30)
MANY = 1200  # more than two statements


def members(*customer_ids: str) -> list[Member]:
    return [Member(own, "treated", 0.9) for own in customer_ids]


def held(store: Engine, campaign: str, *customer_ids: str, now: datetime = NOW) -> None:
    with store.begin() as connection:
        hold(connection, campaign, members(*customer_ids), now + timedelta(days=30), now)


def live(store: Engine, campaign: str) -> list[str]:
    own = select(holds.c.customer_id).where(
        holds.c.campaign_id == campaign, holds.c.released_at.is_(None)
    )
    with store.connect() as connection:
        return sorted(connection.execute(own).scalars())


def test_a_customer_held_elsewhere_fails_the_whole_call_naming_the_count(store: Engine) -> None:
    held(store, "A", "C1", "C2")
    with pytest.raises(RequestRefused, match="2 of 3 customers are held by another") as refused:
        held(store, "B", "C1", "C2", "C3")
    assert (refused.value.code, refused.value.details) == ("held_elsewhere", {"count": 2})
    assert (live(store, "A"), live(store, "B")) == (["C1", "C2"], [])


def test_a_refusal_that_is_caught_holds_no_customer_either(store: Engine) -> None:
    held(store, "A", "C9")
    many = members(*(f"B{place}" for place in range(MANY)), "C9")
    with store.begin() as connection, pytest.raises(RequestRefused):
        hold(connection, "B", many, UNTIL, NOW)
    assert live(store, "B") == []


def test_to_hold_again_changes_nothing(store: Engine) -> None:
    held(store, "A", "C1")
    held(store, "A", "C1", "C1", "C2", now=NOW + timedelta(days=1))
    with store.connect() as connection:
        own = hold_of(connection, "C1", NOW)
        assert own is not None
        assert (own.until, own.arm, own.propensity) == (UNTIL, "treated", 0.9)
    assert live(store, "A") == ["C1", "C2"]


@pytest.mark.parametrize(("seconds", "campaign"), [(-1, "A"), (0, "B"), (1, "B")])
def test_an_expired_hold_blocks_no_other(store: Engine, seconds: int, campaign: str) -> None:
    """It ends at `until`, and says so even where it is released later."""
    held(store, "A", "C1")
    moment = UNTIL + timedelta(seconds=seconds)
    with store.begin() as connection:
        with suppress(RequestRefused):
            hold(connection, "B", members("C1"), moment + timedelta(days=1), moment)
        own = hold_of(connection, "C1", moment)
        assert own is not None
        assert own.campaign_id == campaign
        ended = select(holds.c.released_at).where(holds.c.campaign_id == "A")
        assert connection.execute(ended).scalar_one() == (UNTIL if campaign == "B" else None)


def test_release_ends_the_campaigns_holds_alone(store: Engine) -> None:
    held(store, "A", "C1", "C2")
    held(store, "B", "C3")
    with store.begin() as connection:
        assert release(connection, "A", NOW) == 2
        assert release(connection, "A", NOW) == 0
        assert hold_of(connection, "C1", NOW) is None
    assert (live(store, "A"), live(store, "B")) == ([], ["C3"])
    held(store, "B", "C1", "C2")


def test_release_counts_no_hold_that_had_expired(store: Engine) -> None:
    held(store, "A", "C1")
    with store.begin() as connection:
        assert release(connection, "A", UNTIL) == 0


@pytest.mark.parametrize("expired", [True, False])
def test_of_two_requests_at_the_same_moment_the_database_lets_one_in(
    store: Engine, database_url: str, tmp_path: Path, expired: bool
) -> None:
    """In opposite orders, over more than one statement, with and without an expired hold."""
    ids = [f"C{place:05}" for place in range(MANY)]
    if expired:
        held(store, "0", *ids, now=NOW - timedelta(days=30))
    start = Barrier(2)
    engines = {"A": store, "B": open_engine(tmp_path, database_url)}

    def request(campaign: str, own: list[str]) -> str:
        start.wait()
        try:
            with engines[campaign].begin() as connection:
                hold(connection, campaign, members(*own), UNTIL, NOW)
                return "held"
        except RequestRefused as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        requested = [pool.submit(request, *own) for own in (("A", ids), ("B", ids[::-1]))]
        results = [one.result() for one in requested]
    engines["B"].dispose()
    assert sorted(results) == ["held", "held_elsewhere"]
    found = {campaign: len(live(store, campaign)) for campaign in engines}
    assert sorted(found.values()) == [0, MANY]
    with store.connect() as connection:
        once = select(func.count(holds.c.customer_id.distinct())).where(
            holds.c.released_at.is_(None)
        )
        assert connection.execute(once).scalar_one() == MANY
