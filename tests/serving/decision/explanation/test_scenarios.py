"""The smallest set of changes is the smallest: all sets are tried, one by one, another way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, pairwise

import pytest

from features.feeds import FEEDS
from serving.decision.explanation import CHANGED
from serving.decision.explanation.answer import Explanation
from serving.decision.explanation.changes import MAX_SIZE, Change
from serving.decision.explanation.rebuilding import built
from serving.decision.explanation.scenarios import Scenarios, risks
from serving.decision.offers.economics import risk_band
from serving.decision.record import Stored
from serving.events.checking import check_fact
from serving.events.ledger import Event
from tests.serving.decision.conftest import People
from tests.serving.decision.counter import Counter


@pytest.fixture
def counter(one_counter: Counter) -> Counter:
    return one_counter


def changes_of(counter: Counter, decision: Stored) -> list[Change]:
    explainer = counter.explainer()
    inquiry = explainer._inquiry(decision)
    own = Explanation(inquiry, explainer._rebuilt(inquiry), counter.settings, "en")
    return own._changes()


def risk_under(scenarios: Scenarios, changes: Iterable[Change]) -> float:
    """With all facts of the set known in each part that any of them touches."""
    own = list(changes)
    values: dict[str, float | str | None] = {}
    for feed, base in scenarios.bases.items():
        if feed not in {change.feed for change in own}:
            continue
        facts = [change.event(scenarios.row.customer_id, base.moment) for change in own]
        variants = [[*base.events, *facts]]
        (found,) = built(base.known, base.part, scenarios.row.customer_id, base.moment, variants)
        assert found is not None
        values.update(found)
    return float(risks(scenarios.champion, scenarios.row.with_values([values]))[0])


def all_sets(changes: list[Change]) -> list[tuple[Change, ...]]:
    return [
        own
        for size in range(1, MAX_SIZE + 1)
        for own in combinations(changes, size)
        if [change.kind for change in own].count("other_plan") < 2
    ]


def richest(people: People) -> str:
    """The customer of whom the most can be changed."""
    return next(name for name in people.owing if name in people.fitting)


def posted_complaints(counter: Counter, name: str) -> None:
    at = counter.now.replace(microsecond=0)
    for number in range(2):
        fields = {"complaint_id": f"n{number}", "event": "opened", "category": "network"}
        event_at = at.replace(hour=8 + number)
        counter.post(Event(f"n{number}", "complaints", name, event_at, event_at, fields))


def bounds(brute: Mapping[tuple[Change, ...], float], base: float) -> Iterator[tuple[float, float]]:
    """Bands that sets of each size are the first to leave, by less risk and by more."""
    by_size = [[risk for own, risk in brute.items() if len(own) <= size] for size in (1, 2, 3)]
    least, most = [base, *map(min, by_size)], [base, *map(max, by_size)]
    yield from (((less + more) / 2, 2.0) for more, less in pairwise(least) if less < more)
    yield from ((-1.0, (less + more) / 2) for less, more in pairwise(most) if less < more)


@pytest.mark.slow
def test_the_smallest_set_is_the_smallest(counter: Counter, people: People) -> None:
    name = richest(people)
    posted_complaints(counter, name)
    decision = counter.decided(name)
    scenarios = counter.scenarios(decision)
    changes = [own for own in changes_of(counter, decision) if own.feed]
    assert len(changes) >= 4, changes
    brute = {own: risk_under(scenarios, own) for own in all_sets(changes)}
    assert {len(own) for own in brute} == {1, 2, 3}
    base = decision.answer["churn_risk"]
    sizes = set()
    for low, high in bounds(brute, base):
        counter.with_bands(low, high)
        band = risk_band(base, counter.settings)
        leading = {
            own: risk for own, risk in brute.items() if risk_band(risk, counter.settings) != band
        }
        found = counter.explained(decision.id)
        least = min(map(len, leading))
        sizes.add(least)
        expected = sorted(risk for own, risk in leading.items() if len(own) == least)
        assert found["risk_band"] == band
        assert found["smallest"]["size"] == least
        risks_found = [one["churn_risk"] for one in found["smallest"]["sets"]]
        assert risks_found == pytest.approx(expected, rel=1e-12)
        for one in found["smallest"]["sets"]:
            named = {(own["kind"], own["reference"]) for own in one["changes"]}
            (same,) = [own for own in brute if {(c.kind, c.reference) for c in own} == named]
            assert brute[same] == pytest.approx(one["churn_risk"], rel=1e-12)
            assert one["risk_band"] != band
    assert 1 in sizes
    assert max(sizes) > 1


def test_no_change_leads_to_another_band_is_said_and_shown(
    counter: Counter, people: People
) -> None:
    counter.with_bands(-1.0, 2.0)
    name = richest(people)
    decision = counter.decided(name)
    found = counter.explained(decision.id)
    assert (found["risk_band"], found["smallest"]["size"]) == ("middle", None)
    assert found["smallest"]["sets"] == []
    tried = found["smallest"]["tried"]
    assert tried == len(all_sets([own for own in changes_of(counter, decision) if own.feed]))
    assert found["text"].startswith(f"No change leads to another band: {tried} sets")
    assert all(one["churn_risk"] is not None for one in found["changes"] if one["feed"])


def test_no_feature_is_in_the_parts_of_two_feeds(counter: Counter, people: People) -> None:
    """So what a set changes is what its changes of each feed change."""
    scenarios = counter.scenarios(counter.decided(people.fitting[0]))
    assert set(scenarios.bases) == set(CHANGED)
    names = [own.name for base in scenarios.bases.values() for own in base.part.features]
    assert len(names) == len(set(names))


def test_each_hypothetical_fact_is_one_that_events_would_take(
    counter: Counter, people: People
) -> None:
    changes = [
        change
        for names in (people.complaining, people.owing, people.fitting)
        for change in changes_of(counter, counter.decided(names[0]))
    ]
    assert {change.feed for change in changes if change.feed} == set(CHANGED)
    for change in changes:
        if change.feed:
            check_fact(change.feed, change.fields, counter.now)
            assert change.feed in FEEDS
