"""The hash of a row: over everything that it says, and the row before it."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from serving.audit.chain import CONTENT, NO_HASH, row_hash
from serving.database.tables import audit

ROW: dict[str, Any] = {
    "number": 7, "at": datetime(2026, 3, 2, 9), "request_id": "5f0c", "caller": "a1", "role": None,
    "method": "POST", "route": "/score", "purpose": "retention", "status": 200, "code": "",
    "subjects": 2, "detail": '{"客":1}',
}  # fmt: skip


def test_the_hash_is_that_of_the_form_in_the_documentation() -> None:
    form = (
        f'["{NO_HASH}",7,"2026-03-02T09:00:00.000000","5f0c","a1",null,"POST","/score",'
        '"retention",200,"",2,"{\\"\\u5ba2\\":1}",["p1","p2"]]'
    )
    assert row_hash(NO_HASH, ROW, ["p1", "p2"]) == sha256(form.encode()).hexdigest()


def test_every_column_but_the_hash_itself_is_in_it() -> None:
    assert set(CONTENT) == {column.name for column in audit.columns} - {"hash"}


@pytest.mark.parametrize("name", CONTENT)
def test_another_value_anywhere_is_another_hash(name: str) -> None:
    value = ROW[name]
    other = value + timedelta(microseconds=1) if isinstance(value, datetime) else f"{value}x"
    assert row_hash(NO_HASH, ROW | {name: other}, []) != row_hash(NO_HASH, ROW, [])


def test_another_row_before_or_another_subject_is_another_hash() -> None:
    known = {
        row_hash(before, ROW, pseudonyms)
        for before in (NO_HASH, "1" * 64)
        for pseudonyms in ([], ["p1"], ["p1", "p2"], ["p2", "p1"])
    }
    assert len(known) == 8
