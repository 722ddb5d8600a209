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


def test_a_window_holds_its_first_instant_and_not_its_last(operator: Any) -> None:
    operator.contract("before", "ported", 14 - INSTANT)
    operator.contract("first", "ported", 14)
    operator.contract("last", "ported", 44 - INSTANT)
    operator.contract("after", "ported", 44)
    assert operator.outcomes() == {
        "before": ("left_early", "ported"),
        "first": ("left", "ported"),
        "last": ("left", "ported"),
        "after": ("stayed", ""),
    }


def test_a_label_says_the_way_and_the_day_of_leaving_in_the_order_of_the_base(
    operator: Any,
) -> None:
    operator.contract("B", "cancelled", 20.5)
    operator.contract("C", "started", -300)
    operator.contract("A", "ported", 30.5)
    labels = operator.labels()
    assert list(labels.index) == ["B", "C", "A"]
    assert list(labels["outcome"]) == ["left", "stayed", "left"]
    assert list(labels["kind"]) == ["cancelled", "", "ported"]
    assert labels["event_at"].tolist() == [operator.at(20.5), pd.NaT, operator.at(30.5)]
    assert labels["label_known_at"].unique().tolist() == [operator.at(46)]
    assert operator.labels("prepaid")["label_known_at"].unique().tolist() == [operator.at(76)]


def test_a_cancellation_counts_from_the_pre_cancellation_on_though_withdrawn(operator: Any) -> None:
    operator.contract("formal later", "pre_cancelled", 20)
    operator.contract("formal later", "cancelled", 110)
    operator.contract("withdrawn", "pre_cancelled", 20)
    operator.contract("withdrawn", "restored", 24)
    operator.contract("early", "pre_cancelled", 10)
    operator.contract("early", "cancelled", 40)
    assert operator.outcomes() == {
        "formal later": ("left", "cancelled"),
        "withdrawn": ("left", "cancelled"),
        "early": ("left_early", "cancelled"),
    }


def test_a_departure_before_as_of_that_was_learned_later_is_an_early_one(operator: Any) -> None:
    operator.contract("learned later", "ported", -3, known=5)
    operator.contract("known, withdrawn", "pre_cancelled", -30)
    operator.contract("known, withdrawn", "restored", -20)
    assert operator.outcomes() == {
        "learned later": ("left_early", "ported"),
        "known, withdrawn": ("stayed", ""),
    }


def test_a_correction_of_a_known_fact_does_not_count_as_a_new_departure(
    operator: Any,
) -> None:
    operator.contract("C", "pre_cancelled", -60, reason="price")
    operator.contract("C", "restored", -50)
    operator.contract("C", "pre_cancelled", -60, known=9, reason="network")
    assert operator.outcomes() == {"C": ("stayed", "")}


def test_who_is_transferred_dies_or_changes_brand_has_not_left(operator: Any) -> None:
    operator.contract("transfer", "transferred", 20)
    operator.contract("sold", "transferred", 20, reason="sold with the phone")
    operator.contract("death", "cancelled", 20, reason="death")
    operator.contract("brand", "cancelled", 20, reason="brand_change")
    assert operator.outcomes() == {
        "transfer": ("competing", "transfer"),
        "sold": ("competing", "transfer"),
        "death": ("competing", "death"),
        "brand": ("competing", "brand_change"),
    }


def test_what_came_first_decides(operator: Any) -> None:
    operator.contract("first competing", "transferred", 5)
    operator.contract("first competing", "ported", 20)
    operator.contract("first leaving", "ported", 20)
    operator.contract("first leaving", "transferred", 30)
    operator.contract("at once", "ported", 20)
    operator.contract("at once", "transferred", 20)
    operator.contract("competing later", "transferred", 50)
    operator.contract("competing later", "ported", 43)
    assert operator.outcomes() == {
        "first competing": ("competing", "transfer"),
        "first leaving": ("left", "ported"),
        "at once": ("competing", "transfer"),
        "competing later": ("left", "ported"),
    }


def test_of_a_port_out_and_a_cancellation_at_one_moment_the_port_out_counts(operator: Any) -> None:
    for customer, events in (("A", ("ported", "cancelled")), ("B", ("cancelled", "ported"))):
        for event in events:
            operator.contract(customer, event, 20)
    assert operator.outcomes() == {"A": ("left", "ported"), "B": ("left", "ported")}


def test_who_comes_back_within_thirty_days_has_not_left(operator: Any) -> None:
    operator.contract("back on day 30", "cancelled", 15)
    operator.contract("back on day 30", "started", 45)
    operator.contract("back too late", "cancelled", 14)
    operator.contract("back too late", "started", 44 + INSTANT)
    operator.contract("back and gone", "ported", 2)
    operator.contract("back and gone", "started", 8)
    operator.contract("back and gone", "ported", 30)
    assert operator.outcomes() == {
        "back on day 30": ("competing", "rejoined"),
        "back too late": ("left", "cancelled"),
        "back and gone": ("competing", "rejoined"),
    }


