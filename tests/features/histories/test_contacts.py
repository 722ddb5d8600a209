"""The universal holdout, its share and that it is permanent; contacts as they were known."""

from __future__ import annotations

from functools import partial

import pytest

from features.histories.contacts import in_universal_holdout
from features.settings import HoldoutSettings
from tests import facts as given
from tests.facts import MOMENTS, Fact, day, fact, joined

rows = partial(given.rows, of=("contacts",))  # all features at once would take long

CUSTOMERS = [f"C{number:07}" for number in range(40_000)]


def held(share: float, salt: str = "s") -> set[str]:
    return {c for c in CUSTOMERS if in_universal_holdout(c, HoldoutSettings(share, salt))}


@pytest.mark.parametrize("share", [0.01, 0.015, 0.1])
def test_the_share_is_kept(share: float) -> None:
    spread = (share * (1 - share) / len(CUSTOMERS)) ** 0.5
    assert abs(len(held(share)) / len(CUSTOMERS) - share) < 4 * spread


def test_who_is_held_is_held_for_good() -> None:
    # Another draw here would break a promise made to last.
    assert sorted(held(0.015, "liuke-holdout-1"))[:3] == ["C0000075", "C0000269", "C0000305"]


def test_a_larger_share_only_adds() -> None:
    assert held(0.0) == set()
    assert held(0.01) < held(0.02)


def test_another_salt_draws_again() -> None:
    both = held(0.1, "s") & held(0.1, "t")
    assert abs(len(both) / len(CUSTOMERS) - 0.01) < 0.003


def contact(
    event: str, at: float, name: str = "K1", known: float | None = None, arm: str = "treated"
) -> Fact:
    moment = None if known is None else day(known)
    return fact("contacts", "C1", day(at), moment, contact_id=name, event=event, arm=arm)


def test_contacts_are_counted_by_how_far_they_came() -> None:
    facts = [
        *joined("C1"), contact("assigned", -10), contact("sent", -9), contact("reached", -8),
        contact("answered", -8), contact("accepted", -8),
        contact("assigned", -41, "K2"), contact("sent", -40, "K2"), contact("reached", -40, "K2"),
        contact("answered", -40, "K2"),
        contact("assigned", -100, "K3"), contact("sent", -99, "K3"),
        contact("assigned", -3, "K4"),
    ]  # fmt: skip
    row = rows(facts)["C1", day(0)]
    found = {
        event: [row[f"contacts_{event}_{weeks}w"] for weeks in (4, 12, 26)]
        for event in ("sent", "reached", "accepted")
    }
    assert found == {"sent": [1, 2, 3], "reached": [1, 2, 2], "accepted": [1, 1, 1]}
    assert row["offers_refused_26w"] == 1
    assert row["days_since_contact"] == 9
    assert row["treated_12w"] == 3


def test_a_control_counts_as_no_contact() -> None:
    control = [contact(event, -9, arm="control") for event in ("assigned", "reached", "accepted")]
    assert rows([*joined("C1"), *control]) == rows(joined("C1"))


def test_a_contact_counts_from_the_day_it_is_known() -> None:
    found = rows([*joined("C1"), contact("sent", -9, known=0.5)])
    sent = [found["C1", moment]["contacts_sent_4w"] for moment in MOMENTS]
    assert sent == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
