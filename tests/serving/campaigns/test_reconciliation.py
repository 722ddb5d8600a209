"""Where the ledger and a file differ is said row by row."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import RequestRefused
from serving.campaigns.reconciliation import Reconciled, reconcile
from tests.serving.campaigns.conftest import LATER, Desk


def compared(desk: Desk, file: Path | None) -> Reconciled:
    with desk.engine.connect() as connection:
        return reconcile(desk.home, connection, desk.campaign, LATER, file)


def test_each_difference_is_a_row(desk: Desk) -> None:
    desk.imported(
        desk.row("K1", "C1", "accepted"), desk.row("K2", "C2", "sent"), desk.row("K3", "C3", "sent")
    )
    file = desk.file(
        desk.row("K1", "C1", "accepted"), desk.row("K2", "C2", "refused"),
        desk.row("K8", "C8", "sent"), desk.row("K7", "C77", "sent"), name="theirs.csv",
    )  # fmt: skip
    found = compared(desk, file)
    assert found.same == 1
    assert [(own.kind, own.contact_id, own.customer_id) for own in found.differences] == [
        ("only_file", "K7", "C77"),
        ("only_file", "K8", "C8"),
        ("only_ledger", "K3", "C3"),
        ("differs", "K2", "C2"),
        ("not_on_the_list", "K7", "C77"),
        ("control_contacted", "K8", "C8"),
        ("not_contacted", None, "C4"),
    ]
    (differs,) = (own for own in found.differences if own.kind == "differs")
    assert (differs.file, differs.ledger) == ("answered", "sent")
    assert found.to_json()["counts"]["only_file"] == 2


def test_without_a_feed_all_is_in_the_ledger_alone(desk: Desk) -> None:
    desk.imported(desk.row("K1", "C1", "accepted"))
    found = compared(desk, None)
    assert (found.compared, found.to_json()["counts"]["only_ledger"]) == ("feed", 1)


def test_an_unknown_campaign_is_refused(desk: Desk) -> None:
    with desk.engine.connect() as connection, pytest.raises(RequestRefused) as refused:
        reconcile(desk.home, connection, "f" * 32, LATER)
    assert refused.value.code == "unknown_campaign"
