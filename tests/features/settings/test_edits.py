"""Single settings set, taken away and written."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from features.errors import OutputError
from features.home import Home
from features.settings.edits import own_file, own_text, value_at, with_value, write_own
from features.settings.layers import over, own_values

DEFAULTS = {"port": 1, "offers": {"credit": {"cost": 60.0, "zh": "返还"}}}


def test_what_is_set_is_what_is_found_and_nothing_else_changes() -> None:
    own = with_value({}, DEFAULTS, "offers.credit.cost", 50.0)
    assert own == {"offers": {"credit": {"cost": 50.0}}}
    assert over(DEFAULTS, own)["offers"]["credit"] == {"cost": 50.0, "zh": "返还"}
    assert DEFAULTS["offers"] == {"credit": {"cost": 60.0, "zh": "返还"}}
    assert value_at(over(DEFAULTS, own), "offers.credit.cost") == 50.0


@pytest.mark.parametrize("value", [None, 60.0])
def test_what_is_as_shipped_leaves_the_home(value: float | None) -> None:
    own = {"port": 2, "offers": {"credit": {"cost": 50.0}}}
    assert with_value(own, DEFAULTS, "offers.credit.cost", value) == {"port": 2}


def test_a_new_table_comes_and_goes() -> None:
    own = with_value({}, DEFAULTS, "offers.bonus", {"cost": 5.0})
    assert value_at(own, "offers.bonus.cost") == 5.0
    assert with_value(own, DEFAULTS, "offers.bonus", None) == {}


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    own = {"offers": {"credit": {"zh": '返还"60"元\n', "tiers": ["gold"], "cost": 1e-7}}}
    write_own(tmp_path, "decision", own_text(own))
    assert own_values(tmp_path, "decision") == own
    assert str(own_file(tmp_path, "decision")).startswith("# What differs")
    write_own(tmp_path, "decision", None)
    assert own_file(tmp_path, "decision") is None


def test_what_is_not_toml_is_not_written(tmp_path: Path) -> None:
    write_own(tmp_path, "decision", "a = 1\n")
    with pytest.raises(tomllib.TOMLDecodeError):
        write_own(tmp_path, "decision", "a = \n")
    assert own_file(tmp_path, "decision") == "a = 1\n"


def test_a_disk_that_refuses_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    Home(tmp_path).settings("decision").parent.write_text("in the way")
    with pytest.raises(OutputError):
        write_own(tmp_path, "decision", "a = 1\n")
