"""Use of the periods' days, and calls to rivals."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.facts import joined, used
from tests.serving.analyses.conftest import Totals, of_facts

# Day 0 is 2 June; day 28 the last of June, day 29 the first of July.


def test_use_is_of_the_days_of_the_period(first: Totals) -> None:
    facts = [
        *joined("C1"),
        used("C1", -2, data_kb=9_000_000),
        used("C1", 0, data_kb=1_500_000, voice_out_s=600, dropped_calls=1, roaming_s=60),
        used("C1", 27, data_kb=500_000, voice_out_s=1_200, sms=3, voice_in_s=90),
        *joined("C2"),
        used("C2", 1, voice_in_s=30),  # called, but did nothing themselves
        used("C2", 29, data_kb=7_000_000),
    ]
    found = first(of_facts(facts, "use", known_at=datetime(2025, 7, 5)))
    assert found == {
        "active_customers": 1,
        "data_gb": 2.0,
        "data_gb_per_active": 2.0,
        "voice_out_min": 30.0,
        "voice_out_min_per_active": 30.0,
        "voice_in_min": 2.0,
        "messages": 3,
        "roaming_min": 1.0,
        "dropped_calls_per_hour": 2.0,
    }


@pytest.mark.parametrize(
    ("known", "minutes"), [(datetime(2025, 7, 1), 0.0), (datetime(2025, 7, 9), 20.0)]
)
def test_a_day_counts_once_it_is_known(first: Totals, known: datetime, minutes: float) -> None:
    """The last day of June, entered on 5 July and corrected on the 8th."""
    facts = [
        *joined("C1"),
        used("C1", 0, data_kb=1),
        used("C1", 28, 33, voice_out_s=600),
        used("C1", 28, 36, voice_out_s=1_200),
    ]
    assert first(of_facts(facts, "use", known_at=known))["voice_out_min"] == minutes


def test_calls_to_rivals_are_counted_by_customer(first: Totals) -> None:
    facts = [
        *joined("C1"),
        used("C1", 3, rival_hotline_calls=2, voice_out_s=100, voice_rival_s=25),
        used("C1", 4, rival_hotline_calls=1),
        *joined("C2"),
        used("C2", 3, voice_out_s=100),
    ]
    found = first(of_facts(facts, "rivals"))
    assert (found["rival_hotline_callers"], found["rival_hotline_calls"]) == (1, 3)
    assert found["rival_voice_share"] == 0.125
