"""Heads of the chain in a file of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from features.errors import OutputError, SettingsError
from serving.audit.chain import Head
from serving.audit.heads import append_head, current_head, line_of, read_heads
from serving.database.tables import audit_head

HEADS = [Head(812, "5f" * 32), Head(815, "a0" * 32)]


def test_heads_are_read_as_they_were_written(tmp_path: Path) -> None:
    for head in HEADS:
        append_head(tmp_path / "heads", head)
    assert read_heads(tmp_path / "heads") == HEADS


@pytest.mark.parametrize(
    "content", [None, "", "\n", "{}", "812 5f0c", '{"number": "a", "hash": "b"}', "[]", "\xff"]
)
def test_another_file_is_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "heads"
    if content is not None:
        file.write_text(content, "latin-1")
    with pytest.raises(SettingsError, match=r"audit head"):
        read_heads(file)


def test_a_line_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "heads").write_text(line_of(HEADS[0])[:40])
    with pytest.raises(SettingsError, match="cannot be read"):
        read_heads(tmp_path / "heads")


def test_a_database_without_a_head_says_what_to_do(store: Engine) -> None:
    assert current_head(store) == Head()
    with store.begin() as connection:
        connection.execute(delete(audit_head))
    with pytest.raises(OutputError, match="liuke audit verify"):
        current_head(store)