@pytest.mark.parametrize("mode", ["postpaid", "prepaid"])
def test_cut_off_for_arrears_while_using_is_not_a_departure(operator: Any, mode: str) -> None:
    operator.used("using", *range(-28, 20))
    operator.contract("using", "suspended", 20.4, reason="arrears")
    operator.used("a quiet week", *range(-28, 14))
    operator.contract("a quiet week", "suspended", 20, reason="arrears")
    operator.used("paid again", *range(-28, 44))
    operator.contract("paid again", "suspended", 16.4, reason="arrears")
    operator.contract("paid again", "restored", 16.6)
    operator.used("cancelled later", *range(-28, 16))
    operator.contract("cancelled later", "suspended", 16.4, reason="arrears")
    operator.contract("cancelled later", "cancelled", 45, reason="arrears")
    assert set(operator.outcomes(mode).values()) == {("competing", "arrears")}


@pytest.mark.parametrize("mode", ["postpaid", "prepaid"])
def test_cut_off_for_arrears_after_use_had_stopped_is_silence(operator: Any, mode: str) -> None:
    operator.used("in the window", *range(-28, 18))
    operator.contract("in the window", "suspended", 30.4, reason="arrears")
    operator.used("cancelled at once", *range(-28, 18))
    operator.contract("cancelled at once", "cancelled", 30.4, reason="arrears")
    operator.used("before", *range(-28, 10))
    operator.contract("before", "suspended", 30.4, reason="arrears")
    operator.used("cut off after the window", *range(-28, 36))
    operator.contract("cut off after the window", "suspended", 45, reason="arrears")
    labels = operator.labels(mode)
    assert set(labels["kind"]) == {"silent"}
    assert labels["outcome"].to_dict() == {
        "in the window": "left",
        "cancelled at once": "left",
        "before": "left_early",
        "cut off after the window": "left",
    }
    assert labels["event_at"].tolist() == [
        operator.at(17),
        operator.at(17),
        operator.at(9),
        operator.at(35),
    ]


def test_cut_off_for_arrears_without_use_for_a_month_was_silence_long_before(operator: Any) -> None:
    operator.used("C", -40, -33)
    operator.contract("C", "suspended", 20, reason="arrears")
    assert operator.outcomes() == {"C": ("left_early", "silent")}


def test_a_suspension_for_another_reason_is_nothing(operator: Any) -> None:
    operator.contract("C", "suspended", 20, reason="travel")
    assert operator.outcomes() == {"C": ("stayed", "")}


def test_thirty_days_of_silence_are_a_departure_on_the_last_day_of_use(operator: Any) -> None:
    operator.used("silent for 29 days", *range(-28, 21), 50, *range(51, 75))
    operator.used("silent for 30 days", *range(-28, 21), 51, *range(52, 75))
    operator.used("silent for good", *range(-28, 21))
    labels = operator.labels("prepaid")
    assert labels["outcome"].to_dict() == {
        "silent for 29 days": "stayed",
        "silent for 30 days": "left",
        "silent for good": "left",
    }
    assert labels["event_at"].tolist() == [pd.NaT, operator.at(20), operator.at(20)]


def test_silence_is_dated_by_the_last_day_and_so_falls_into_the_window_or_not(
    operator: Any,
) -> None:
    for last in (-1, 13, 14, 43, 44):
        operator.used(f"last used on day {last}", *range(-28, last + 1))
    assert [outcome for outcome, _ in operator.outcomes("prepaid").values()] == [
        "left_early",
        "left_early",
        "left",
        "left",
        "stayed",
    ]


def test_a_suspension_that_ends_nothing_does_not_explain_silence(operator: Any) -> None:
    operator.used("C", *range(-28, 21))
    operator.contract("C", "suspended", 40, reason="travel")
    assert operator.outcomes("prepaid") == {"C": ("left", "silent")}


def test_postpaid_customers_are_not_silent(operator: Any) -> None:
    operator.used("C", *range(-28, 20))
    assert operator.outcomes("postpaid") == {"C": ("stayed", "")}


def test_only_what_the_customer_did_and_pays_for_breaks_the_silence(operator: Any) -> None:
    operator.used("C", *range(-28, 21))
    operator.used("C", *range(21, 75), voice_out_s=0)
    assert operator.outcomes("prepaid") == {"C": ("left", "silent")}


def test_silence_that_a_contract_event_explains_is_that_event(operator: Any) -> None:
    operator.used("ported", *range(-28, 21))
    operator.contract("ported", "ported", 20.4)
    operator.used("ported while in use", *range(-28, 22))
    operator.contract("ported while in use", "ported", 20.4)
    operator.used("transferred", *range(-28, 21))
    operator.contract("transferred", "transferred", 30.4)
    operator.used("requested first", *range(-28, 21))
    operator.contract("requested first", "pre_cancelled", 41)
    operator.used("ported after the window", *range(-28, 40))
    operator.contract("ported after the window", "ported", 50)
    operator.used("ported much later", *range(-28, 21))
    operator.contract("ported much later", "ported", 60)
    assert operator.outcomes("prepaid") == {
        "ported": ("left", "ported"),
        "ported while in use": ("left", "ported"),
        "transferred": ("competing", "transfer"),
        "requested first": ("left", "cancelled"),
        "ported after the window": ("stayed", ""),
        "ported much later": ("left", "silent"),
    }


