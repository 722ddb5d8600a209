"""Signs and open promises: of the caller's customers, without who objects, counted once a night."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from serving.access.principal import Scope
from serving.database import open_engine, upgrade
from serving.database.tables import promises
from serving.decision.sign_owners import Owned, set_owner
from serving.http.context import Context
from serving.http.endpoints.business.board import BoardDesk
from serving.http.native import Handler
from serving.pages.business.board import numbers
from serving.scores import last_scores
from serving.service_settings import serving_settings
from tests.serving.http.endpoints.business.calling import answered

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.conftest import SmallHome


@pytest.fixture(scope="module")
def context(small_home: SmallHome) -> Iterator[Context]:
    home = small_home.copied_to(small_home.home.parent / "board")
    upgrade(engine := open_engine(home))
    engine.dispose()
    yield (made := Context(home, serving_settings(home), "CNY"))
    made.close()


@pytest.fixture(scope="module")
def handlers(context: Context) -> Mapping[str, Handler]:
    return BoardDesk(context).handlers


def test_signs_have_words_places_and_what_is_at_stake(handlers: Mapping[str, Handler]) -> None:
    call, found = answered(handlers, "signs", "language=zh")
    assert call.subjects == ()
    assert found.customers == call.detail["count"] > 0
    assert found.signs
    for sign in found.signs:
        assert sign.features[0].text
        assert sum(one.customers for one in sign.places["city"]) == sign.customers
    again = answered(handlers, "signs", "language=en")[1]
    assert [one.customers for one in again.signs] == [one.customers for one in found.signs]
    assert again.signs[0].text != found.signs[0].text
    rows = [row for row in numbers(found) if row["by"] == "all"]
    assert [row["customers"] for row in rows] == [one.customers for one in found.signs]


def test_promises_come_by_their_hour_and_only_those_of_the_callers_customers(
    handlers: Mapping[str, Handler], context: Context
) -> None:
    base = last_scores(context.home)
    one, other = (
        base[base["city"] == city].iloc[0]
        for city in list(base["city"].dropna().unique())[:2]
    )  # fmt: skip
    now = context.now()
    hours = {one["customer_id"]: 5, other["customer_id"]: -2}
    with context.engine.begin() as connection:
        for customer, hour in hours.items():
            values = {
                "id": f"p{hour}", "customer_id": customer, "kind": "complaint", "caller": "k1",
                "made_at": now, "due_at": now + timedelta(hours=hour),
            }  # fmt: skip
            connection.execute(insert(promises).values(**values))
    call, found = answered(handlers, "promiseBoard")
    shown = [own.customer_id for own in found.promises]
    assert shown == [other["customer_id"], one["customer_id"]]
    assert (found.count, found.broken, found.kinds) == (2, 1, {"complaint": 2})
    assert call.subjects == tuple(sorted(hours))
    scope = Scope(city=one["city"])
    call, found = answered(handlers, "promiseBoard", "", scope, "manager")
    assert [own.customer_id for own in found.promises] == [one["customer_id"]]
    call, found = answered(handlers, "promiseBoard", "offset=1&limit=1")
    assert (found.count, call.subjects) == (2, (one["customer_id"],))


def test_a_sign_has_its_owner_and_a_place_its_own(
    handlers: Mapping[str, Handler], context: Context
) -> None:
    signs = answered(handlers, "signs")[1].signs
    sign, city = signs[0].sign, next(one.name for one in signs[0].places["city"] if one.name)
    due, now = context.now().date() + timedelta(days=3), context.now()
    late = Owned(sign, None, None, "Li", now.date(), "", now - timedelta(days=2), "lin")
    with context.engine.begin() as connection:
        set_owner(connection, replace(late, set_at=now))
        set_owner(connection, replace(late, by="city", name=city, owner="Wang", due=due))
    found = answered(handlers, "signs")[1].signs[0]
    assert (found.owner.owner, found.owner.is_overdue) == ("Li", False)
    owners = {one.name: one.owner for one in found.places["city"]}
    assert (owners[city].owner, owners[city].due) == ("Wang", f"{due:%F}")
    assert [name for name, own in owners.items() if own is not None] == [city]
    limited = answered(handlers, "signs", scope=Scope(city=city), role="manager")[1]
    assert {one.owner for sign in limited.signs for one in sign.places["city"]} == {None}
    mine = next(row for row in numbers(answered(handlers, "signs")[1]) if row["name"] == city)
    assert (mine["owner"], mine["due"]) == ("Wang", f"{due:%F}")
