"""A file of phone numbers, and its way into the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from serving.customers.phones.files import PhonesImported, import_phones
from serving.phone_settings import PhoneSettings

CHINA = PhoneSettings("86", "0", 10, 11, ("store",))
MONDAY = datetime(2026, 3, 2, 9)

Import = Callable[..., PhonesImported]


@pytest.fixture
def import_rows(store: Engine, tmp_path: Path) -> Import:
    """Imports a file of these rows, or of this text."""

    def run(rows: dict[str, str] | None = None, text: str = "") -> PhonesImported:
        lines = [f"{own},{phone}\n" for own, phone in (rows or {}).items()]
        file = tmp_path / "phones.csv"
        file.write_text(text or "".join(["customer_id,phone\n", *lines]), "utf-8")
        return import_phones(tmp_path, store, file, CHINA, MONDAY)

    return run
