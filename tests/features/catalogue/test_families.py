"""One declared line becomes features, each with its name, words and definition."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from features.catalogue.aggregates import ALWAYS, CHANGE, change, farthest, mean, nearest, total
from features.catalogue.families import Declarations, Feature


def declared(stream: str = "weeks", currency: str = "CNY", **own: Any) -> list[Feature]:
    line: dict[str, Any] = {
        "unit": "MB",
        "en": "data in the last {window}",
        "zh": "近{window}流量",
    } | own
    declarations = Declarations(stream, feed="usage", group="usage")
    aggregates, weeks = line.pop("aggregates", [total]), line.pop("weeks", (ALWAYS,))
    declarations.measure("data_mb", **line).declare(*aggregates, weeks=weeks)
    return declarations.families[0](currency)


def test_a_line_is_expanded_over_windows_and_aggregates() -> None:
    names = [feature.name for feature in declared(aggregates=[total, change], weeks=(4, 12))]
    assert names == ["data_mb_4w", "data_mb_4w_change", "data_mb_12w", "data_mb_12w_change"]


def test_daily_windows_are_named_in_days() -> None:
    (feature,) = declared("days", weeks=(1,))
    assert (feature.name, feature.en, feature.zh) == (
        "data_mb_7d",
        "data in the last 7 days",
        "近7天流量",
    )


def test_words_are_put_around_the_measure() -> None:
    _, feature = declared(aggregates=[total, change], weeks=(4,))
    assert feature.en == "data in the last 4 weeks, against the 4 weeks before"
    assert feature.zh == "近4周流量（与此前4周相比）"
    assert feature.unit == CHANGE


def test_a_measure_without_an_aggregate_is_taken_as_it_stands() -> None:
    (feature,) = declared(aggregates=[])
    assert (feature.name, feature.aggregate, feature.weeks) == ("data_mb", None, ALWAYS)


def test_a_measure_of_another_stream_keeps_its_words_and_group() -> None:
    network = Declarations("weeks", feed="usage", group="network")
    days = Declarations("days", feed="usage", group="usage")
    drops = network.measure("dropped_calls", "drops in the last {window}", "近{window}掉话次数")
    drops.of(days).declare(total, weeks=(1,))
    assert network.families == []
    (feature,) = days.families[0]("CNY")
    assert (feature.name, feature.stream, feature.group) == ("dropped_calls_7d", "days", "network")
    assert feature.en == "drops in the last 7 days"


def test_a_window_without_end_has_no_name() -> None:
    (feature,) = declared(en="data", zh="流量")
    assert (feature.name, feature.weeks) == ("data_mb", ALWAYS)


def test_the_currency_stands_in_name_and_unit() -> None:
    declarations = Declarations("bills", feed="bills", group="billing")
    declarations.measure("bill_{currency}", "b", "b", unit="{currency}").declare(mean, weeks=(13,))
    (feature,) = declarations.families[0]("EUR")
    assert (feature.name, feature.unit) == ("bill_eur_13w_mean", "EUR")


def test_a_feature_needs_the_columns_of_its_inputs() -> None:
    assert declared()[0].needs == {"usage.data_mb"}
    assert declared(column="data_kb")[0].needs == {"usage.data_kb"}
    assert declared(column="active", needs=("sms", "data_kb"))[0].needs == {
        "usage.sms",
        "usage.data_kb",
    }
    assert declared(needs=("sms", "customers.city"))[0].needs == {"usage.sms", "customers.city"}


CHANGES_NO_NUMBER = {
    "unit": "GB",
    "group": "network",
    "en": "other words",
    "zh": "别的说法",
    "staff_may_hear": False,
    "saying": None,
    "needs": frozenset({"usage.sms"}),
}
CHANGES_NUMBERS = {
    "name": "other",
    "stream": "days",
    "column": "sms",
    "aggregate": mean,
    "weeks": 8,
    "scale": 7,
    "is_category": True,
}


@pytest.mark.parametrize("field", [field.name for field in fields(Feature)])
def test_the_definition_holds_what_changes_the_numbers(field: str) -> None:
    (feature,) = declared(weeks=(4,))
    changed: dict[str, Any] = {field: (CHANGES_NUMBERS | CHANGES_NO_NUMBER)[field]}
    other = replace(feature, **changed)
    assert (other.definition() != feature.definition()) == (field in CHANGES_NUMBERS)


@pytest.mark.parametrize(
    "other",
    [
        nearest,
        farthest,
        replace(total, empty=None),
        replace(total, scaled=False),
        replace(total, weeks_needed=1),
        replace(total, expression=nearest.expression),
    ],
)
def test_aggregates_of_one_ending_have_different_hashes(other: Any) -> None:
    (feature,) = declared(weeks=(4,))
    assert other.ending == total.ending
    assert replace(feature, aggregate=other).definition() != feature.definition()
    worded = replace(feature, aggregate=replace(total, en="so much {what}"))
    assert worded.definition() == feature.definition()
