"""Who left, how, and when that was known. Days are counted from `as_of`: the window is 14 to 44.

A label is known on day 46 for postpaid (window and feed lag) and on day 76 for prepaid, whose
silence must be waited for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

INSTANT = 1e-6 / 86_400 * 1.01  # a microsecond, in days

DAILY = range(-28, 75)


def test_a_window_holds_its_first_instant_and_not_its_last(told: Any) -> None:
    told.contract("before", "ported", 14 - INSTANT)
    told.contract("first", "ported", 14)
    told.contract("last", "ported", 44 - INSTANT)
    told.contract("after", "ported", 44)
    assert told.outcomes() == {
        "before": ("left_early", "ported"),
        "first": ("left", "ported"),
        "last": ("left", "ported"),
        "after": ("stayed", ""),
    }


def test_a_label_says_the_way_and_the_day_of_leaving_in_the_order_of_the_base(told: Any) -> None:
    told.contract("B", "cancelled", 20.5)
    told.contract("C", "started", -300)
    told.contract("A", "ported", 30.5)
    labels = told.labels()
    assert list(labels.index) == ["B", "C", "A"]
    assert list(labels["outcome"]) == ["left", "stayed", "left"]
    assert list(labels["kind"]) == ["cancelled", "", "ported"]
    assert labels["event_at"].tolist() == [told.at(20.5), pd.NaT, told.at(30.5)]
    assert labels["label_known_at"].unique().tolist() == [told.at(46)]
    assert told.labels("prepaid")["label_known_at"].unique().tolist() == [told.at(76)]


def test_a_cancellation_counts_from_the_pre_cancellation_on_though_withdrawn(told: Any) -> None:
    told.contract("formal later", "pre_cancelled", 20)
    told.contract("formal later", "cancelled", 110)
    told.contract("withdrawn", "pre_cancelled", 20)
    told.contract("withdrawn", "restored", 24)
    told.contract("early", "pre_cancelled", 10)
    told.contract("early", "cancelled", 40)
    assert told.outcomes() == {
        "formal later": ("left", "cancelled"),
        "withdrawn": ("left", "cancelled"),
        "early": ("left_early", "cancelled"),
    }


def test_a_departure_before_as_of_that_was_learned_later_is_an_early_one(told: Any) -> None:
    told.contract("learned later", "ported", -3, known=5)
    told.contract("known, withdrawn", "pre_cancelled", -30)
    told.contract("known, withdrawn", "restored", -20)
    assert told.outcomes() == {
        "learned later": ("left_early", "ported"),
        "known, withdrawn": ("stayed", ""),
    }


def test_a_correction_of_what_was_known_at_as_of_is_no_new_departure(told: Any) -> None:
    told.contract("C", "pre_cancelled", -60, reason="price")
    told.contract("C", "restored", -50)
    told.contract("C", "pre_cancelled", -60, known=9, reason="network")
    assert told.outcomes() == {"C": ("stayed", "")}


def test_who_is_transferred_dies_or_changes_brand_has_not_left(told: Any) -> None:
    told.contract("transfer", "transferred", 20)
    told.contract("sold", "transferred", 20, reason="sold with the phone")
    told.contract("death", "cancelled", 20, reason="death")
    told.contract("brand", "cancelled", 20, reason="brand_change")
    assert told.outcomes() == {
        "transfer": ("competing", "transfer"),
        "sold": ("competing", "transfer"),
        "death": ("competing", "death"),
        "brand": ("competing", "brand_change"),
    }


def test_what_came_first_decides(told: Any) -> None:
    told.contract("first competing", "transferred", 5)
    told.contract("first competing", "ported", 20)
    told.contract("first leaving", "ported", 20)
    told.contract("first leaving", "transferred", 30)
    told.contract("at once", "ported", 20)
    told.contract("at once", "transferred", 20)
    told.contract("competing later", "transferred", 50)
    told.contract("competing later", "ported", 43)
    assert told.outcomes() == {
        "first competing": ("competing", "transfer"),
        "first leaving": ("left", "ported"),
        "at once": ("competing", "transfer"),
        "competing later": ("left", "ported"),
    }


def test_of_a_port_out_and_a_cancellation_at_one_moment_the_port_out_is_told(told: Any) -> None:
    for customer, events in (("A", ("ported", "cancelled")), ("B", ("cancelled", "ported"))):
        for event in events:
            told.contract(customer, event, 20)
    assert told.outcomes() == {"A": ("left", "ported"), "B": ("left", "ported")}


def test_who_comes_back_within_thirty_days_has_not_left(told: Any) -> None:
    told.contract("back on day 30", "cancelled", 15)
    told.contract("back on day 30", "started", 45)
    told.contract("back too late", "cancelled", 14)
    told.contract("back too late", "started", 44 + INSTANT)
    told.contract("back and gone", "ported", 2)
    told.contract("back and gone", "started", 8)
    told.contract("back and gone", "ported", 30)
    assert told.outcomes() == {
        "back on day 30": ("competing", "rejoined"),
        "back too late": ("left", "cancelled"),
        "back and gone": ("competing", "rejoined"),
    }


@pytest.mark.parametrize("mode", ["postpaid", "prepaid"])
def test_cut_off_for_arrears_while_using_is_no_departure(told: Any, mode: str) -> None:
    told.used("using", *range(-28, 20))
    told.contract("using", "suspended", 20.4, reason="arrears")
    told.used("a quiet week", *range(-28, 14))
    told.contract("a quiet week", "suspended", 20, reason="arrears")
    told.used("paid again", *range(-28, 44))
    told.contract("paid again", "suspended", 16.4, reason="arrears")
    told.contract("paid again", "restored", 16.6)
    told.used("cancelled later", *range(-28, 16))
    told.contract("cancelled later", "suspended", 16.4, reason="arrears")
    told.contract("cancelled later", "cancelled", 45, reason="arrears")
    assert set(told.outcomes(mode).values()) == {("competing", "arrears")}


@pytest.mark.parametrize("mode", ["postpaid", "prepaid"])
def test_cut_off_for_arrears_after_use_had_stopped_is_silence(told: Any, mode: str) -> None:
    told.used("in the window", *range(-28, 18))
    told.contract("in the window", "suspended", 30.4, reason="arrears")
    told.used("cancelled at once", *range(-28, 18))
    told.contract("cancelled at once", "cancelled", 30.4, reason="arrears")
    told.used("before", *range(-28, 10))
    told.contract("before", "suspended", 30.4, reason="arrears")
    told.used("cut off after the window", *range(-28, 36))
    told.contract("cut off after the window", "suspended", 45, reason="arrears")
    labels = told.labels(mode)
    assert set(labels["kind"]) == {"silent"}
    assert labels["outcome"].to_dict() == {
        "in the window": "left",
        "cancelled at once": "left",
        "before": "left_early",
        "cut off after the window": "left",
    }
    assert labels["event_at"].tolist() == [told.at(17), told.at(17), told.at(9), told.at(35)]


def test_cut_off_for_arrears_without_use_for_a_month_was_silence_long_before(told: Any) -> None:
    told.used("C", -40, -33)
    told.contract("C", "suspended", 20, reason="arrears")
    assert told.outcomes() == {"C": ("left_early", "silent")}


def test_a_suspension_for_another_reason_is_nothing(told: Any) -> None:
    told.contract("C", "suspended", 20, reason="travel")
    assert told.outcomes() == {"C": ("stayed", "")}


def test_thirty_days_of_silence_are_a_departure_on_the_last_day_of_use(told: Any) -> None:
    told.used("silent for 29 days", *range(-28, 21), 50, *range(51, 75))
    told.used("silent for 30 days", *range(-28, 21), 51, *range(52, 75))
    told.used("silent for good", *range(-28, 21))
    labels = told.labels("prepaid")
    assert labels["outcome"].to_dict() == {
        "silent for 29 days": "stayed",
        "silent for 30 days": "left",
        "silent for good": "left",
    }
    assert labels["event_at"].tolist() == [pd.NaT, told.at(20), told.at(20)]


def test_silence_is_dated_by_the_last_day_and_so_falls_into_the_window_or_not(told: Any) -> None:
    for last in (-1, 13, 14, 43, 44):
        told.used(f"last used on day {last}", *range(-28, last + 1))
    assert [outcome for outcome, _ in told.outcomes("prepaid").values()] == [
        "left_early",
        "left_early",
        "left",
        "left",
        "stayed",
    ]


def test_a_suspension_that_ends_nothing_does_not_explain_silence(told: Any) -> None:
    told.used("C", *range(-28, 21))
    told.contract("C", "suspended", 40, reason="travel")
    assert told.outcomes("prepaid") == {"C": ("left", "silent")}


def test_postpaid_customers_are_not_silent(told: Any) -> None:
    told.used("C", *range(-28, 20))
    assert told.outcomes("postpaid") == {"C": ("stayed", "")}


def test_only_what_the_customer_did_and_pays_for_breaks_the_silence(told: Any) -> None:
    told.used("C", *range(-28, 21))
    told.used("C", *range(21, 75), voice_out_s=0)
    assert told.outcomes("prepaid") == {"C": ("left", "silent")}


def test_silence_that_a_contract_event_explains_is_that_event(told: Any) -> None:
    told.used("ported", *range(-28, 21))
    told.contract("ported", "ported", 20.4)
    told.used("ported while in use", *range(-28, 22))
    told.contract("ported while in use", "ported", 20.4)
    told.used("transferred", *range(-28, 21))
    told.contract("transferred", "transferred", 30.4)
    told.used("asked first", *range(-28, 21))
    told.contract("asked first", "pre_cancelled", 41)
    told.used("ported after the window", *range(-28, 40))
    told.contract("ported after the window", "ported", 50)
    told.used("ported much later", *range(-28, 21))
    told.contract("ported much later", "ported", 60)
    assert told.outcomes("prepaid") == {
        "ported": ("left", "ported"),
        "ported while in use": ("left", "ported"),
        "transferred": ("competing", "transfer"),
        "asked first": ("left", "cancelled"),
        "ported after the window": ("stayed", ""),
        "ported much later": ("left", "silent"),
    }


@pytest.mark.parametrize(("mode", "matures"), [("postpaid", 46), ("prepaid", 76)])
def test_a_label_is_frozen_as_known_when_it_matured(told: Any, mode: str, matures: int) -> None:
    for customer in ("before", "at"):
        told.used(customer, *DAILY)
    told.contract("before", "ported", 20, known=matures - INSTANT)
    told.contract("at", "ported", 20, known=matures)
    assert told.outcomes(mode) == {"before": ("left", "ported"), "at": ("stayed", "")}


def test_use_that_was_learned_too_late_does_not_undo_a_departure(told: Any) -> None:
    for customer, known in (("in time", 76 - INSTANT), ("too late", 76)):
        told.used(customer, *range(-28, 21))
        told.used(customer, 40, known=known)
        told.used(customer, *range(60, 74))
    assert told.outcomes("prepaid") == {"in time": ("stayed", ""), "too late": ("left", "silent")}


def test_use_that_was_taken_back_is_no_use(told: Any) -> None:
    told.used("C", *range(-28, 21), 40, *range(60, 74))
    told.used("C", 40, known=70, voice_out_s=0)
    assert told.outcomes("prepaid") == {"C": ("left", "silent")}


def test_each_mode_has_its_own_rules_in_one_base(told: Any) -> None:
    from training.labels import label

    told.used("C", *range(-28, 20))
    told.used("D", *range(-28, 20))
    base = pd.DataFrame(
        {"customer_id": ["C", "D"], "payment_mode": pd.Categorical(["prepaid", "postpaid"])},
        index=[5, 3],
    )
    labels = label(told.histories(), base, told.at(0), told.rules)
    assert list(labels.index) == [5, 3]
    assert list(labels["outcome"]) == ["left", "stayed"]
    assert labels["label_known_at"].tolist() == [told.at(76), told.at(46)]


def test_labels_of_many_dates_are_those_of_each_alone(told: Any) -> None:
    from training.labels import label, told_until_known

    for customer in "CDE":
        told.used(customer, *range(-28, 60))
    told.contract("C", "ported", 30, known=50)  # after the first date's labels are frozen
    told.contract("D", "cancelled", 40, known=41)
    told.contract("D", "started", 45, known=80)  # a return that is told too late for all
    base = pd.DataFrame(
        {"customer_id": list("CDE"), "payment_mode": ["postpaid", "prepaid", "prepaid"]}
    )
    histories, dates = told.histories(), [told.at(0), told.at(7), told.at(28)]
    events = told_until_known(histories, dates, told.rules)
    found = [label(histories, base, date, told.rules, events) for date in dates]
    for date, labels in zip(dates, found, strict=True):
        pd.testing.assert_frame_equal(labels, label(histories, base, date, told.rules))
    assert [labels["outcome"][0] for labels in found[:2]] == ["stayed", "left"]


def test_an_empty_base_has_no_labels(told: Any) -> None:
    told.used("C", 1)
    told.customers = {}
    labels = told.labels().reset_index()
    assert len(labels) == 0
    assert list(labels.columns) == [
        "customer_id",
        "as_of",
        "outcome",
        "kind",
        "event_at",
        "label_known_at",
    ]


def test_the_rules_are_settings(told: Any) -> None:
    told.rules = replace(told.rules, lead_days=0, horizon_days=7, rejoin_days=0)
    told.contract("C", "ported", 0)
    told.contract("C", "started", 1)
    told.contract("D", "ported", 7)
    assert told.outcomes() == {"C": ("left", "ported"), "D": ("stayed", "")}


EVENTS = ("pre_cancelled", "cancelled", "ported", "transferred", "suspended", "started", "restored")
CONTRACT_FACTS = st.tuples(
    st.sampled_from("ABCDEF"),
    st.sampled_from(EVENTS),
    st.integers(-20, 90),
    st.integers(0, 60),
    st.sampled_from([None, "arrears", "death", "price"]),
)
USAGE_FACTS = st.tuples(
    st.sampled_from("ABCDEF"), st.integers(-28, 90), st.integers(1, 60), st.sampled_from([0, 60])
)


@settings(max_examples=12, deadline=None)
@given(
    contracts=st.lists(CONTRACT_FACTS, max_size=20, unique_by=lambda fact: fact[:3]),
    usage=st.lists(USAGE_FACTS, max_size=60, unique_by=lambda fact: fact[:2]),
    mode=st.sampled_from(["postpaid", "prepaid"]),
)
def test_a_fact_known_when_the_label_matured_or_later_changes_no_label(
    tell: Callable[[], Any],
    contracts: list[tuple[str, str, int, int, str | None]],
    usage: list[tuple[str, int, int, int]],
    mode: str,
) -> None:
    matures = 46 if mode == "postpaid" else 76
    everything, in_time = tell(), tell()
    for told in (everything, in_time):
        for customer in "ABCDEF":
            told.used(customer, *range(-28, 16))
        for customer, event, day, delay, reason in contracts:
            known = day + delay + 0.25
            if told is everything or known < matures:
                told.contract(customer, event, day, known=known, reason=reason)
        for customer, day, delay, seconds in usage:
            known = day + delay + 0.5  # a day used before is corrected, a new one is added
            if told is everything or known < matures:
                told.used(customer, day, known=known, voice_out_s=seconds)
    pd.testing.assert_frame_equal(everything.labels(mode), in_time.labels(mode))
