"""Whom no import brings back: kept as keyed hashes, never by an id."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.disk.erased import erased_hashes, remember_erased
from features.disk.secrets import made_secrets
from features.errors import LakeError
from features.home import Home


def test_who_was_erased_is_remembered_once_and_not_by_name(tmp_path: Path) -> None:
    assert erased_hashes(tmp_path) == frozenset()
    assert remember_erased(tmp_path, "C0000001")
    assert not remember_erased(tmp_path, "C0000001")
    assert remember_erased(tmp_path, "C0000002")
    own = made_secrets(tmp_path)
    assert erased_hashes(tmp_path) == {own.erased_hash(one) for one in ("C0000001", "C0000002")}
    assert "C000000" not in Home(tmp_path).erased.read_text("utf-8")


@pytest.mark.parametrize("content", ["", "{}", '{"schema": 9, "hashes": []}'])
def test_a_damaged_file_is_refused(tmp_path: Path, content: str) -> None:
    Home(tmp_path).erased.write_text(content, "utf-8")
    with pytest.raises(LakeError, match="could bring erased customers back"):
        erased_hashes(tmp_path)
