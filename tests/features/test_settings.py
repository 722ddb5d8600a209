"""Settings: every key present, known and of its type, or an error that names it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from features.errors import SettingsError
from features.settings import (
    FeatureSettings,
    HoldoutSettings,
    build,
    copy_default,
    home_settings,
    read_toml,
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


def test_the_defaults_are_copied_once_and_then_the_homes_copy_rules(tmp_path: Path) -> None:
    first = home_settings(tmp_path, "features", FeatureSettings)
    assert (first.timezone, first.currency) == ("Asia/Shanghai", "CNY")
    path = tmp_path / "settings" / "features.toml"
    path.write_text(path.read_text("utf-8").replace('"CNY"', '"EUR"'), "utf-8")
    assert home_settings(tmp_path, "features", FeatureSettings).currency == "EUR"
    copy_default(tmp_path, "features", Path("absent"))
    assert home_settings(tmp_path, "features", FeatureSettings).currency == "EUR"


@pytest.mark.parametrize("key", sorted(GOOD))
def test_a_missing_key_is_named(key: str) -> None:
    values = {name: value for name, value in GOOD.items() if name != key}
    with pytest.raises(SettingsError, match=f"features.toml: .*missing: {key}$"):
        build(values, FeatureSettings, "features.toml")


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(SettingsError, match=r"unknown: time_zone, zone$"):
        settings(zone="x", time_zone="y")
    with pytest.raises(SettingsError, match=r"unknown: shares; missing: share"):
        settings(holdout={"shares": 0.1, "salt": "s"})


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"usage_lag_days": "2"}, "usage_lag_days is '2'; expected int"),
        ({"usage_lag_days": 2.0}, "usage_lag_days is 2.0; expected int"),
        ({"usage_lag_days": True}, "usage_lag_days is True; expected int"),
        ({"timezone": 8}, "timezone is 8; expected str"),
        ({"holdout": 0.1}, "holdout is 0.1; expected a table"),
        ({"holdout": {"share": "1", "salt": "s"}}, "holdout: share is '1'; expected float"),
        ({"holdout": {"share": 0.1, "salt": 1}}, "holdout: salt is 1; expected str"),
    ],
)
def test_an_ill_typed_key_is_named(own: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=f"^features.toml: {said}$"):
        settings(**own)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"timezone": "Mars/Base"}, "'Mars/Base' is no IANA time zone"),
        ({"timezone": "/etc/passwd"}, "is no IANA time zone"),
        ({"currency": "yuan"}, "'yuan' is no ISO 4217 code"),
        ({"usage_lag_days": 7}, "usage_lag_days is 7; expected 0 to 6"),
        ({"usage_lag_days": -1}, "usage_lag_days is -1; expected 0 to 6"),
        ({"holdout": {"share": 0.2, "salt": "s"}}, "holdout.share is 0.2; expected 0 to 0.1"),
        ({"holdout": {"share": float("nan"), "salt": "s"}}, "holdout.share is nan"),
        ({"tiers": TIERS | {"preset": "abc"}}, "tiers.preset is 'abc'; expected quantiles or vip"),
        ({"tiers": TIERS | {"quantiles": [0.6, 0.85]}}, "expected three, ascending"),
        ({"tiers": TIERS | {"groups": [5, 5, 9]}}, r"tiers.groups is \[5.0, 5.0, 9.0\]; expected"),
        ({"tiers": TIERS | {"quantiles": [0.6, 0.9, 1.0]}}, "expected below 1"),
        ({"complaints": {"promise_hours": 0}}, "complaints.promise_hours is 0; expected 1"),
        ({"topics": TOPICS | {"count": 7}}, "topics.count is 7; expected 2 to 6"),
        ({"topics": TOPICS | {"warmup_weeks": 0}}, "expected at least one week and ten texts"),
        ({"topics": TOPICS | {"min_texts": 59}}, "expected at least one week and ten texts"),
        ({"topics": TOPICS | {"common_share": 0.0}}, "topics.common_share is 0.0; expected above"),
    ],
)
def test_a_value_out_of_bounds_is_named(own: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        settings(**own)


def test_a_whole_number_will_do_for_a_share() -> None:
    made = settings(holdout={"share": 0, "salt": "s"})
    assert made.holdout == HoldoutSettings(0.0, "s")
    assert type(made.holdout.share) is float


@dataclass(frozen=True)
class Rules:
    names: tuple[str, ...]
    limits: dict[str, float]
    note: str | None = None


def test_lists_and_tables_are_checked_inside() -> None:
    made = build({"names": ["a"], "limits": {"x": 1}}, Rules, "rules.toml")
    assert made == Rules(("a",), {"x": 1.0}, None)
    with pytest.raises(SettingsError, match=r"names\[1\] is 2; expected str"):
        build({"names": ["a", 2], "limits": {}}, Rules, "rules.toml")
    with pytest.raises(SettingsError, match=r"limits.x is 'y'; expected float"):
        build({"names": [], "limits": {"x": "y"}}, Rules, "rules.toml")
    with pytest.raises(SettingsError, match="note is 1; expected str"):
        build({"names": [], "limits": {}, "note": 1}, Rules, "rules.toml")


def test_a_file_that_is_absent_or_not_toml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "features.toml"
    with pytest.raises(SettingsError, match=r"features.toml: no such file"):
        read_toml(path, FeatureSettings)
    path.write_text("timezone = ")
    with pytest.raises(SettingsError, match=r"features.toml: not valid TOML"):
        read_toml(path, FeatureSettings)
    path.write_bytes("currency = '中国'".encode("gbk"))
    with pytest.raises(SettingsError, match="not valid TOML"):
        read_toml(path, FeatureSettings)
    with pytest.raises(SettingsError, match="not valid TOML"):
        read_toml(tmp_path, FeatureSettings)
