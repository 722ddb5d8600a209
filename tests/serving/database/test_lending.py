"""Connections for single look-ups stay at hand, as long as they may be used."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import DBAPIError

from features.home import Home
from serving.database import open_engine, upgrade
from serving.database.lending import AT_HAND, lend, take_back
from serving.database.prepared import Prepared
from serving.database.tables import person_keys

KEY_OF = Prepared(
    select(person_keys.c.key).where(person_keys.c.customer_id == bindparam("customer_id"))
)


def keep(home: Path, url: str, key: bytes) -> None:
    engine = open_engine(home, url)
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(insert(person_keys).values(customer_id="C1", key=key))
    engine.dispose()


def test_one_connection_serves_one_look_up_after_the_other(
    tmp_path: Path, database_url: str
) -> None:
    keep(tmp_path, database_url, b"a")
    reader = open_engine(tmp_path, database_url, reading=True)
    first = lend(reader.pool)
    take_back(reader.pool, first)
    second = lend(reader.pool)
    assert second is first
    take_back(reader.pool, second)
    reader.dispose()


def test_the_others_go_back_to_the_pool(tmp_path: Path, database_url: str) -> None:
    keep(tmp_path, database_url, b"a")
    reader = open_engine(tmp_path, database_url, reading=True)
    for own in [lend(reader.pool) for _ in range(5)]:
        take_back(reader.pool, own)
    assert reader.pool.checkedout() == AT_HAND  # type: ignore[attr-defined]
    reader.dispose()
    assert [one.key for one in KEY_OF.look_up(reader, {"customer_id": "C1"})] == [b"a"]
    reader.dispose()


def test_a_look_up_sees_what_was_committed_since_the_last(
    tmp_path: Path, database_url: str
) -> None:
    keep(tmp_path, database_url, b"a")
    reader = open_engine(tmp_path, database_url, reading=True)
    assert KEY_OF.look_up(reader, {"customer_id": "C2"}) == []
    writer = open_engine(tmp_path, database_url)
    with writer.begin() as connection:
        connection.execute(insert(person_keys).values(customer_id="C2", key=b"b"))
    assert [one.key for one in KEY_OF.look_up(reader, {"customer_id": "C2"})] == [b"b"]
    for engine in (reader, writer):
        engine.dispose()


def test_a_file_that_took_the_place_of_another_is_read(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        keep(tmp_path / name, "", name.encode())
    reader = open_engine(tmp_path / "one", reading=True)
    assert [own.key for own in KEY_OF.look_up(reader, {"customer_id": "C1"})] == [b"one"]
    shutil.move(Home(tmp_path / "other").operational, Home(tmp_path / "one").operational)
    assert [own.key for own in KEY_OF.look_up(reader, {"customer_id": "C1"})] == [b"other"]
    Home(tmp_path / "one").operational.unlink()
    with pytest.raises(DBAPIError):
        KEY_OF.look_up(reader, {"customer_id": "C1"})
    reader.dispose()


def test_what_failed_is_not_lent_again(tmp_path: Path, database_url: str) -> None:
    keep(tmp_path, database_url, b"a")
    reader = open_engine(tmp_path, database_url, reading=True)
    first = lend(reader.pool)
    take_back(reader.pool, first)
    with pytest.raises(DBAPIError):
        KEY_OF.look_up(reader, {"customer_id": object()})
    assert not first.is_valid
    assert [one.key for one in KEY_OF.look_up(reader, {"customer_id": "C1"})] == [b"a"]
    reader.dispose()
