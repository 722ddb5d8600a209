"""What the offers cost, as the catalogue stood at a moment."""

from __future__ import annotations

from pathlib import Path

from serving.retention.offers import offer_costs
from tests.facts import day, fact, import_facts, joined, used


def test_the_latest_price_that_was_known_counts(tmp_path: Path) -> None:
    facts = [
        *joined("C1"), used("C1", -3),
        fact("offers", "discount", day(-90), cost_fen=3000),
        fact("offers", "discount", day(-30), day(-20), cost_fen=2500),
        fact("offers", "gift", day(-90), cost_fen=800),
        fact("offers", "gift", day(-90), day(-10), cost_fen=900),
    ]  # fmt: skip
    import_facts(tmp_path / "home", facts, tmp_path / "raw")
    costs = [offer_costs(tmp_path / "home", day(number)) for number in (-100, -25, -15, 0)]
    assert costs == [
        {},
        {"discount": 3000, "gift": 800},
        {"discount": 2500, "gift": 800},
        {"discount": 2500, "gift": 900},
    ]


def test_a_home_without_the_feed_has_no_costs(tmp_path: Path) -> None:
    assert offer_costs(tmp_path, day(0)) == {}
