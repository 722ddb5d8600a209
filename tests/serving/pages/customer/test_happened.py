"""Everything that is known of a customer becomes an entry of a lane, in both languages."""

from __future__ import annotations

from datetime import datetime

import pytest

from serving.pages.customer.happened import LANES, Entry, Happened
from tests.serving.pages.customer.known import NOW, known


def entries(language: str = "en", lane: str = "") -> list[Entry]:
    found = Happened(known(), language, NOW).entries()
    return [own for own in found if not lane or own.lane == lane]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_lane_has_its_entries_in_time(language: str) -> None:
    found = entries(language)
    assert {own.lane for own in found} == set(LANES)
    assert [own.at for own in found] == sorted(own.at for own in found)
    assert all(own.text.strip() for own in found)


def test_a_complaint_lasts_until_it_is_closed() -> None:
    first, closed, second = entries(lane="complaints")
    assert (first.until, first.is_open) == (datetime(2026, 1, 12, 9), False)
    assert first.text == "new complaint, billing, “<b>no</b>”"  # the template escapes it
    assert (closed.until, closed.tone) == (None, "good")
    assert (second.until, second.is_open, second.tone) == (NOW, True, "bad")


def test_a_promise_that_is_late_is_broken() -> None:
    promise, task = [own for own in entries(lane="care") if own.until]
    assert promise.text == "promise broken: callback, was due 2026-03-02 09:00"
    assert (promise.tone, promise.is_open) == ("bad", True)
    assert task.text == "task: visit, due 2026-03-09, open"


def test_a_tier_lasts_until_the_next() -> None:
    first, second = entries("zh", "tier")
    assert (first.text, second.text) == ("金：首张账单", "金 → 银：账单金额下降")
    assert (first.until, second.until) == (second.at, NOW)


def test_amounts_are_in_their_units() -> None:
    assert [own.size for own in entries(lane="data")] == [500.0, 1000.0]
    first, second = entries(lane="voice")
    assert (first.text, first.tone) == ("10 min, 1 SMS, calls to rivals' hotlines: 2", "warn")
    assert second.tone == "plain"
    assert entries(lane="bills")[0].text == "2026-01: 88.50 CNY"
    assert entries(lane="risk")[-1].text == "40 %, gold, model version 2"


def test_what_an_operator_names_stays_as_it_is() -> None:
    assert entries("zh", "contacts")[0].text == "已发送，spring"
    assert entries("zh", "contract")[-1].text == "套餐变更，套餐：P2，营销授权：是"
