"""A home's own settings over the shipped ones: key by key, old names too, each with its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import SettingsError
from features.settings.layers import OLD_NAMES, Setting, over, own_values, settings_of
from tests.conftest import set_home

DEFAULTS = {"port": 3000, "gate": {"depth": 6, "trees": 500}}


def test_a_home_without_a_file_says_nothing(tmp_path: Path) -> None:
    assert own_values(tmp_path, "training") == {}
    assert list(tmp_path.iterdir()) == []


def test_a_key_of_a_table_counts_and_its_neighbours_stay() -> None:
    assert over(DEFAULTS, {"gate": {"depth": 4}}) == {
        "port": 3000,
        "gate": {"depth": 4, "trees": 500},
    }
    assert over(DEFAULTS, {"gate": 4})["gate"] == 4, "for the typed reading to refuse"


def test_every_setting_has_its_source_and_an_equal_value_is_the_default() -> None:
    own = {"port": 3000, "gate": {"depth": 4}}
    assert settings_of("service", DEFAULTS, own) == [
        Setting("service", "port", 3000, "default"),
        Setting("service", "gate.depth", 4, "home"),
        Setting("service", "gate.trees", 500, "default"),
    ]


def test_a_key_under_its_old_name_is_read(tmp_path: Path) -> None:
    set_home(tmp_path, "training", "[split]\nmin_train_leavers = 12\n")
    assert own_values(tmp_path, "training") == {"split": {"min_train_churners": 12}}
    set_home(tmp_path, "registry", "[gate]\nmin_leavers_test = 90\n")
    assert own_values(tmp_path, "registry") == {"gate": {"min_churners_test": 90}}


def test_a_key_under_both_names_is_refused(tmp_path: Path) -> None:
    set_home(tmp_path, "training", "[split]\nmin_train_leavers = 12\nmin_train_churners = 30\n")
    with pytest.raises(SettingsError, match=r"churners stands there as split.min_train_lea"):
        own_values(tmp_path, "training")


def test_old_and_new_names_are_in_one_table() -> None:
    for names in OLD_NAMES.values():
        for old, new in names.items():
            assert old.rpartition(".")[0] == new.rpartition(".")[0]


@pytest.mark.parametrize("name", ["feature.toml", "Serving.TOML", "serving.yaml"])
def test_a_file_that_would_not_be_read_is_refused(tmp_path: Path, name: str) -> None:
    set_home(tmp_path, "training", "")
    (tmp_path / "settings" / name).write_text("port = 3001\n")
    with pytest.raises(SettingsError, match=rf"has {name}; expected only features.toml, "):
        own_values(tmp_path, "serving")


def test_a_link_to_nothing_is_refused_and_not_taken_for_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "serving.toml").symlink_to(tmp_path / "unmounted")
    with pytest.raises(SettingsError, match="is a link to a file that is not there"):
        own_values(tmp_path, "serving")
    other = tmp_path / "other"
    other.mkdir()
    (other / "settings").symlink_to(tmp_path / "unmounted")
    with pytest.raises(SettingsError, match="is a link to a folder that is not there"):
        own_values(other, "serving")
