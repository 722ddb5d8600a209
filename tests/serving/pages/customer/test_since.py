"""What is new since the customer was last served; today's visit is not the last one."""

from __future__ import annotations

from datetime import datetime

from serving.pages.customer.happened import Happened
from serving.pages.customer.since import Since, since_last_visit
from tests.serving.pages.customer.known import NIGHT, NOW, known


def since(**more: object) -> Since:
    found = known(**more)
    return since_last_visit(found, Happened(found, "en", NOW).entries(), NIGHT, NOW)


def test_the_last_visit_was_on_an_earlier_day() -> None:
    found = since()
    assert (found.at, found.is_visit) == (datetime(2026, 2, 10, 9, 5), True)
    lanes = {own.lane for own in found.entries}
    assert lanes == {"risk", "complaints", "care"}
    assert [own.at for own in found.entries] == sorted(
        (own.at for own in found.entries), reverse=True
    )


def test_without_a_visit_the_last_ninety_days_count() -> None:
    found = since(decisions=[], outcomes=[])
    assert (found.at, found.is_visit) == (datetime(2025, 12, 2), False)
    assert {"bills", "payments"} <= {own.lane for own in found.entries}
