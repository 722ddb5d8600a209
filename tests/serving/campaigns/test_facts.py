"""What the ledger says of campaigns, as facts of the feed `contacts`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from features.histories.contacts import contacts as treated_contacts
from serving.campaigns.facts import contact_facts
from tests.serving.campaigns.conftest import LATER, NOW, UNTIL, Desk

COSTS = {"hotline": 300}


def facts(desk: Desk, now: datetime = LATER) -> pd.DataFrame:
    with desk.engine.connect() as connection:
        return contact_facts(connection, COSTS, now)


def events(found: pd.DataFrame, contact: str) -> list[str]:
    return found.loc[found["contact_id"] == contact, "event"].tolist()


def fact(found: pd.DataFrame, contact: str, event: str) -> dict[str, Any]:
    (own,) = found[(found["contact_id"] == contact) & (found["event"] == event)].to_dict("records")
    return {str(name): value for name, value in own.items()}


def test_a_contact_becomes_its_events_with_both_clocks(desk: Desk) -> None:
    desk.imported(desk.row("K1", "C1", "accepted"), desk.row("K2", "C2", "no_answer"))
    found = facts(desk)
    assert events(found, "K1") == ["assigned", "sent", "reached", "answered", "accepted"]
    assert events(found, "K2") == ["assigned", "sent"]
    own = fact(found, "K1", "sent")
    assert (own["campaign"], own["arm"], own["propensity_ppm"]) == (
        desk.campaign, "treated", 800_000,
    )  # fmt: skip
    assert (own["event_time"], own["known_at"]) == (datetime(2026, 3, 3, 10), LATER)
    assert own["cost_fen"] == 300  # as declared, since the file did not say
    drawn = fact(found, "K1", "assigned")
    assert (drawn["event_time"], drawn["known_at"]) == (NOW, LATER)


def test_controls_are_facts_from_the_draw_on(desk: Desk) -> None:
    found = facts(desk)
    assert sorted(found["customer_id"]) == ["C8", "C9"]
    assert set(found["event"]) == {"assigned"}
    assert set(found["arm"]) == {"control"}
    assert set(found["known_at"]) == {NOW}


def test_who_was_never_contacted_is_a_fact_at_the_end(desk: Desk) -> None:
    desk.imported(desk.row("K1", "C1", "accepted"))
    found = facts(desk, UNTIL)
    treated = found[(found["arm"] == "treated") & (found["event"] == "assigned")]
    assert sorted(treated["customer_id"]) == ["C1", "C2", "C3", "C4"]
    late = treated[treated["customer_id"] != "C1"]
    assert set(late["known_at"]) == {UNTIL}


def test_the_same_ledger_gives_the_same_facts(desk: Desk) -> None:
    desk.imported(desk.row("K1", "C1", "accepted"), desk.row("K8", "C8", "reached"))
    pd.testing.assert_frame_equal(facts(desk), facts(desk))


def test_a_correction_withdraws_the_contact_and_the_draw_moves_on(desk: Desk) -> None:
    desk.imported(desk.row("K1", "C1", "accepted"))
    before = facts(desk)
    desk.imported(desk.row("K1b", "C1", "no_answer", corrects="K1"))
    found = facts(desk)
    known = set(map(tuple, found[["contact_id", "event"]].to_numpy()))
    assert set(map(tuple, before[["contact_id", "event"]].to_numpy())) <= known
    assert events(found, "K1")[-1] == "withdrawn"
    assert events(found, "K1b") == ["assigned", "sent"]


def test_a_withdrawn_contact_is_none_in_the_histories(desk: Desk) -> None:
    import ibis

    desk.imported(desk.row("K1", "C1", "accepted"))
    desk.imported(desk.row("K1b", "C1", "no_answer", corrects="K1"))
    table = ibis.memtable(facts(desk).drop(columns=["propensity_ppm"]))
    seen = treated_contacts(table, [datetime(2026, 4, 1)]).to_pandas()
    assert seen[["contact_id", "sent", "accepted"]].to_numpy().tolist() == [["K1b", 1, 0]]
