"""What staff say of a feature's value is true, well formed, and in both languages the same."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from features.catalogue import aggregates, features
from features.catalogue.families import Declarations, Feature
from features.catalogue.sentences import quantity
from features.words import LANGUAGES

ALL = features("CNY")
SAID = [feature for feature in ALL if feature.saying is not None]
BY_NAME = {feature.name: feature for feature in ALL}
# Of which columns the value may be below zero: what compares two values, and a date to come.
SIGNED_ENDINGS = ("trend", "change", "usual_change")
SIGNED_COLUMNS = ("rise_fen", "change_fen", "plan_fee_change_fen", "days_to_contract_end")
# Those of which zero cannot be, or of which it is nothing to speak of.
NEVER_ZERO = {
    "data_12w_peak_share", "data_mb_a_day_4w", "payment_size_cny_26w_mean",
    "overdue_complaint_days", "complaint_severity_12w_max", "complaint_severity_26w_mean",
    "complaint_rating_latest", "complaint_rating_26w_mean", "complaint_rating_26w_lowest",
    "times_rejoined", "contract_just_ended",
}  # fmt: skip
FLAGS = {"has_manager", "has_consent", "contract_just_ended"}
# An English sentence of a value below, at or above zero has a word of its line.
BELOW = r"lower|falling|ended .* ago|fell to zero"
ABOVE = r"higher|rising|ends in"
BELOW_ZH, ABOVE_ZH = "低|减少|已在.*到期|降为零", "高|增加|后到期"
NOTHING = (
    r"\b[Nn]o\b|\bnot\b|never|[Nn]one|zero|nothing|at once|within|0 out of|All bills .* are paid"
    r"|Several payments were made within"
)
NOTHING_ZH = "没有|不|从未|为零|均|当即|一天内|0分"
OF_EACH_SIGN = (250.0, 100.0, 99.7, 38.2, 7.8, 2.0, 1.0, 0.96, 0.03, 0.0)
DAYS = {"day": 1.0, "month": 30.44, "year": 365.25, "天": 1.0, "个月": 30.44, "年": 365.25}
MB = {"MB": 1.0, "GB": 1024.0}


def is_signed(feature: Feature) -> bool:
    ending = feature.aggregate.ending if feature.aggregate else ""
    return ending in SIGNED_ENDINGS or feature.column in SIGNED_COLUMNS


def said(feature: Feature, value: float | None, language: str) -> str | None:
    assert feature.saying is not None
    return feature.saying.sentence(value, feature.unit, language)


def shown(sentence: str) -> str:
    """The sentence without the lengths of its windows and the ends of its scales."""
    windows = (
        r"the last \d+ (weeks|days)|the \d+ weeks before|out of \d+"
        r"|近\d+[周天]|此前\d+周|满分\d+分|共\d级"
    )
    return re.sub(windows, "", sentence)


def numbers(sentence: str) -> list[tuple[float, float]]:
    """Each number that is shown, in the unit of the feature, and how far off it may be."""
    found = []
    pattern = r"(\d[\d,]*(?:\.\d+)?) ?(GB|MB|days?|months?|years?|个月|天|年)?"
    for digits, unit in re.findall(pattern, re.sub(r"(?<!at )once", "1", shown(sentence))):
        scale = (DAYS | MB).get(unit.removesuffix("s"), 1.0)
        number = float(digits.replace(",", ""))
        step = 0.1 if "." in digits or number < (100 if unit == "GB" else 10) else 1.0
        step = 1.0 if "%" in sentence or scale in (30.44, 365.25) else step
        found.append((number * scale, step * scale * 0.501))
    return found


def right(sentence: str, value: float) -> bool:
    """Whether the one number that is shown is the value."""
    ((number, off),) = numbers(sentence)
    if re.search("less than|不到", sentence, re.I):
        return 0 < abs(value) < number
    if re.search("more than 99|99%以上", sentence):
        return 99 < abs(value) < 100
    return abs(number - abs(value)) <= off


def of_any_value(test: Callable[[float], None]) -> Callable[[], None]:
    """The test for values of every kind; each is put to all features."""
    for value in (
        -250.0,
        -100.0,
        -99.7,
        -7.8,
        -0.03,
        0.0,
        -0.0,
        0.03,
        0.96,
        1.0,
        2.0,
        38.2,
        1234.0,
    ):
        test = example(value)(test)
    kinds = st.integers(-1000, 1000).map(float) | st.floats(-1e7, 1e7) | st.floats(-1.5, 1.5)
    drawn: Callable[[], None] = settings(max_examples=50)(given(kinds)(test))
    return drawn


def test_every_feature_that_staff_may_hear_is_said_or_silent_in_both_languages() -> None:
    """And those that they may not hear have no sentence."""
    assert len(SAID) > 100
    for feature in ALL:
        if feature.is_category or not feature.staff_may_hear:
            assert feature.saying is None, feature.name
        elif feature.saying is not None:
            assert set(feature.saying.forms["en"]) == set(feature.saying.forms["zh"])
            assert feature.saying.fact
            assert "figure for" not in str(feature.saying.forms), (
                f"{feature.name}: write a sentence"
            )


def test_what_is_next_to_no_change_is_not_said() -> None:
    """Where a fall and a rise are said and "the same" is not, what rounds to nothing is silent."""
    for feature in SAID:
        saying = feature.saying
        if saying is not None and saying.says("less") and not saying.says("none"):
            assert saying.least >= (5 if feature.unit.endswith("%") else 0.2), feature.name
    assert said(BY_NAME["active_days_12w_trend"], 0.1, "en") is None
    assert said(BY_NAME["active_days_12w_trend"], -0.3, "en") is not None


def test_what_is_not_to_be_said_at_a_counter_is_silent() -> None:
    for name in ("city", "brand", "plan", "payment_mode", "data_mb_12w_variation"):
        assert BY_NAME[name].saying is None


def sentences(value: float) -> Iterator[tuple[Feature, str, str]]:
    """All features of which the value is said, with the sentences in English and Chinese."""
    for feature in SAID:
        english, chinese = said(feature, value, "en"), said(feature, value, "zh")
        if english is not None and chinese is not None:
            yield feature, english, chinese


@of_any_value
def test_a_value_that_can_be_is_said_and_another_is_not(value: float) -> None:
    for feature in SAID:
        zero = value == 0 and feature.name not in NEVER_ZERO
        possible = value > 0 or is_signed(feature) or zero
        if feature.saying is not None:
            possible &= abs(value) >= feature.saying.least
        for language in LANGUAGES:
            assert (said(feature, value, language) is not None) == possible, feature.name


@of_any_value
def test_the_direction_of_a_sentence_is_that_of_its_value(value: float) -> None:
    for feature, english, chinese in sentences(value):
        check_direction(feature, value, english, chinese)


def check_direction(feature: Feature, value: float, english: str, chinese: str) -> None:
    if is_signed(feature):
        ways = {
            (bool(re.search(below, text)), bool(re.search(above, text)))
            for below, above, text in ((BELOW, ABOVE, english), (BELOW_ZH, ABOVE_ZH, chinese))
        }
        if re.search("today|is the same", english):
            assert abs(value) <= 0.05
            assert numbers(english) == numbers(chinese) == []
        elif "every bill" in english or "a bill was up to" in english:
            assert ("every bill" in english) == (value < 0) == ("每期账单" in chinese)
        else:
            assert ways == {(value < 0, value > 0)}
    elif value == 0:
        assert re.search(NOTHING, english) or "no week without" in english
        assert re.search(NOTHING_ZH, chinese) or "每周都有" in chinese


@of_any_value
def test_the_number_of_a_sentence_is_its_value(value: float) -> None:
    for feature, english, chinese in sentences(value):
        if feature.name not in FLAGS:
            check_number(feature, value, english)
            check_number(feature, value, chinese)


def check_number(feature: Feature, value: float, sentence: str) -> None:
    if feature.name.startswith("weeks_silent") and round(value, 1) == 1:
        assert re.search("a week without|有1周没有", sentence)
    elif not numbers(sentence):
        nothing = is_signed(feature) and (abs(value) <= 0.05 or value <= -100)
        assert value == 0 or nothing, sentence
    elif "0 out of" not in sentence and "为0分" not in sentence:
        assert right(sentence, value), sentence


@of_any_value
def test_sentences_are_well_formed(value: float) -> None:
    for _, english, chinese in sentences(value):
        for text in (english, chinese):
            assert not re.search(r"[{}\[\]|_]|  |-\d|\.$|±|nan|None$", text), text
        assert english.isascii()
        assert re.match("[A-Z0-9]", english)
        assert len(english.split()) >= 4, english
        many = "days|months|years|minutes|calls|messages|bills|complaints|offers|requests|weeks"
        assert not re.search(rf"(?<![\d.,])1 ({many})\b", shown(english)), english
        assert not re.match(r"1 [a-z ]*\b(were|are)\b", shown(english)), english
        assert re.search("[\u4e00-\u9fff]", chinese)
        assert set(re.findall("[A-Za-z]+", chinese)) <= {"MB", "GB"}, chinese
        assert " " not in chinese


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_missing_is_never_said(value: float | None) -> None:
    assert not [feature.name for feature in SAID if said(feature, value, "en") is not None]


@pytest.mark.parametrize(
    ("name", "value", "english", "chinese"),
    [
        (
            "data_mb_12w_trend", -119.6,
            "Mobile data use has been falling by about 120 MB a week over the last 12 weeks",
            "近12周移动流量每周约减少120MB",
        ),
        (
            "bill_rise_cny_13w_max", -7.8,
            "In the last 13 weeks every bill was at least 7.8 CNY lower than the one before",
            "近13周每期账单都比上一期至少减少7.8元",
        ),
        ("dropped_calls_4w", 1.0, "1 call was dropped in the last 4 weeks", "近4周掉话1次"),
        ("dropped_calls_4w", 0.0, "No call was dropped in the last 4 weeks", "近4周没有掉话"),
        (
            "data_mb_4w_change", -38.2,
            "Mobile data use in the last 4 weeks was 38 % lower than in the 4 weeks before",
            "近4周移动流量比此前4周减少38%",
        ),
        (
            "voice_min_7d", 61.0,
            "61 minutes were spent on outgoing calls in the last 7 days",
            "近7天主叫61分钟",
        ),
        ("days_to_contract_end", -70.0, "The contract ended 70 days ago", "合约已在70天前到期"),
        ("tenure_days", 1130.0, "The customer joined about 3 years ago", "客户在约3年前入网"),
        ("overdue_cny", 1203.0, "Bills of 1,203 CNY in total are overdue", "逾期未缴账单共1,203元"),
        ("plan_changes", 1.0, "The plan was changed once since joining", "入网以来变更套餐1次"),
        (
            "broken_promises", 2.0,
            "2 complaints were not answered within the promised time so far",
            "至今有2件投诉未按承诺时限答复",
        ),
    ],
)  # fmt: skip
def test_sentences_read_so(name: str, value: float, english: str, chinese: str) -> None:
    assert said(BY_NAME[name], value, "en") == english
    assert said(BY_NAME[name], value, "zh") == chinese


def test_amounts_are_named_in_the_operators_currency() -> None:
    feature = next(one for one in features("EUR") if one.name == "bill_eur_13w_latest")
    assert said(feature, 31.0, "en") == "The latest bill was 31 EUR"
    assert said(feature, 31.0, "zh") == "最近一期账单为31EUR"


def test_a_value_that_rounds_to_nothing_is_less_than_something() -> None:
    assert quantity(0.2, "%", "en") == "less than 1 %"
    assert quantity(0.04, "CNY", "zh") == "不到0.1元"


EVERY_AGGREGATE = [
    *(one for one in vars(aggregates).values() if isinstance(one, aggregates.Aggregate)),
    aggregates.share_of("all_calls"),
    aggregates.per("all_calls"),
    aggregates.rows_with(3),
]


def of_new_families() -> list[Feature]:
    """A family that `sentences.toml` does not name, by every aggregate and unit."""
    found = []
    for unit in ("", "MB", "min", "d", "%", "{currency}"):
        line = Declarations("weeks", feed="usage", group="network")
        en, zh = "missed calls in the last {window}", "近{window}未接来电"
        missed = line.measure("missed_calls", en, zh, unit=unit)
        missed.declare(weeks=(1, 12))
        missed.declare(*EVERY_AGGREGATE, weeks=(1, 12))
        found += [feature for family in line.families for feature in family("CNY")]
    return found


NEW = of_new_families()


@of_any_value
def test_a_family_without_sentences_is_said_plainly_and_never_against_its_sign(
    value: float,
) -> None:
    for feature in NEW:
        if feature.saying is None:
            continue
        texts = [said(feature, value, language) for language in LANGUAGES]
        compared = feature.name.endswith(SIGNED_ENDINGS)
        if value < 0 and not compared:
            assert texts == [None, None]
        for text in filter(None, texts):
            assert not re.search(r"[{}\[\]|_]|  |-\d|±|nan", text), text
            assert "近12周" in text or "近1周" in text or text.startswith("The figure for "), text
            assert bool(re.search("lower|falling|fell|(?<!最)低|减少|降为零", text)) == (value < 0)
            if compared:
                assert bool(re.search("higher|rising|高|增加", text)) == (value > 0), text
            if value == 0:
                assert feature.saying.says("calm"), "nothing is never a sign for leaving"
            elif "fell to zero" not in text and "降为零" not in text:
                assert right(text.replace("近1周", ""), value), text


def test_what_no_plain_sentence_fits_is_silent() -> None:
    assert {feature.saying is None for feature in NEW if "variation" in feature.name} == {True}
    assert {feature.saying is None for feature in NEW if feature.name.endswith("share")} == {
        True,
        False,
    }


def test_plain_sentences_read_so() -> None:
    by_name = {feature.name: feature for feature in NEW if feature.unit in ("", aggregates.CHANGE)}
    for name, value, english, chinese in (
        (
            "12w", 22.0,
            "The figure for missed calls in the last 12 weeks is 22",
            "近12周未接来电为22",
        ),
        (
            "12w", 0.0,
            "The figure for missed calls in the last 12 weeks is zero",
            "近12周未接来电为零",
        ),
        (
            "12w_trend", -3.0,
            "The figure for missed calls in the last 12 weeks has been falling by about 3 a week",
            "近12周未接来电每周约减少3",
        ),
        (
            "12w_change", -38.2,
            "The figure for missed calls in the last 12 weeks is 38 % lower than before",
            "近12周未接来电比此前减少38%",
        ),
    ):  # fmt: skip
        feature = by_name[f"missed_calls_{name}"]
        assert said(feature, value, "en") == english
        assert said(feature, value, "zh") == chinese
