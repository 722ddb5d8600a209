"""Phone numbers in one form, or refused."""

from __future__ import annotations

import pytest

from serving.customers.phones.numbers import masked, normalised
from serving.phone_settings import PhoneSettings

CHINA = PhoneSettings("86", "0", 10, 11, ())
AMERICA = PhoneSettings("1", "", 10, 10, ())


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("15400000001", "+8615400000001"),
        ("+86 154-0000-0001", "+8615400000001"),
        ("008615400000001", "+8615400000001"),
        ("8615400000001", "+8615400000001"),
        ("１５４００００ ０００１", "+8615400000001"),
        ("\t154 0000 0001", "+8615400000001"),
        ("015400000001", "+8615400000001"),
        ("(010) 5555.0100", "+861055550100"),
        ("+44 7700 900123", "+447700900123"),
    ],
)
def test_one_number_has_one_form(text: str, number: str) -> None:
    assert normalised(text, CHINA) == number


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "+", "00", "1540000000a", "154000000012345", "+8615400", "+0123456789",
        "++8615400000001", "15400000001;drop table", "+4412345678901234", "壹伍肆",
    ],
)  # fmt: skip
def test_what_is_not_a_number_is_refused(text: str) -> None:
    assert normalised(text, CHINA) is None


def test_the_country_is_a_setting() -> None:
    assert normalised("(212) 555-0100", AMERICA) == "+12125550100"
    assert normalised("+86 15400000001", AMERICA) == "+8615400000001"
    assert masked("+12125550100", AMERICA) == "212****0100"


def test_a_masked_number_shows_three_digits_and_four() -> None:
    assert masked("+8613800005678", CHINA) == "138****5678"