@pytest.mark.parametrize(("mode", "matures"), [("postpaid", 46), ("prepaid", 76)])
def test_a_label_is_frozen_as_known_when_it_matured(operator: Any, mode: str, matures: int) -> None:
    for customer in ("before", "at"):
        operator.used(customer, *DAILY)
    operator.contract("before", "ported", 20, known=matures - INSTANT)
    operator.contract("at", "ported", 20, known=matures)
    assert operator.outcomes(mode) == {"before": ("left", "ported"), "at": ("stayed", "")}


def test_use_that_was_learned_too_late_does_not_undo_a_departure(operator: Any) -> None:
    for customer, known in (("in time", 76 - INSTANT), ("too late", 76)):
        operator.used(customer, *range(-28, 21))
        operator.used(customer, 40, known=known)
        operator.used(customer, *range(60, 74))
    assert operator.outcomes("prepaid") == {
        "in time": ("stayed", ""),
        "too late": ("left", "silent"),
    }


def test_use_that_was_taken_back_does_not_count_as_use(operator: Any) -> None:
    operator.used("C", *range(-28, 21), 40, *range(60, 74))
    operator.used("C", 40, known=70, voice_out_s=0)
    assert operator.outcomes("prepaid") == {"C": ("left", "silent")}


def test_each_mode_has_its_own_rules_in_one_base(operator: Any) -> None:
    from training.labels import label

    operator.used("C", *range(-28, 20))
    operator.used("D", *range(-28, 20))
    base = pd.DataFrame(
        {"customer_id": ["C", "D"], "payment_mode": pd.Categorical(["prepaid", "postpaid"])},
        index=[5, 3],
    )
    labels = label(operator.histories(), base, operator.at(0), operator.rules)
    assert list(labels.index) == [5, 3]
    assert list(labels["outcome"]) == ["left", "stayed"]
    assert labels["label_known_at"].tolist() == [operator.at(76), operator.at(46)]


def test_labels_of_many_dates_are_those_of_each_alone(operator: Any) -> None:
    from training.labels import events_until_known, label

    for customer in "CDE":
        operator.used(customer, *range(-28, 60))
    operator.contract("C", "ported", 30, known=50)  # after the first date's labels are frozen
    operator.contract("D", "cancelled", 40, known=41)
    operator.contract("D", "started", 45, known=80)  # a return that is known too late for all
    base = pd.DataFrame(
        {"customer_id": list("CDE"), "payment_mode": ["postpaid", "prepaid", "prepaid"]}
    )
    histories, dates = operator.histories(), [operator.at(0), operator.at(7), operator.at(28)]
    events = events_until_known(histories, dates, operator.rules)
    found = [label(histories, base, date, operator.rules, events) for date in dates]
    for date, labels in zip(dates, found, strict=True):
        pd.testing.assert_frame_equal(labels, label(histories, base, date, operator.rules))
    assert [labels["outcome"][0] for labels in found[:2]] == ["stayed", "left"]


def test_an_empty_base_has_no_labels(operator: Any) -> None:
    operator.used("C", 1)
    operator.customers = {}
    labels = operator.labels().reset_index()
    assert len(labels) == 0
    assert list(labels.columns) == [
        "customer_id",
        "as_of",
        "outcome",
        "kind",
        "event_at",
        "label_known_at",
    ]


def test_the_rules_are_settings(operator: Any) -> None:
    operator.rules = replace(operator.rules, lead_days=0, horizon_days=7, rejoin_days=0)
    operator.contract("C", "ported", 0)
    operator.contract("C", "started", 1)
    operator.contract("D", "ported", 7)
    assert operator.outcomes() == {"C": ("left", "ported"), "D": ("stayed", "")}


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
    new_operator: Callable[[], Any],
    contracts: list[tuple[str, str, int, int, str | None]],
    usage: list[tuple[str, int, int, int]],
    mode: str,
) -> None:
    matures = 46 if mode == "postpaid" else 76
    everything, in_time = new_operator(), new_operator()
    for operator in (everything, in_time):
        for customer in "ABCDEF":
            operator.used(customer, *range(-28, 16))
        for customer, event, day, delay, reason in contracts:
            known = day + delay + 0.25
            if operator is everything or known < matures:
                operator.contract(customer, event, day, known=known, reason=reason)
        for customer, day, delay, seconds in usage:
            known = day + delay + 0.5  # a day used before is corrected, a new one is added
            if operator is everything or known < matures:
                operator.used(customer, day, known=known, voice_out_s=seconds)
    pd.testing.assert_frame_equal(everything.labels(mode), in_time.labels(mode))
