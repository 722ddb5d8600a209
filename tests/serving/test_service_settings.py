from dataclasses import replace
from pathlib import Path

import pytest

from features.errors import SettingsError
from serving.service_settings import serving_settings
from tests.conftest import set_home


def test_a_homes_port_counts_and_the_rest_is_as_shipped(tmp_path: Path) -> None:
    before = serving_settings(tmp_path)
    assert before.port == 3000
    set_home(tmp_path, "serving", "port = 8080\n")
    assert serving_settings(tmp_path) == replace(before, port=8080)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("port = 0", "port is 0; expected 1 to 65535"),
        ('language = "fr"', "language is 'fr'; expected en or zh"),
        ("body_limit_bytes = 0", "body_limit_bytes is 0; expected"),
        ("inline_ids = -1", "inline_ids is -1; expected at least 0"),
        ('port = "3000"', "port is '3000'; expected int"),
        ("ports = 3000", "unknown: ports"),
        ("[access]\nfree_tries = 0", "access.free_tries is 0; expected at least 1"),
        ('[oidc]\nissuer = "https://x"', "oidc.issuer is set, so set oidc.client_id too"),
        ('[oidc.roles]\na = "cashier"', "oidc.roles names cashier; the roles are store,"),
        ("[potential]\nmin_probability = 6", "potential.min_probability is 6"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, wrong: str, message: str) -> None:
    set_home(tmp_path, "serving", wrong)
    with pytest.raises(SettingsError, match=message):
        serving_settings(tmp_path)
