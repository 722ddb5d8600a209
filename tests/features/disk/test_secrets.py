"""The file of secrets: made once, for its owner alone, and refused when others may read it."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from features.disk.secrets import (
    PLACE,
    made_secrets,
    read_secrets,
    secrets_path,
    with_new_key,
    write_secrets,
)
from features.errors import SettingsError


def test_the_file_is_made_when_first_needed_for_its_owner_alone(tmp_path: Path) -> None:
    assert read_secrets(tmp_path) is None
    made = made_secrets(tmp_path)
    assert stat.S_IMODE(secrets_path(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(secrets_path(tmp_path).parent.stat().st_mode) == 0o700
    assert read_secrets(tmp_path) == made == made_secrets(tmp_path)


def test_of_many_that_make_it_one_does(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: made_secrets(tmp_path), range(16)))
    assert {one.erased for one in made} == {made[0].erased}
    assert [path.name for path in secrets_path(tmp_path).parent.iterdir()] == ["keys.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    made_secrets(tmp_path)
    secrets_path(tmp_path).chmod(mode)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_secrets(tmp_path)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"schema": 1, "keys": {"1": "00ff"}, "erased": "00"}', "\0"]
)
def test_a_damaged_file_is_refused_without_repeating_it(tmp_path: Path, content: str) -> None:
    made_secrets(tmp_path)
    secrets_path(tmp_path).write_text(content, "utf-8")
    with pytest.raises(SettingsError, match="not a file of secrets") as refusal:
        read_secrets(tmp_path)
    assert "00ff" not in str(refusal.value)


def test_it_may_stand_outside_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PLACE, str(tmp_path / "safe" / "liuke.json"))
    made = made_secrets(tmp_path / "home")
    assert (tmp_path / "safe" / "liuke.json").is_file()
    assert not (tmp_path / "home").exists()
    assert made_secrets(tmp_path / "home") == made


def test_a_new_key_leaves_the_old_ones_and_is_the_newest(tmp_path: Path) -> None:
    old = made_secrets(tmp_path)
    write_secrets(tmp_path, with_new_key(old))
    new = read_secrets(tmp_path)
    assert new is not None
    assert (new.newest, new.keys[1], new.erased) == (2, old.keys[1], old.erased)
    assert stat.S_IMODE(secrets_path(tmp_path).stat().st_mode) == 0o600


def test_keys_of_other_uses_and_numbers_differ(tmp_path: Path) -> None:
    own = with_new_key(made_secrets(tmp_path))
    assert len({own.derived(number, use) for number in (1, 2) for use in ("a", "b")}) == 4
    with pytest.raises(SettingsError, match="no key 3; there are 1, 2"):
        own.derived(3, "a")


def test_nothing_of_a_key_stands_in_what_is_printed(tmp_path: Path) -> None:
    own = made_secrets(tmp_path)
    assert own.keys[1].hex() not in repr(own)
    assert str(own.keys[1]) not in repr(own)
