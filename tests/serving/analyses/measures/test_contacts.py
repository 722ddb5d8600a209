"""Contacts of campaigns and what came of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.facts import Fact, fact, joined
from tests.serving.analyses.conftest import Totals, of_facts


def contact(name: str, *days: tuple[str, int], **own: Any) -> list[Fact]:
    return [
        fact("contacts", "C1", datetime(2025, 6, day), contact_id=name, event=event, **own)
        for event, day in days
    ]


def test_a_contact_counts_by_its_first_event_with_what_came_of_it(first: Totals) -> None:
    facts = [
        *joined("C1"),
        *contact("K1", ("assigned", 3), ("sent", 4), ("reached", 5), ("accepted", 6), cost_fen=200),
        *contact("K2", ("assigned", 3), ("sent", 4), ("reached", 5), cost_fen=200),
        *contact("K3", ("assigned", 3), campaign="B"),
        *contact("K4", ("assigned", 3), arm="control"),
        fact("contacts", "C1", datetime(2025, 5, 31), contact_id="K5", event="assigned"),
    ]
    found = first(of_facts(facts, "marketing"))
    assert found["contacts_assigned"] == 3
    assert found["contacts_control"] == 1
    assert (found["contacts_sent"], found["contacts_reached"], found["offers_accepted"]) == (
        2,
        2,
        1,
    )
    assert found["acceptance_share"] == 0.5
    campaigns = of_facts(facts, "marketing", None)["rows"]
    assert [(row["group"], row["contacts_assigned"]) for row in campaigns] == [("K1", 2), ("B", 1)]
