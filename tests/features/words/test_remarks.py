"""Remarks in Chinese: each that the code may make has words, and what changes is kept."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from features.feeds import FEEDS
from features.files.text.dialects import DELIMITERS, RARE_DELIMITERS
from features.imports.fields.checks import (
    CONFLICT,
    FUTURE,
    FUTURE_YEAR,
    HINTS,
    KNOWN_EARLY,
    PART_HINTS,
    PLACEHOLDER,
    SKIPPED,
    UNEVEN,
)
from features.imports.fields.values import UNTYPED
from features.words import words
from features.words.remarks import remark, remarks

ENGLISH = words("en", "remarks")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
AS_THEY_STAND = {"between_reasons", "between_remarks", "between_parts", "below", "above"}
HINTS_OF_COLUMNS = {one.hint for feed in FEEDS.values() for one in feed.columns if one.hint}
OF_A_COLUMN = (FUTURE, FUTURE_YEAR, SKIPPED, PLACEHOLDER, *UNTYPED.values())


@pytest.mark.parametrize("key", sorted(set(ENGLISH) - AS_THEY_STAND))
def test_what_changes_is_kept(key: str) -> None:
    names = [name for _, name, _, _ in Formatter().parse(ENGLISH[key]) if name]
    values = {name: f"{place + 1}{place}" for place, name in enumerate(names)}
    chinese = remark(ENGLISH[key].format(**values), "zh")
    assert chinese == words("zh", "remarks")[key].format(**values)
    assert CHINESE.search(chinese)


@pytest.mark.parametrize(
    "text",
    [
        *(f"revenue_fen {reason}" for reason in OF_A_COLUMN), KNOWN_EARLY, CONFLICT, UNEVEN,
        *HINTS.values(), *PART_HINTS.values(), *sorted(HINTS_OF_COLUMNS),
        *(f"{one} between columns" for one in (DELIMITERS | RARE_DELIMITERS).values()),
    ],
)  # fmt: skip
def test_whatever_an_import_may_remark_has_words(text: str) -> None:
    assert CHINESE.search(remark(text, "zh"))
    assert remark(text, "en") == text


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("is 'a; b, c' in every row", "每行均为'a; b, c'"),
        (
            "written 1234.5; 'NA' (3), 'x' (2) counts as missing",
            "写作1234.5；'NA' (3), 'x' (2)视为缺失",
        ),
        (
            "days since 2020-01-01, written DD/MM/YYYY; 4 missing",
            "自2020-01-01起的天数，写作DD/MM/YYYY；缺失4个",
        ),
        (
            "a demo of 300 customers: churners in the test period is 30; expected at least 200; "
            "calibration slope is 2; expected at least 0.8 and at most 1.25",
            "300位客户的演示：测试期的离网客户数为30；应为不低于200；校准斜率为2；应为0.8至1.25",
        ),
        ("a time or duration, in seconds", "时刻或时长，单位秒"),
        (
            "2 parts, gzip, GBK, tab between columns; UTF-8, tab between columns, all 1,602 rows",
            "2个分片，gzip，GBK，以制表符分列；UTF-8，以制表符分列，共1,602行",
        ),
    ],
)
def test_a_value_that_holds_a_separator_is_kept(text: str, chinese: str) -> None:
    assert remarks(text, "zh") == chinese


def test_what_has_no_words_stays_in_english_whole() -> None:
    assert remarks("3 levels, as the moon goes", "zh") == "3 levels, as the moon goes"
    assert (remark("", "zh"), remarks("", "zh")) == ("", "")
    reason = "payment_mode is none of postpaid, prepaid"
    assert remark(reason, "zh") == "payment_mode不是以下取值之一：postpaid, prepaid"
