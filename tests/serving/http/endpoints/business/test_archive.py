"""Churned customers and groups behind the gateway: what the commands count, filtered and scoped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from features.errors import RequestRefused
from serving.access.principal import Scope
from serving.customers.churned import churned_customers, known_period
from serving.customers.groups import groups
from serving.database import open_engine, upgrade
from serving.http.context import Context
from serving.http.contract.forms.pages.business import LeftQuery
from serving.http.endpoints.business.archive import ArchiveDesk
from serving.http.native import Handler
from serving.pages.business.left import numbers, seen
from serving.scores import last_scores
from serving.service_settings import serving_settings
from tests.serving.http.endpoints.business.calling import answered

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.conftest import SmallHome


@pytest.fixture(scope="module")
def handlers(small_home: SmallHome) -> Iterator[Mapping[str, Handler]]:
    home = small_home.copied_to(small_home.home.parent / "archive")
    upgrade(engine := open_engine(home))
    engine.dispose()
    context = Context(home, serving_settings(home), "CNY")
    yield ArchiveDesk(context).handlers
    context.close()


@pytest.fixture(scope="module")
def all_left(handlers: Mapping[str, Handler]) -> Any:
    return answered(handlers, "churned")[1]


def test_the_answer_is_that_of_the_command(all_left: Any, small_home: SmallHome) -> None:
    first, last = known_period(small_home.home)
    assert (all_left.known_from, all_left.known_to) == (f"{first:%F}", f"{last:%F}")
    assert all_left.until == f"{last:%F}"
    since = datetime.fromisoformat(all_left.since)
    expected = churned_customers(small_home.home, since, last)
    shown = all_left.model_dump(by_alias=True)
    assert {name: shown[name] for name in expected if name in shown} == {
        name: own for name, own in expected.items() if name != "as_of"
    }
    assert sum(one.churned for one in all_left.months) == all_left.churned > 0


@pytest.mark.parametrize("by", ["city", "payment_mode", "tier"])
def test_the_groups_of_a_filter_make_up_the_whole(
    handlers: Mapping[str, Handler], all_left: Any, by: str
) -> None:
    parts = [
        answered(handlers, "churned", f"{by}={name}&by=reason")[1] for name in all_left.choices[by]
    ]
    assert sum(one.churned for one in parts) == all_left.churned
    whole = {one.name: one.churned for one in all_left.composition[by]}
    assert [one.churned for one in parts] == [whole.get(name, 0) for name in all_left.choices[by]]
    assert all(one.choices == all_left.choices for one in parts)


@pytest.mark.parametrize(
    "query",
    ["by=colour", "from=2026-01-01&to=2025-01-01", "to=2099-01-01", "from=1999-01-01"],
)
def test_what_cannot_be_counted_is_refused(handlers: Mapping[str, Handler], query: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        answered(handlers, "churned", query)
    assert refused.value.code == "invalid_request"


def test_of_a_brand_that_is_none_no_one_left(handlers: Mapping[str, Handler]) -> None:
    assert answered(handlers, "churned", "brand=none")[1].churned == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_draws_every_group_and_its_file_has_every_number(
    all_left: Any, language: str
) -> None:
    drawn = seen(all_left, LeftQuery(by="kind"), language)
    assert sum(column["all"] for column in drawn["months"]["columns"]) == all_left.churned
    for panel in drawn["rates"]:
        assert len(panel["rows"]) == len(all_left.composition[panel["by"]])
    (kinds,) = [one for one in drawn["bars"] if one["by"] == "kind"]
    assert max(row["length"] for row in kinds["rows"]) == 100.0
    rows = numbers(all_left)
    assert sum(row["churned"] for row in rows if row["section"] == "kind") == all_left.churned


def test_groups_are_those_of_the_command_and_a_city_has_its_own_members(
    handlers: Mapping[str, Handler], small_home: SmallHome
) -> None:
    call, found = answered(handlers, "groups")
    expected = groups(small_home.home, last_scores(small_home.home))
    assert [one.model_dump() for one in found.groups] == expected
    assert call.subjects == ()
    cities = sorted(last_scores(small_home.home)["city"].dropna().unique())
    members = 0
    for city in cities:
        own = answered(handlers, "groups", "", Scope(city=city), "manager")[1]
        members += sum(one.members for one in own.groups)
    assert members == sum(one["members"] for one in expected)
    manager = next(one["manager_id"] for one in expected if one["manager_id"])
    with pytest.raises(RequestRefused) as refused:
        answered(handlers, "groups", f"manager_id={manager}", Scope(manager_id="M?"), "manager")
    assert refused.value.code == "forbidden"


def test_a_period_is_half_a_year_of_whole_months(all_left: Any) -> None:
    since, until = (datetime.fromisoformat(own) for own in (all_left.since, all_left.until))
    assert timedelta(days=140) < until - since <= timedelta(days=184)
