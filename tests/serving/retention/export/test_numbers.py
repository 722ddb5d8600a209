"""Phone numbers of a list: masked unless the role may see them, on both databases."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import Engine, insert

from features.disk.secrets import Secrets, made_secrets
from serving.customers.phones.phones import Ciphers, row_of
from serving.database.tables import phones
from serving.phone_settings import PhoneSettings
from serving.retention.export.numbers import how_shown, with_numbers

SETTINGS = PhoneSettings("86", "0", 10, 11, ("hotline",))
NUMBERS = {
    "C1": "+8615400005678",
    "C3": "+447700900123",
    **{f"D{n:04d}": f"+86154{n:08d}" for n in range(700)},
}


@pytest.fixture
def secrets(store: Engine, tmp_path: Path) -> Secrets:
    found = made_secrets(tmp_path)
    ciphers, now = Ciphers(found), datetime(2026, 3, 2)
    with store.begin() as connection:
        rows = [row_of(own, number, ciphers, now) for own, number in NUMBERS.items()]
        connection.execute(insert(phones), rows)
    return found


def numbers(store: Engine, secrets: Secrets, role: str, *ids: str) -> list[str | None]:
    parts = [pa.record_batch({"rank": [1], "customer_id": [own], "city": ["x"]}) for own in ids]
    found = list(with_numbers(parts, store, role, secrets, SETTINGS))
    assert all(part.schema.names == ["rank", "customer_id", "phone", "city"] for part in found)
    return [own for part in found for own in part["phone"].to_pylist()]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("marketing", ["154****5678", None, "+447****0123"]),
        ("hotline", ["15400005678", None, "+447700900123"]),
    ],
)
def test_numbers_are_masked_unless_the_role_may_see_them(
    store: Engine, secrets: Secrets, role: str, expected: list[str | None]
) -> None:
    assert numbers(store, secrets, role, "C1", "C2", "C3") == expected
    assert how_shown(role, SETTINGS) == ("whole" if role == "hotline" else "masked")


def test_a_part_of_many_customers_is_joined_by_id(store: Engine, secrets: Secrets) -> None:
    ids = [f"D{n:04d}" for n in reversed(range(700))]
    (part,) = with_numbers(
        [pa.record_batch({"customer_id": ids})], store, "hotline", secrets, SETTINGS
    )
    assert part["phone"].to_pylist() == [NUMBERS[own].removeprefix("+86") for own in ids]
