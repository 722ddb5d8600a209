"""Reasons in words: what staff read to a customer, and what they never may."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from features import catalogue
from features.words import LANGUAGES
from serving.scores import last_scores
from serving.scoring.reasons import MAX_REASONS, TIER, in_words, reasons, rules_of, sign, spoken

if TYPE_CHECKING:
    from tests.conftest import SmallHome

FEATURES = {feature.name: feature for feature in catalogue.features("CNY")}
ALL = tuple(FEATURES.values())


def reasons_of(
    effects: dict[str, float], values: dict[str, Any] | None = None, min_leaving: int = 0
) -> list[dict[str, Any]]:
    """The reasons where only these features have an effect."""
    assert set(effects) <= set(FEATURES)
    (found,) = reasons(
        rules_of(ALL),
        tuple(FEATURES),
        np.array([[effects.get(feature.name, 0.0) for feature in ALL]]),
        np.array([[(values or {}).get(feature.name, 20.0) for feature in ALL]], dtype=np.float32),
        min_leaving=min_leaving,
    )
    return found


def names(found: list[dict[str, Any]]) -> list[str]:
    return [reason["feature"] for reason in found]


def test_the_strongest_comes_first_whatever_its_direction() -> None:
    effects = {"tenure_days": -0.5, "bill_cny_13w_latest": 0.2, "data_mb_4w": -0.1}
    found = reasons_of(effects)
    assert names(found) == ["tenure_days", "bill_cny_13w_latest", "data_mb_4w"]
    assert [reason["effect"] for reason in found] == [-0.5, 0.2, -0.1]


def test_of_the_features_of_one_fact_the_strongest_alone_is_a_reason() -> None:
    found = reasons_of(
        {"data_mb_4w": 0.1, "data_mb_4w_change": 0.3, "days_since_data": 0.2, "tenure_days": 0.01}
    )
    assert names(found) == ["data_mb_4w_change", "tenure_days"]


@pytest.mark.parametrize(
    "fact",
    [
        ("overdue_bills", "overdue_cny", "days_overdue", "unpaid_26w_share", "days_since_payment"),
        ("unresolved_complaints", "days_since_complaint", "unresolved_complaint_days"),
        ("cancel_requests", "days_since_cancel_request", "days_since_pre_cancelled"),
    ],
)
def test_what_is_one_fact_to_a_customer_is_one_reason(fact: tuple[str, ...]) -> None:
    for strongest in fact:
        effects = dict.fromkeys(fact, 0.3) | {strongest: -0.5}
        assert names(reasons_of(effects)) == [strongest]


def test_what_staff_cannot_say_to_a_customer_is_not_a_reason() -> None:
    silent = [feature.name for feature in ALL if feature.saying is None]
    assert {"city", "brand", "plan", "data_mb_12w_variation", "payment_wait_26w_share"} <= set(
        silent
    )
    assert reasons_of(dict.fromkeys(silent, 9.0)) == []


def test_that_nothing_happened_is_a_reason_to_stay_and_none_to_leave() -> None:
    for name in ("complaints_26w", "overdue_bills", "roaming_min_12w"):
        assert reasons_of({name: 0.4}, {name: 0.0}) == []
        assert names(reasons_of({name: -0.4}, {name: 0.0})) == [name]
    assert names(reasons_of({"data_mb_4w": 0.4}, {"data_mb_4w": 0.0})) == ["data_mb_4w"]


def test_where_the_strongest_is_missing_the_next_of_its_fact_is_the_reason() -> None:
    effects = {"days_overdue": 0.9, "overdue_bills": 0.2}
    assert names(reasons_of(effects, {"days_overdue": math.nan})) == ["overdue_bills"]


def test_what_staff_may_not_hear_is_never_shown() -> None:
    hidden = [feature.name for feature in ALL if not feature.staff_may_hear]
    assert {"age_years", "rival_hotline_calls_4w"} <= set(hidden)
    assert reasons_of(dict.fromkeys(hidden, 9.0)) == []


def test_at_most_five_are_given() -> None:
    found = reasons_of({feature.name: 1.0 for feature in ALL})
    assert len(found) == MAX_REASONS == 5


def test_a_list_gets_its_signs_for_leaving_beyond_the_five() -> None:
    staying = {
        "tenure_days": -9.0,
        "group_size": -8.0,
        "bills_over_fee_26w": -7.0,
        "plan_fee_cny": -6.0,
        "data_mb_4w": -5.0,
    }
    leaving = {
        "sms_count_4w": 0.4,
        "complaints_4w": 0.3,
        "voice_min_4w": 0.2,
        "active_days_7d": 0.1,
    }
    assert names(reasons_of(staying | leaving)) == list(staying)
    found = reasons_of(staying | leaving, min_leaving=3)
    assert names(found) == [*staying, *list(leaving)[:3]]


def test_what_moves_a_tier_is_shown_as_up_and_down() -> None:
    reason = {"feature": "tenure_days", "value": 900.0, "effect": 0.4}
    by_effect = {
        effect: in_words(reason | {"effect": effect}, FEATURES["tenure_days"], "en", TIER)
        for effect in (0.4, -0.4)
    }
    assert [by_effect[effect]["direction"] for effect in (0.4, -0.4)] == ["up", "down"]
    assert by_effect[0.4]["text"].endswith("(a sign that goes with a higher tier)")
    assert by_effect[-0.4]["text"].endswith("(a sign that goes with a lower tier)")


def test_a_value_is_written_without_the_accidents_of_its_storage() -> None:
    (reason,) = reasons_of({"bill_cny_13w_latest": 0.4}, {"bill_cny_13w_latest": np.float32(66.6)})
    assert reason["value"] == 66.6


def test_a_feature_without_effect_is_not_a_reason() -> None:
    assert reasons_of({}) == []


def test_what_is_missing_is_never_a_reason() -> None:
    everything = {feature.name: 1.0 for feature in ALL}
    assert reasons_of(everything, dict.fromkeys(everything, math.nan)) == []


def test_a_value_without_a_sentence_is_never_a_reason() -> None:
    """A bill below zero, which no feed may bring, and a contract that did not end just now."""
    assert reasons_of({"bill_cny_13w_latest": 0.4}, {"bill_cny_13w_latest": -7.8}) == []
    assert reasons_of({"contract_just_ended": -0.4}, {"contract_just_ended": 0.0}) == []


def test_a_reason_says_that_it_is_a_sign_and_which_way_it_points() -> None:
    (reason,) = reasons_of({"unresolved_complaints": 0.4}, {"unresolved_complaints": 2.0})
    feature = FEATURES["unresolved_complaints"]
    leave = in_words(reason, feature, "en")
    assert leave == {
        "feature": "unresolved_complaints",
        "group": "complaints",
        "text": "2 complaints are not resolved yet (a sign that goes with leaving)",
        "direction": "leave",
        "value": 2.0,
        "effect": 0.4,
    }
    stay = in_words(reason | {"effect": -0.4}, feature, "zh")
    assert stay["direction"] == "stay"
    assert stay["group"] == "投诉"
    assert stay["text"] == "有2件投诉尚未解决（留网客户常见的迹象）"


def test_every_feature_that_is_said_is_said_in_both_languages() -> None:
    for feature in ALL:
        reason = {"feature": feature.name, "value": 12.5, "effect": 0.1}
        if feature.saying is None:
            assert sign(reason, feature, "en") is None
            continue
        english, chinese = (in_words(reason, feature, language) for language in ("en", "zh"))
        assert english["text"].isascii(), feature.name
        assert not chinese["text"].isascii(), feature.name
        for text in (english["text"], chinese["text"]):
            assert "{" not in text
            assert "_" not in text


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (3.0, "d", "3 days", "3天"),
        (1.0, "d", "1 day", "1天"),
        (41.25, "min", "41.2 minutes", "41.2分钟"),
        (1234.5, "MB", "1,234 MB", "1,234 MB"),
        (58.0, "CNY", "58 CNY", "58 CNY"),
        (0.0, "", "0", "0"),
        (12.345, "±%", "+12 %", "+12 %"),
        (-38.04, "±%", "-38 %", "-38 %"),
        (37.2, "%", "37 %", "37 %"),
        (-1.44, "MB", "-1.4 MB", "-1.4 MB"),
        ("Dongguan", "", "Dongguan", "Dongguan"),
        (None, "d", "not known", "未知"),
    ],
)
def test_numbers_are_said_with_their_units(
    value: float | str | None, unit: str, english: str, chinese: str
) -> None:
    assert spoken(value, unit, "en") == english
    assert spoken(value, unit, "zh") == chinese


@pytest.mark.parametrize("value", [-0.04, -0.4])
def test_nothing_is_minus_zero(value: float) -> None:
    assert spoken(value, "±%", "en") == "0 %"
    assert spoken(value / 10, "MB", "en") == "0 MB"


def test_every_reason_of_a_night_is_a_sentence_and_no_two_are_of_one_fact(
    small_home: SmallHome,
) -> None:
    nights = last_scores(small_home.home)["reasons"]
    assert len(nights) > 100
    for stored in nights:
        found = json.loads(stored)
        facts = [one.fact for one in (FEATURES[own["feature"]].saying for own in found) if one]
        assert len(set(facts)) == len(found) > 0
        for own in found:
            for language in LANGUAGES:
                assert sign(own, FEATURES[own["feature"]], language)
