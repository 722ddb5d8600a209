"""Files of outcomes go into the ledger: once, all or nothing, on both databases."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.disk.erased import remember_erased
from features.errors import ImportRefused
from features.imports.erasure import names
from tests.serving.campaigns.conftest import LATER, Desk


def test_each_row_becomes_an_outcome_with_its_arm_and_both_clocks(desk: Desk) -> None:
    found = desk.imported(
        desk.row("K1", "C1", "accepted", cost="3.5", confirmation="R-77"),
        desk.row("K2", "C2", "no_answer"),
    )
    assert (found.read, found.new, found.bad, found.unconfirmed) == (2, 2, 0, 0)
    first, second = desk.ledger()
    assert (first["outcome"], first["arm"], first["propensity"]) == (
        "offer_accepted", "treated", 0.8,
    )  # fmt: skip
    assert (first["at"], first["known_at"]) == (datetime(2026, 3, 3, 10), LATER)
    assert (first["contact_fen"], first["confirmed"], second["contact_fen"]) == (350, True, None)


def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    rows = [desk.row("K1", "C1", "accepted"), desk.row("K2", "C2", "refused")]
    desk.imported(*rows)
    before = desk.ledger()
    again = desk.imported(*reversed(rows), rows[0])
    assert (again.new, again.unchanged) == (0, 3)
    assert desk.ledger() == before


def test_a_control_who_was_contacted_is_kept_and_counted(desk: Desk) -> None:
    found = desk.imported(desk.row("K1", "C8", "accepted"))
    assert (found.new, found.crossovers) == (1, 1)
    assert desk.ledger()[0]["arm"] == "control"


def test_a_contact_goes_on_from_day_to_day(desk: Desk) -> None:
    desk.imported(desk.row("K1", "C1", "sent", channel="sms"))
    found = desk.imported(
        desk.row("K1", "C1", "accepted", channel="sms", at="2026-03-05 09:00"),
        desk.row("K1", "C1", "reached", channel="sms", at="2026-03-04 09:00"),
    )
    assert found.new == 2
    assert [(own["outcome"], own["answers"]) for own in desk.ledger()] == [
        ("sent", None), ("reached", "K1"), ("offer_accepted", "K1"),
    ]  # fmt: skip


def test_a_correction_takes_the_wrong_row_back(desk: Desk) -> None:
    desk.imported(desk.row("K1", "C1", "accepted"))
    found = desk.imported(desk.row("K1b", "C1", "refused", corrects="K1"))
    assert (found.new, found.corrections) == (1, 1)
    assert desk.ledger()[1]["undoes"] == "K1"
    with pytest.raises(ImportRefused, match="was corrected already"):
        desk.imported(desk.row("K1c", "C1", "reached", corrects="K1"))


WRONG = {
    "another result": ({"result": "refused"}, "is recorded with another result"),
    "unknown campaign": ({"campaign_id": "f" * 32, "contact_id": "N"}, "no campaign with a list"),
    "before the start": ({"contact_id": "N", "at": "2026-03-02 05:59"}, "before the campaign's st"),
    "propensity 0": ({"contact_id": "N", "propensity": "0"}, "propensity is 0; expected above 0"),
    "propensity 2": ({"contact_id": "N", "propensity": "2"}, "propensity is 2; expected above 0"),
    "other propensity": ({"contact_id": "N", "propensity": "0.5"}, "the draw's was 0.8"),
    "corrects nothing": ({"contact_id": "N", "corrects": "X"}, "corrects names X"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_contradicts_the_records_refuses_the_file_whole(desk: Desk, case: str) -> None:
    desk.imported(desk.row("K1", "C1", "accepted"))
    changed, message = WRONG[case]
    before, rows = desk.ledger(), desk.audited()
    with pytest.raises(ImportRefused, match=message) as refused:
        desk.imported(desk.row("K9", "C2", "reached"), desk.row("K1", "C1", "accepted") | changed)
    assert "line 3" in refused.value.message
    assert (desk.ledger(), desk.audited()) == (before, rows)


def test_two_results_of_one_contact_in_one_file_refuse_it(desk: Desk) -> None:
    with pytest.raises(ImportRefused, match="another result"):
        desk.imported(desk.row("K1", "C1", "accepted"), desk.row("K1", "C1", "refused"))
    assert not desk.ledger()


def test_bad_rows_are_quarantined_with_their_reasons(desk: Desk) -> None:
    good = [desk.row(f"K{place}", "C1", "no_answer") for place in range(10)]
    found = desk.imported(*good, desk.row("B1", "C1", "perhaps"), desk.row("B2", "C77", "accepted"))
    assert (found.new, found.bad) == (10, 2)
    assert set(found.quarantined) == {
        "result is none of sent, no_answer, reached, refused, accepted",
        "the customer is not on the campaign's list",
    }
    path = Path(found.quarantine_file or "")
    assert pq.read_table(path, columns=["row_number"])["row_number"].to_pylist() == [12, 13]
    assert names(path, "C77")  # so that an erasure finds them there


def test_a_file_of_mostly_bad_rows_is_refused(desk: Desk) -> None:
    with pytest.raises(ImportRefused, match="2 of 3 rows are bad"):
        desk.imported(
            desk.row("K1", "C1", "accepted"), desk.row("B1", "C77", "sent"),
            desk.row("B2", "C1", "sent", at="soon"),
        )  # fmt: skip
    assert not desk.ledger()


def test_an_erased_customer_does_not_come_back(desk: Desk) -> None:
    remember_erased(desk.home, "C1")
    found = desk.imported(desk.row("K1", "C1", "accepted"), desk.row("K2", "C2", "accepted"))
    assert (found.new, found.erased) == (1, 1)
    assert [own["customer_id"] for own in desk.ledger()] == ["C2"]
