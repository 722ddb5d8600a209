"""Another master key, also where a rotation is cut short."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from features.disk.secrets import made_secrets
from features.errors import SettingsError
from serving.customers.phones import rotation
from serving.customers.phones.files import PhonesImported
from serving.customers.phones.phones import Ciphers, find, keys_in_use, numbers_of
from serving.customers.phones.rotation import remove_key, rotate
from tests.serving.customers.phones.conftest import Import

ROWS = {f"C{number}": f"154{number:08d}" for number in range(7)}


def in_use(store: Engine) -> dict[int, int]:
    with store.connect() as connection:
        return keys_in_use(connection)


def all_found(store: Engine, home: Path) -> bool:
    secrets = made_secrets(home)
    with store.connect() as connection:
        read = numbers_of(connection, ROWS, Ciphers(secrets))
        return all(
            read[own] == f"+86{phone}" and find(connection, f"+86{phone}", secrets) == own
            for own, phone in ROWS.items()
        )


def test_all_numbers_are_under_the_new_key_and_found(
    store: Engine, import_rows: Import, tmp_path: Path
) -> None:
    import_rows(ROWS)
    found = rotate(tmp_path, store)
    assert (found.key, found.numbers, found.unused) == (2, 7, (1,))
    assert in_use(store) == {2: 7}
    assert all_found(store, tmp_path)


def test_a_rotation_that_is_killed_goes_on(
    store: Engine, import_rows: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_rows(ROWS)
    monkeypatch.setattr(rotation, "BATCH", 3)
    whole = rotation._batch

    def killed(connection: Connection, ciphers: Ciphers, after: str) -> tuple[int, str]:
        if after:
            raise KeyboardInterrupt
        return whole(connection, ciphers, after)

    with monkeypatch.context() as patched:
        patched.setattr(rotation, "_batch", killed)
        with pytest.raises(KeyboardInterrupt):
            rotate(tmp_path, store)
    assert in_use(store) == {1: 4, 2: 3}
    assert all_found(store, tmp_path), "rows of both keys are found meanwhile"
    assert import_rows(ROWS) == PhonesImported(7, 0, 0, 7, 0)
    with pytest.raises(SettingsError, match="key 1 is in use"):
        remove_key(tmp_path, store, 1)
    assert rotate(tmp_path, store).numbers == 4, "no third key: the rotation is finished"
    assert in_use(store) == {2: 7}
    assert all_found(store, tmp_path)


def test_an_old_key_is_removed_once_nothing_needs_it(
    store: Engine, import_rows: Import, tmp_path: Path
) -> None:
    import_rows(ROWS)
    rotate(tmp_path, store)
    remove_key(tmp_path, store, 1)
    assert set(made_secrets(tmp_path).keys) == {2}
    assert all_found(store, tmp_path)
    for number, said in ((2, "in use"), (1, "no key 1")):
        with pytest.raises(SettingsError, match=said):
            remove_key(tmp_path, store, number)
