"""Worlds are read whole or refused by name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import features.simulate
from features.errors import SettingsError
from features.simulate import packaged_worlds, read_world

DEFAULT = Path(features.simulate.__file__).parent / "world" / "worlds" / "default.toml"


def test_without_a_file_the_default_world_is_read() -> None:
    assert read_world(None) == read_world(DEFAULT) == read_world("default")
    assert read_world(None).first_day == date(2024, 12, 2)


@pytest.mark.parametrize("name", packaged_worlds())
def test_every_packaged_world_can_be_read_by_name(name: str) -> None:
    assert read_world(name) == read_world(Path(name))
    assert name == "default" or read_world(name) != read_world(None)


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(SettingsError, match="name one of default, hidden-cause, prepaid-market"):
        read_world("narnia")


def test_a_world_may_say_only_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('extends = "default"\noracle_paths = 3\n[strength]\nfading = 0.5\n', "utf-8")
    own, default = read_world(path), read_world(None)
    assert (own.oracle_paths, own.strength.fading) == (3, 0.5)
    assert own.strength.rival == default.strength.rival
    (tmp_path / "other.toml").write_text('extends = "own.toml"\n[usage]\nnoise = 0.2\n', "utf-8")
    other = read_world(tmp_path / "other.toml")
    assert (other.strength.fading, other.usage.noise) == (0.5, 0.2)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('extends = "own.toml"', "extends itself"),
        ("extends = 3", "expected a world's name or path"),
        ('extends = "narnia"', "no world is called 'narnia'"),
        ('extends = "default"\n[strength]\nweather = 1.0', "unknown: weather"),
        ('extends = "default"\nweather = 1.0', "unknown: weather"),
    ],
)
def test_a_wrong_extension_is_refused(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=named):
        read_world(path)


def test_an_offer_may_raise_the_margin_and_no_other_share_is_above_one(tmp_path: Path) -> None:
    text, path = DEFAULT.read_text("utf-8"), tmp_path / "world.toml"
    assert max(kind.margin_share for kind in read_world(None).offers) > 1
    path.write_text(text.replace("acceptance_share = 0", "acceptance_share = 1", 1), "utf-8")
    with pytest.raises(SettingsError, match="acceptance_share is 1"):
        read_world(path)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("oracle_paths", "oracle_path", "unknown: oracle_path; missing: oracle_paths"),
        ("[rival]", "[competitor]", "unknown: competitor; missing: rival"),
        ("first_day = 2024-12-02", "first_day = 2024-12-03", "expected a Monday"),
        ("\nneed = ", "\nneed = -", "need is -"),
        ("\nneed = ", "\nneed = 0 #", "traits.need is 0.0; expected more than 0"),
        ("prepaid_share = 0", "prepaid_share = 2", "expected a share, 0 to 1"),
        ("prepaid = true", "prepaid = false", "none is prepaid"),
        ("[strength]", "[strength]\nweather = 1.0", "unknown: weather"),
        ("\nstep = 0", "\nstep = 1", "expected a factor between 0 and 1"),
    ],
)
def test_a_wrong_world_is_refused(tmp_path: Path, old: str, new: str, named: str) -> None:
    text = DEFAULT.read_text("utf-8")
    assert old in text
    path = tmp_path / "world.toml"
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(SettingsError, match=named):
        read_world(path)
