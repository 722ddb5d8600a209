"""The one builder: who has a row, who is eligible, and that dates and customers do not mix."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from tests.facts import MOMENTS, MONDAY, Fact, Row, day, fact, joined, operator, rows, used


def event(name: str, at: float, known: float | None = None, customer: str = "C1") -> Fact:
    return fact("contracts", customer, day(at), None if known is None else day(known), event=name)


BASE = ("standing", "profile", "days")  # streams that say who has a row and is eligible
USE = ("days", "weeks")


def row_of(*facts: Fact, of: Sequence[str] = ()) -> Row:
    return rows(facts, of=of)["C1", MONDAY]


def test_a_customer_has_rows_from_joining_to_leaving() -> None:
    facts = [*joined("C1", -8), event("pre_cancelled", -1.5), event("cancelled", 1.5)]
    found = rows(facts, of=BASE)
    assert {moment: row["standing"] for (_, moment), row in found.items()} == {
        day(-7): "active",
        day(-2): "active",
        day(-1): "pre_cancelled",
        day(0): "pre_cancelled",
        day(1): "pre_cancelled",
    }


def test_a_departure_dated_back_removes_the_row_once_it_is_known() -> None:
    found = rows([*joined("C1"), event("ported", -10, known=1.5)], of=BASE)
    assert [moment for _, moment in sorted(found)] == [m for m in MOMENTS if m < day(1.5)]


def test_a_customer_without_profile_or_contract_has_no_row() -> None:
    profile, contract = joined("C1")
    assert rows([profile]) == rows([contract]) == {}


@pytest.mark.parametrize(
    ("mode", "last_use", "eligible"),
    [("postpaid", None, True), ("prepaid", None, False), ("prepaid", -28, True),
     ("prepaid", -29, False), ("prepaid", -2, True)],
)  # fmt: skip
def test_a_prepaid_customer_is_eligible_if_he_was_active(
    mode: str, last_use: int | None, eligible: bool
) -> None:
    use = [] if last_use is None else [used("C1", last_use, sms=1)]
    assert row_of(*joined("C1", payment_mode=mode), *use, of=BASE)["eligible"] is eligible


def test_being_called_does_not_make_a_prepaid_customer_eligible() -> None:
    facts = [*joined("C1", payment_mode="prepaid"), used("C1", -3, voice_in_s=60)]
    assert row_of(*facts, of=BASE)["eligible"] is False


@pytest.mark.parametrize("name", ["suspended", "pre_cancelled"])
def test_only_the_active_are_eligible(name: str) -> None:
    assert row_of(*joined("C1"), event(name, -3), of=BASE)["eligible"] is False


def test_consent_is_the_latest_known() -> None:
    facts = [*joined("C1"), fact("customers", "C1", day(-3), day(0.5), consent=False)]
    found = rows(facts, of=BASE)
    assert [found["C1", moment]["consent"] for moment in (day(0), day(1))] == [True, False]


def test_what_happened_never_is_nought_and_what_is_unknown_is_null() -> None:
    row = row_of(*joined("C1"))
    assert row["data_mb_4w"] == row["payment_cny_4w"] == row["complaints_4w"] == 0
    assert row["bill_cny_13w_latest"] is row["days_since_use"] is row["data_mb_4w_change"] is None


def test_numbers_are_floats_and_categories_text() -> None:
    facts = [*joined("C1", brand="b"), used("C1", -3, data_kb=1), used("C1", -70, data_kb=1)]
    facts += [fact("bills", "C1", day(-3), period=day(-33).date(), revenue_fen=100)]
    row = row_of(*facts)
    for feature in operator().histories.features:
        kinds = (str,) if feature.is_category else (float,)
        assert isinstance(row[feature.name], (*kinds, type(None))), feature.name
    assert list(row) == [
        "standing", "eligible", "consent", *(f.name for f in operator().histories.features)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tenure_days", "trend_4w", "trend_12w", "change_4w"),
    # The latest closed week may lie lag (2) and 6 days back: 28 + 8 days hold four closed weeks.
    [(35, False, False, False), (36, True, False, False), (63, True, False, False),
     (64, True, False, True), (91, True, False, True), (92, True, True, True)],
)  # fmt: skip
def test_a_new_customer_has_no_trend_and_no_change(
    tenure_days: int, trend_4w: bool, trend_12w: bool, change_4w: bool
) -> None:
    use = [used("C1", number, data_kb=1) for number in range(-tenure_days, 0)]
    if tenure_days < 50:  # even if something is known of a time before
        use.append(used("C1", -50, data_kb=1))
    row = row_of(*joined("C1", -tenure_days), *use, of=USE)
    known = [row[f"data_mb_{how}"] is not None for how in ("4w_trend", "12w_trend", "4w_change")]
    assert known == [trend_4w, trend_12w, change_4w]


def test_units_are_those_that_people_read() -> None:
    row = row_of(*joined("C1"), used("C1", -10, data_kb=1536, voice_out_s=90), of=USE)
    assert row["data_mb_4w"] == 1.5
    assert row["voice_min_4w"] == 1.5
    assert math.isclose(row["data_mb_4w_trend"], 0.45)  # (week 3 of 4 - 2.5) * 1.5 MB / 5


def test_use_whose_moment_is_the_end_of_its_day_counts_alike_alone_and_among_dates() -> None:
    facts = [*joined("C1", payment_mode="prepaid"), used("C1", -29, ended=1, sms=1)]
    among = rows(facts, of=USE)["C1", MONDAY]
    alone = rows(facts, (MONDAY,), of=USE)["C1", MONDAY]
    assert alone == among
    assert alone["eligible"] is True
    assert alone["days_since_use"] == 28


def test_use_of_a_future_day_does_not_count_whatever_its_clocks_say() -> None:
    """A row of the day after tomorrow, known today, beside a later moment in one question."""
    early = fact("usage", "C1", day(-1.5), day(-1), day=day(2).date(), data_kb=1024)
    facts = [*joined("C1"), used("C1", -3, data_kb=1024), early]
    found = rows(facts, of=USE)
    assert found["C1", day(0)]["data_mb_7d"] == 1
    assert found["C1", day(0)] == rows(facts, [day(0)], of=USE)["C1", day(0)]
    assert found["C1", day(3)]["data_mb_7d"] == 2
