"""A file as a dataclass: every key present, known and of its type, or an error that names it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from features.errors import SettingsError
from features.settings import FeatureSettings, HoldoutSettings, build, read_toml
from tests.features.settings.test_feature_settings import GOOD, settings


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
        (
            {"holdout": {"share": float("inf"), "salt": "s"}},
            "holdout: share is inf; expected a finite number",
        ),
        (
            {"holdout": {"share": float("nan"), "salt": "s"}},
            "holdout: share is nan; expected a finite number",
        ),
        ({"timezone": 8}, "timezone is 8; expected str"),
        ({"holdout": 0.1}, "holdout is 0.1; expected a table"),
        ({"holdout": {"share": "1", "salt": "s"}}, "holdout: share is '1'; expected float"),
        ({"holdout": {"share": 0.1, "salt": 1}}, "holdout: salt is 1; expected str"),
    ],
)
def test_an_ill_typed_key_is_named(own: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=f"^features.toml: {said}$"):
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
