"""What is not delivered, and the features that takes."""

from __future__ import annotations

from features import catalogue
from features.doctor.absences import TEXT, Absence, supply
from features.engine.store import TOPIC
from features.feeds import FEEDS

ALL = frozenset(f"{feed.name}.{column.name}" for feed in FEEDS.values() for column in feed.columns)


def by_feed(delivered: frozenset[str], *, has_topics: bool = True) -> dict[str, Absence]:
    found = supply("CNY", delivered, has_topics=has_topics).absences
    assert len({absence.feed for absence in found}) == len(found)
    return {absence.feed: absence for absence in found}


def test_an_operator_who_delivers_all_lacks_nothing() -> None:
    found = supply("CNY", ALL, has_topics=True)
    assert found.declared == found.available == len(catalogue.features("CNY"))
    assert (found.absences, found.without_topics) == ((), ())


def test_a_column_takes_the_features_computed_from_it_and_no_others() -> None:
    found = by_feed(ALL - {"bills.cost_fen"})
    expected = {one.name for one in catalogue.features("CNY") if "bills.cost_fen" in one.needs}
    assert found.keys() == {"bills"}
    assert found["bills"].columns == ("cost_fen",)
    assert set(found["bills"].features) == expected


def test_a_feed_takes_all_that_needs_any_of_it() -> None:
    found = by_feed(frozenset(column for column in ALL if not column.startswith("calls.")))
    assert found["calls"].columns == ()
    assert "neighbours_12w" in found["calls"].features
    assert "on_net_share_12w" in found["calls"].features


def test_what_lacks_two_things_is_named_for_both_and_counted_once() -> None:
    lacking = {"usage.dropped_calls", "customers.group_id"}
    found = supply("CNY", ALL - lacking, has_topics=True)
    missing = {name for absence in found.absences for name in absence.features}
    assert found.declared - found.available == len(missing)


def test_a_column_that_no_feature_needs_is_not_missed() -> None:
    assert by_feed(ALL - {"customers.store_id"}) == {}


def test_topics_wait_for_texts_or_for_the_fit() -> None:
    with_texts = supply("CNY", ALL, has_topics=False)
    assert with_texts.absences == ()
    topics = {one.name for one in catalogue.features("CNY") if TOPIC in one.needs}
    assert set(with_texts.without_topics) == topics
    without = supply("CNY", ALL - {TEXT}, has_topics=False)
    assert without.without_topics == ()
    (absence,) = without.absences
    assert (absence.feed, absence.columns) == ("complaints", ("text",))
    assert topics <= set(absence.features)
