"""The lanes: what is drawn lies within the axis, and nothing is lost from the tables."""

from __future__ import annotations

from datetime import datetime

import pytest

from serving.pages.customer.happened import Happened
from serving.pages.customer.timeline import DOT, Lane, Timeline, timeline
from tests.serving.pages.customer.known import NIGHT, NOW, known


def drawn(months: int = 12, now: datetime = NOW) -> Timeline:
    return timeline(Happened(known(), "en", now).entries(), NIGHT, months, now)


def lane(name: str, months: int = 12) -> Lane:
    return next(own for own in drawn(months).lanes if own.name == name)


@pytest.mark.parametrize("months", [3, 6, 12])
def test_everything_lies_within_its_lane(months: int) -> None:
    line = drawn(months)
    for own in line.lanes:
        for shape in own.shapes:
            assert 0 <= shape.x <= line.axis.width, own.name
            assert shape.x + shape.width <= line.axis.width + 4
            assert 0 <= shape.y <= 100
            assert shape.y + shape.height <= 100


def test_the_table_has_what_was_before_the_axis_too() -> None:
    contract = lane("contract", 3)
    assert len(contract.shapes) == 1
    assert [own.at.year for own in contract.entries] == [2026, 2025, 2025]


def test_a_span_that_began_before_the_axis_begins_with_it() -> None:
    first, second = lane("tier", 3).shapes
    assert (first.x, first.tone) == (0.0, "gold")
    assert first.x + first.width == pytest.approx(second.x)


def test_the_largest_amount_fills_its_lane() -> None:
    data = lane("data")
    assert data.most == 1000.0
    assert [shape.height for shape in data.shapes] == [50.0, 100.0]


def test_the_risk_is_a_line_through_its_nights() -> None:
    risk = lane("risk")
    assert [shape.kind for shape in risk.shapes] == [DOT, DOT]
    assert risk.path.startswith("M")
    assert risk.path.count("L") == 1
    assert risk.shapes[0].y > risk.shapes[1].y  # a higher risk stands higher


def test_what_nothing_is_known_of_is_named() -> None:
    found = Happened(known(bills=[], tasks=[], promises=[], events=[]), "en", NOW).entries()
    assert timeline(found, NIGHT, 12, NOW).empty == ["bills", "care"]
