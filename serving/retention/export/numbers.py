"""Customers' phone numbers beside the rows of a list, part by part: whole or masked, by role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
from sqlalchemy import Engine

from features.disk.secrets import Secrets
from serving.customers.phones.phones import shown_to
from serving.phone_settings import PhoneSettings

NAME = "phone"


def with_numbers(
    parts: Iterable[pa.RecordBatch],
    engine: Engine,
    role: str,
    secrets: Secrets,
    settings: PhoneSettings,
) -> Iterator[pa.RecordBatch]:
    """The parts with a column `phone` behind `customer_id`: as this role may see it.

    Who has no number has null. Of the operator's own country a number stands as it is dialled
    there, as masked ones do. Each part is a transaction of its own: a list of a million customers
    keeps no other writer waiting.
    """
    home = f"+{settings.country_code}"
    for part in parts:
        ids = part["customer_id"].to_pylist()
        with engine.connect() as connection:
            found = shown_to(role, connection, ids, secrets, settings)
        numbers = {own: number.removeprefix(home) for own, number in found.items()}
        place = part.schema.get_field_index("customer_id") + 1
        yield part.add_column(place, NAME, pa.array([numbers.get(own) for own in ids], pa.string()))


def how_shown(role: str, settings: PhoneSettings) -> str:
    """What a receipt says of the numbers that this role sees."""
    return "whole" if role in settings.visible_to else "masked"
