"""Labels are broken into lines where a reader would break them, in both languages."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue import features
from training.pictures.wrapping import JOINER, WRAP, wrapped

NBSP = "\N{NO-BREAK SPACE}"


def width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


@given(st.text(alphabet="a1%. 近周的流（）：，" + NBSP + JOINER, max_size=120))
def test_no_letter_is_lost_and_no_line_too_wide(text: str) -> None:
    lines = wrapped(text).splitlines()
    assert max(map(width, lines), default=0) <= WRAP
    assert "".join(lines).replace(" ", "") == text.replace(JOINER, "").replace(" ", "")


@pytest.mark.parametrize("value", ["0.6", f"0{NBSP}%", f"112{NBSP}MB", "19.2天", "未知", "2,549天"])
def test_a_value_stays_in_one_line_with_the_end_of_its_name(value: str) -> None:
    for feature in features("CNY"):
        for name in (feature.en, feature.zh):
            lines = wrapped(f"{name}:{NBSP}{JOINER.join(value)}").splitlines()
            assert lines[-1].endswith(f":{NBSP}{value}")
            assert not lines[-1].startswith(":")


def test_a_line_begins_with_no_closing_mark_and_parts_no_number_from_its_unit() -> None:
    for feature in features("CNY"):
        lines = wrapped(f"{feature.zh}（与此前26周相比）").splitlines()
        for line, following in pairwise(lines):
            assert following[0] not in "）：，。、"
            assert not line[-1].isdigit()
            assert line[-1] != "（"
