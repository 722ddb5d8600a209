"""`liuke settings`: every key, its value, and whether the home says so."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from features.errors import SettingsError
from features.settings.layers import OLD_NAMES
from serving.effective_settings import FILES, effective_settings, in_words
from tests.conftest import set_home


def previous_home(home: Path) -> None:
    """Write the settings as an earlier version left them: full copies, under their old names."""
    for name, (default, _) in FILES.items():
        text = default.read_text("utf-8")
        for old, new in OLD_NAMES.get(name, {}).items():
            text = text.replace(new.rpartition(".")[2], old.rpartition(".")[2])
        set_home(home, name, text)


def test_a_home_of_the_previous_version_opens_and_its_copies_are_the_defaults(
    tmp_path: Path,
) -> None:
    previous_home(tmp_path)
    text = (tmp_path / "settings" / "training.toml").read_text("utf-8")
    assert "min_train_leavers" in text
    assert effective_settings(tmp_path) == effective_settings(tmp_path / "new")
    assert {one.source for one in effective_settings(tmp_path)} == {"default"}


def test_what_an_earlier_home_changed_is_its_own(tmp_path: Path) -> None:
    previous_home(tmp_path)
    path = tmp_path / "settings" / "training.toml"
    text = path.read_text("utf-8").replace("min_train_leavers = 30", "min_train_leavers = 50")
    path.write_text(text, "utf-8")
    (own,) = [one for one in effective_settings(tmp_path) if one.source == "home"]
    assert (own.file, own.key, own.value) == ("training", "split.min_train_churners", 50)


def test_a_line_says_key_source_and_value(tmp_path: Path) -> None:
    set_home(tmp_path, "serving", "port = 8080\n")
    lines = in_words(effective_settings(tmp_path)).split("\n")
    assert [line for line in lines if line.endswith(".toml")] == [f"{name}.toml" for name in FILES]
    assert [line.split() for line in lines if " home " in line] == [["port", "home", "8080"]]
    assert any(line.split()[:3] == ["currency", "default", '"CNY"'] for line in lines)


def test_the_sources_are_aligned_in_chinese_too(tmp_path: Path) -> None:
    set_home(tmp_path, "serving", "port = 8080\n")
    lines = in_words(effective_settings(tmp_path), "zh").split("\n")
    heads = [re.match(r"  \S+ +(?:默认|工作目录) +", line) for line in lines]
    found = {cell_len(head[0]) for head in heads if head}
    assert len(found) == 1


def test_the_settings_are_plain_json(tmp_path: Path) -> None:
    values = [vars(one) for one in effective_settings(tmp_path)]
    assert json.loads(json.dumps(values)) == values


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("service", "port = 1", "has service.toml; expected only features.toml, training.toml"),
        ("serving", "ports = 1", "unknown: ports"),
        ("serving", "port = 0", "port is 0; expected 1 to 65535"),
        ("training", "[fit]\ntrial = 9", "unknown: trial"),
    ],
)
def test_what_is_not_a_setting_is_refused(tmp_path: Path, name: str, text: str, said: str) -> None:
    set_home(tmp_path, name, text)
    with pytest.raises(SettingsError, match=said):
        effective_settings(tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://liuke:secret@db/liuke",
        "mysql://liuke:secret@db/liuke?ssl_key=x&passwd=secret",
        "postgresql://db/liuke?sslpassword=secret&access_token=secret",
    ],
)
def test_a_password_is_not_shown(tmp_path: Path, url: str) -> None:
    set_home(tmp_path, "serving", f'database_url = "{url}"\n')
    assert "secret" not in in_words(effective_settings(tmp_path))
