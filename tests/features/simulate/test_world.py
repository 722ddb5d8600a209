"""Worlds are read whole or refused by name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import features.simulate
from features.errors import SettingsError
from features.simulate import read_world

DEFAULT = Path(features.simulate.__file__).parent / "worlds" / "default.toml"


def test_without_a_file_the_packaged_world_is_read() -> None:
    assert read_world(None) == read_world(DEFAULT)
    assert read_world(None).first_day == date(2024, 12, 2)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("oracle_paths", "oracle_path", "unknown: oracle_path; missing: oracle_paths"),
        ("[rival]", "[competitor]", "unknown: competitor; missing: rival"),
        ("first_day = 2024-12-02", "first_day = 2024-12-03", "expected a Monday"),
        ("frailty_shape = ", "frailty_shape = -", "frailty_shape is -"),
        ("frailty_shape = ", "frailty_shape = 0 #", "expected more than 0"),
        ("prepaid_share = 0", "prepaid_share = 2", "expected a share, 0 to 1"),
        ("prepaid = true", "prepaid = false", "none is prepaid"),
        ("[strength]", "[strength]\nweather = 1.0", "unknown: weather"),
    ],
)
def test_a_wrong_world_is_refused(tmp_path: Path, old: str, new: str, named: str) -> None:
    text = DEFAULT.read_text("utf-8")
    assert old in text
    path = tmp_path / "world.toml"
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(SettingsError, match=named):
        read_world(path)
