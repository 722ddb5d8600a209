"""The table of phone numbers: what it holds, whom it shows them, what a thief reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from features.disk.secrets import made_secrets, secrets_path
from features.errors import SettingsError
from serving.customers.phones.phones import Ciphers, find, numbers_of, shown_to
from serving.database.tables import phones
from tests.serving.customers.phones.conftest import CHINA, Import


def test_a_number_finds_its_customer(store: Engine, import_rows: Import, tmp_path: Path) -> None:
    import_rows({"C1": "15400000001", "C2": "15400000002"})
    secrets = made_secrets(tmp_path)
    with store.connect() as connection:
        assert find(connection, "+8615400000002", secrets) == "C2"
        assert find(connection, "+8615400000003", secrets) is None


def test_nothing_in_the_table_is_the_number(store: Engine, import_rows: Import) -> None:
    import_rows({"C1": "15400000001"})
    with store.connect() as connection:
        row = connection.execute(select(phones)).one()
    assert "15400000001" not in str(row)
    assert b"15400000001" not in bytes(row.phone_encrypted)


def test_one_number_is_never_encrypted_alike(tmp_path: Path) -> None:
    ciphers = Ciphers(made_secrets(tmp_path))
    assert ciphers.encrypted("+8615400000001", "C1", 1) != ciphers.encrypted(
        "+8615400000001", "C1", 1
    )


def test_only_the_roles_of_the_settings_see_it_whole(
    store: Engine, import_rows: Import, tmp_path: Path
) -> None:
    import_rows({"C1": "15400005678"})
    secrets = made_secrets(tmp_path)
    with store.connect() as connection:
        seen = {
            role: shown_to(role, connection, ["C1", "C9"], secrets, CHINA)
            for role in ("store", "marketing", "scientist")
        }
    assert seen == {
        "store": {"C1": "+8615400005678"},
        "marketing": {"C1": "154****5678"},
        "scientist": {"C1": "154****5678"},
    }


def test_a_row_moved_to_another_customer_does_not_open(
    store: Engine, import_rows: Import, tmp_path: Path
) -> None:
    import_rows({"C1": "15400000001"})
    with store.begin() as connection:
        connection.execute(update(phones).values(customer_id="C2"))
    with store.connect() as connection, pytest.raises(SettingsError, match="cannot be decrypted"):
        numbers_of(connection, ["C2"], Ciphers(made_secrets(tmp_path)))


def test_the_database_without_its_secrets_opens_nothing(
    store: Engine, import_rows: Import, tmp_path: Path
) -> None:
    import_rows({"C1": "15400000001"})
    secrets_path(tmp_path).unlink()
    others = made_secrets(tmp_path)
    with store.connect() as connection:
        assert find(connection, "+8615400000001", others) is None
        with pytest.raises(SettingsError, match="not those of this database"):
            numbers_of(connection, ["C1"], Ciphers(others))
