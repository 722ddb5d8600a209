"""The demo's people: each role's account opens its session, and is made once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from features.errors import RequestRefused
from serving.access.people.accounts import known_users
from serving.access.people.sessions import verified
from serving.access.permissions import ROLES
from serving.database import open_engine, upgrade
from serving.demo.people import make_people, to_try
from serving.managers.archive import find_manager
from serving.scores import last_scores
from serving.service_settings import serving_settings

if TYPE_CHECKING:
    from tests.conftest import SmallHome

NOW = datetime(2026, 3, 2, 9)


def test_each_role_signs_in_with_the_password_that_is_shown_once(own_home: SmallHome) -> None:
    engine = open_engine(own_home.home)
    upgrade(engine)
    made = make_people(own_home.home, engine, NOW)
    assert set(made) == {f"demo.{role}" for role in ROLES}
    assert len(set(made.values())) == len(made)
    settings = serving_settings(own_home.home).access
    verified(engine, "demo.hotline", made["demo.hotline"], NOW, settings)
    with pytest.raises(RequestRefused, match="wrong"):
        verified(engine, "demo.hotline", made["demo.store"], NOW, settings)
    scopes = {one.id: one.scope for one in known_users(engine)}
    base = last_scores(own_home.home)
    assert (base["store_id"] == scopes["demo.store"].store_id).any()
    assert (base["manager_id"] == scopes["demo.manager"].manager_id).any()
    with engine.connect() as connection:
        desk = find_manager(connection, str(scopes["demo.manager"].manager_id))
    assert desk.serves(NOW.date())
    assert make_people(own_home.home, engine, NOW) == {}
    engine.dispose()


def test_each_desk_is_given_a_customer_within_its_reach_and_their_number(
    own_home: SmallHome,
) -> None:
    engine = open_engine(own_home.home)
    upgrade(engine)
    make_people(own_home.home, engine, NOW)
    found = {one["user"]: one for one in to_try(own_home.home, engine)}
    assert list(found) == ["demo.store", "demo.hotline", "demo.manager"]
    scopes = {one.id: one.scope for one in known_users(engine)}
    base = last_scores(own_home.home).set_index("customer_id")
    for user_id, one in found.items():
        for column, value in scopes[user_id].limits.items():
            assert base.loc[one["customer"], column] == value
    riskiest = base[base["eligible"]]["churn_risk"].max()
    assert base.loc[found["demo.hotline"]["customer"], "churn_risk"] == riskiest
    assert {one["phone"] for one in found.values()} == {""}  # none was imported
    engine.dispose()
