"""Settings of the features: each within its bounds, or an error that names it."""

from __future__ import annotations

from typing import Any

import pytest

from features.errors import SettingsError
from features.settings import (
    FeatureSettings,
    build,
)

TOPICS = {"count": 6, "warmup_weeks": 14, "min_texts": 200, "common_share": 0.05}
TIERS: dict[str, Any] = {
    "preset": "quantiles",
    "quantiles": [0.6, 0.85, 0.97],
    "vip_individual": [666, 1500, 3000],
    "groups": [1000, 5000, 20000],
}
GOOD: dict[str, Any] = {
    "timezone": "Asia/Shanghai",
    "currency": "CNY",
    "usage_lag_days": 2,
    "holdout": {"share": 0.015, "salt": "s"},
    "complaints": {"promise_hours": 48},
    "topics": TOPICS,
    "tiers": TIERS,
}


def settings(**own: Any) -> FeatureSettings:
    return build(GOOD | own, FeatureSettings, "features.toml")


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"timezone": "Mars/Base"}, "'Mars/Base' is not an IANA time zone"),
        ({"timezone": "/etc/passwd"}, "is not an IANA time zone"),
        ({"currency": "yuan"}, "'yuan' is not an ISO 4217 code"),
        ({"usage_lag_days": 7}, "usage_lag_days is 7; expected 0 to 6"),
        ({"usage_lag_days": -1}, "usage_lag_days is -1; expected 0 to 6"),
        ({"holdout": {"share": 0.2, "salt": "s"}}, "holdout.share is 0.2; expected 0 to 0.1"),
        ({"holdout": {"share": float("nan"), "salt": "s"}}, "holdout: share is nan"),
        ({"tiers": TIERS | {"preset": "abc"}}, "tiers.preset is 'abc'; expected quantiles or vip"),
        ({"tiers": TIERS | {"quantiles": [0.6, 0.85]}}, "expected three, ascending"),
        ({"tiers": TIERS | {"groups": [5, 5, 9]}}, r"tiers.groups is \[5.0, 5.0, 9.0\]; expected"),
        ({"tiers": TIERS | {"quantiles": [0.6, 0.9, 1.0]}}, "expected below 1"),
        (
            {"complaints": {"promise_hours": 0}},
            "complaints.promise_hours is 0; expected at le",
        ),
        ({"topics": TOPICS | {"count": 7}}, "topics.count is 7; expected 2 to 6"),
        ({"topics": TOPICS | {"warmup_weeks": 0}}, "expected at least one week and ten texts"),
        ({"topics": TOPICS | {"min_texts": 59}}, "expected at least one week and ten texts"),
        ({"topics": TOPICS | {"common_share": 0.0}}, "topics.common_share is 0.0; expected above"),
    ],
)
def test_a_value_out_of_bounds_is_named(own: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        settings(**own)
