"""Analyses behind the gateway: what a caller of one city gets, and as which file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from features.errors import RequestRefused
from serving.access.principal import Scope
from serving.analyses import analyse, request_of
from serving.http.context import Context
from serving.http.endpoints.business.analyses import AnalysisDesk
from serving.http.native import Handler
from serving.service_settings import serving_settings
from tests.serving.http.endpoints.business.calling import answered
from training.indicators.analyses import ANALYSES

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.conftest import SmallHome


@pytest.fixture(scope="module")
def handlers(small_home: SmallHome) -> Mapping[str, Handler]:
    return AnalysisDesk(Context(small_home.home, serving_settings(small_home.home), "CNY")).handlers


@pytest.fixture(scope="module")
def period(small_home: SmallHome) -> str:
    """Eight weeks before the night, as one period."""
    since = small_home.as_of - timedelta(weeks=8)
    return f"from={since:%F}&to={small_home.as_of:%F}&every=whole"


@pytest.fixture(scope="module")
def by_city(small_home: SmallHome) -> dict[str, Any]:
    """What the command shows by city."""
    until = small_home.as_of
    request = request_of("development", "city", until - timedelta(weeks=8), until, "whole")
    return analyse(small_home.home, request)


def test_they_are_listed_with_their_words(handlers: Mapping[str, Handler]) -> None:
    _, found = answered(handlers, "analyses", "language=zh")
    assert [own.name for own in found.analyses] == list(ANALYSES)
    assert found.analyses[0].text == next(iter(ANALYSES.values())).zh
    assert "city" in found.analyses[0].dimensions


def test_the_answer_is_that_of_the_command(
    handlers: Mapping[str, Handler], period: str, by_city: dict[str, Any]
) -> None:
    call, found = answered(handlers, "analyse", f"{period}&by=city", name="development")
    assert found.model_dump() == by_city
    assert call.subjects == ()
    assert (call.detail["analysis"], call.detail["by"]) == ("development", "city")


def test_who_is_limited_gets_the_sums_of_their_own_customers(
    handlers: Mapping[str, Handler], period: str, by_city: dict[str, Any]
) -> None:
    names = [one["name"] for one in by_city["indicators"]]
    groups = {row["group"]: row for row in by_city["rows"]}
    assert len(groups) > 1
    for city, row in groups.items():
        scope = Scope(city=city)
        for by in ("all", "city"):
            _, found = answered(
                handlers, "analyse", f"{period}&by={by}", scope, "manager", name="development"
            )
            (total,) = found.totals
            for name in names:
                assert total[name] == pytest.approx(row[name]), (city, by, name)
            assert {own["group"] for own in found.rows} == ({city} if by == "city" else {None})
    nowhere = Scope(city="Nowhere")
    _, found = answered(handlers, "analyse", f"{period}&by=all", nowhere, name="development")
    assert not any(found.totals[0][name] for name in names)


def test_it_is_fetched_as_data_and_as_a_picture(
    handlers: Mapping[str, Handler], period: str, by_city: dict[str, Any]
) -> None:
    call, answer = answered(handlers, "analysisFile", f"{period}&by=city", name="development")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert [row["city"] for row in rows] == [row["group"] for row in by_city["rows"]]
    assert answer.headers["liuke-sha256"] == call.detail["sha256"]
    _, answer = answered(
        handlers, "analysisFile", f"{period}&by=city&format=png", name="development"
    )
    assert answer.media_type == "image/png"
    assert answer.body.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "query", "code", "said"),
    [
        ("sales", "", "unknown_analysis", "GET /analyses"),
        ("development", "&by=colour", "invalid_request", "by is 'colour'"),
        ("development", "&as_of=2020-01-01", "invalid_request", "as_of is 2020-01-01, before to"),
        ("development", "&as_of=2099-01-01", "invalid_request", "the data end before"),
    ],
)
def test_what_is_not_declared_or_not_known_is_refused(
    handlers: Mapping[str, Handler], period: str, name: str, query: str, code: str, said: str
) -> None:
    with pytest.raises(RequestRefused, match=said) as refused:
        answered(handlers, "analyse", period + query, name=name)
    assert refused.value.code == code
    assert "--" not in refused.value.message


def test_without_days_it_is_of_the_last_six_whole_months(
    handlers: Mapping[str, Handler], small_home: SmallHome
) -> None:
    call, _ = answered(handlers, "analyse", name="development")
    since, until = (pd.Timestamp(call.detail[name]) for name in ("from", "to"))
    assert since.day == until.day == 1
    assert since + pd.DateOffset(months=6) == until
    assert timedelta() <= small_home.as_of - until <= timedelta(days=31)


def test_the_days_of_a_period_stand_in_their_order(handlers: Mapping[str, Handler]) -> None:
    for query in ("from=2026-03-01&to=2026-01-01", "from=1&to=2026-01-01"):
        with pytest.raises(RequestRefused) as refused:
            answered(handlers, "analyse", query, name="development")
        assert refused.value.code == "invalid_request"
