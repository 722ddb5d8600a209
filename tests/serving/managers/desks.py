"""Managers and tasks for the tests of this folder."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from features.errors import RequestRefused
from serving.managers.archive import Manager, save_manager
from serving.managers.manager_settings import manager_settings
from serving.managers.tasks import Actor, Order, Task, new_task, write_task

NOW = datetime(2026, 3, 2, 9)
TODAY = NOW.date()
SETTINGS = manager_settings(Path("no home"))
SINCE = date(2025, 1, 1)
ISSUER, DESK, OTHER = Actor("li.na"), Actor("key1", "M1"), Actor("mei")


def kept(
    connection: Connection, manager_id: str = "M1", city: str | None = "Suzhou", **given: Any
) -> Manager:
    """A manager who is kept."""
    values = {"name": "East", "city": city, "since": SINCE} | given
    return save_manager(connection, manager_id, values, "admin", NOW)


def issued(connection: Connection, manager_id: str = "M1", **given: Any) -> Task:
    """A task of this manager, who is kept if need be, about C1 unless something else is given."""
    about = given or {"customer_id": "C1"}
    manager = kept(connection, manager_id)
    order = Order(**{"kind": "call", "text": "Call them", **about})
    return write_task(connection, new_task(manager, order, ISSUER, SETTINGS, NOW))


def code_of(refused: pytest.ExceptionInfo[RequestRefused]) -> str:
    return refused.value.code
