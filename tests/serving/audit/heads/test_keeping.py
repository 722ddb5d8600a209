"""The head of the audit is kept whenever it has moved, and at the end."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from features.errors import SettingsError
from serving.audit.chain import Head
from serving.audit.heads import read_heads
from serving.audit.heads.audit_settings import AuditSettings
from serving.audit.heads.keeping import HeadKeeper

HEADS = [Head(1, "a" * 64), Head(1, "a" * 64), Head(3, "b" * 64)]


def test_a_head_that_moved_is_kept_once(tmp_path: Path) -> None:
    heads, logged = iter([None, *HEADS]), list[Head]()
    keeper = HeadKeeper(lambda: next(heads), logged.append, tmp_path / "heads", 60)
    for _ in range(4):
        keeper.keep()
    assert logged == read_heads(tmp_path / "heads") == [HEADS[0], HEADS[2]]


def test_the_last_head_is_kept_at_the_end(tmp_path: Path) -> None:
    logged = list[Head]()
    with HeadKeeper(lambda: HEADS[0], logged.append, tmp_path / "heads", 60).running():
        assert logged == []
    assert logged == read_heads(tmp_path / "heads") == [HEADS[0]]


def test_without_a_file_the_log_has_it() -> None:
    logged = list[Head]()
    HeadKeeper(lambda: HEADS[0], logged.append, None, 60).keep()
    assert logged == [HEADS[0]]


def test_a_file_that_cannot_be_written_is_reported_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "folder" / "heads"
    keeper = HeadKeeper(lambda: HEADS[0], lambda _: None, file, 60)
    with caplog.at_level(logging.ERROR):
        keeper.keep()
    assert "was not kept" in caplog.text
    file.parent.mkdir()
    keeper.keep()
    assert read_heads(file) == [HEADS[0]]


def test_the_settings_say_where(tmp_path: Path) -> None:
    home = tmp_path
    assert AuditSettings(60, "").file(home) is None
    assert AuditSettings(60, "heads").file(home) == home / "heads"
    assert AuditSettings(60, "/mnt/heads").file(home) == Path("/mnt/heads")
    with pytest.raises(SettingsError, match="head_seconds"):
        AuditSettings(0, "")
