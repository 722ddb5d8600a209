from pathlib import Path

import pytest

from features.errors import SettingsError
from serving.service_settings import serving_settings


def test_the_defaults_are_copied_to_the_home_once(tmp_path: Path) -> None:
    assert serving_settings(tmp_path).port == 3000
    copy = tmp_path / "settings" / "serving.toml"
    copy.write_text(copy.read_text().replace("port = 3000", "port = 8080"))
    assert serving_settings(tmp_path).port == 8080


@pytest.mark.parametrize(
    ("default", "wrong", "message"),
    [
        ("port = 3000", "port = 0", "port is 0; expected 1 to 65535"),
        ('language = "zh"', 'language = "fr"', "language is 'fr'; expected en or zh"),
        ("body_limit_bytes = 524288", "body_limit_bytes = 0", "body_limit_bytes is 0; expected"),
        ("inline_ids = 4", "inline_ids = -1", "inline_ids is -1; expected 0 or more"),
        ("port = 3000", 'port = "3000"', "port is '3000'; expected int"),
        ("port = 3000", "", "missing: port"),
        ("min_probability = 0.6", "min_probability = 6", "potential.min_probability is 6"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, default: str, wrong: str, message: str) -> None:
    serving_settings(tmp_path)
    copy = tmp_path / "settings" / "serving.toml"
    copy.write_text(copy.read_text().replace(default, wrong))
    with pytest.raises(SettingsError, match=message):
        serving_settings(tmp_path)
