"""Surveys and complaints, and whether these were answered in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.facts import Fact, fact, joined
from tests.serving.analyses.conftest import Totals, of_facts

AT = datetime(2025, 6, 10, 8)


def complaint(name: str, *events: tuple[str, float], at: datetime = AT) -> list[Fact]:
    """The complaint `name` of C1: each event so many hours after the opening."""
    return [
        fact("complaints", "C1", at + timedelta(hours=hours), complaint_id=name, event=event,
             category="network" if event == "opened" else None)
        for event, hours in (("opened", 0.0), *events)
    ]  # fmt: skip


def test_complaints_in_time_are_those_never_late(first: Totals) -> None:
    last_day = datetime(2025, 6, 30, 8)
    facts = [
        *joined("C1"),
        *complaint("in time", ("closed", 48)),
        *complaint("late", ("closed", 50)),
        *complaint("open and late"),
        *complaint("reopened late", ("closed", 10), ("reopened", 20), ("closed", 80)),
        *complaint("open and young", at=last_day),
        *complaint("of May", ("closed", 1), at=datetime(2025, 5, 31)),
    ]
    found = first(of_facts(facts, "satisfaction"))
    assert found["complaints_opened"] == 5
    assert found["complaints_in_time"] == 0.25
    assert found["complaints_open"] == 2
    assert found["complaint_hours"] == round((48 + 50 + 80) / 3, 6)
    by_category = of_facts(facts, "satisfaction", "category")
    assert [(row["group"], row["complaints_opened"]) for row in by_category["rows"]] == [
        ("network", 5)
    ]


def test_the_net_promoter_score_is_promoters_less_detractors(first: Totals) -> None:
    scores = (10, 9, 9, 8, 7, 6, 0)
    facts = [
        *joined("C1"),
        *(fact("surveys", "C1", AT, survey_id=f"V{i}", score=s) for i, s in enumerate(scores)),
    ]
    found = first(of_facts(facts, "satisfaction"))
    assert found["survey_answers"] == 7
    assert found["survey_score"] == 7.0
    assert found["net_promoters"] == round(100 / 7, 6)
    assert found["complaints_in_time"] is None
