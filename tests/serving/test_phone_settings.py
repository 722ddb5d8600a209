"""Settings of phone numbers that would not work are refused."""

from __future__ import annotations

from typing import Any

import pytest

from features.errors import SettingsError
from serving.phone_settings import PhoneSettings


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"country_code": "086"}, "country_code"),
        ({"country_code": "+86"}, "country_code"),
        ({"trunk_prefix": "00"}, "trunk_prefix"),
        ({"min_digits": 12}, "min_digits"),
        ({"max_digits": 14}, "max_digits"),
    ],
)
def test_what_would_not_work_is_refused(changed: dict[str, Any], named: str) -> None:
    own: dict[str, Any] = {
        "country_code": "86", "trunk_prefix": "0", "min_digits": 10, "max_digits": 11,
        "visible_to": (),
    }  # fmt: skip
    PhoneSettings(**own)
    with pytest.raises(SettingsError, match=named):
        PhoneSettings(**own | changed)
