"""A day as programs write it: 2026-03-02, and nothing else."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _as_written(value: Any) -> Any:
    """Numbers would else be taken for seconds since 1970, and moments for their days."""
    if isinstance(value, date) or (isinstance(value, str) and DAY.fullmatch(value)):
        return value
    raise PydanticCustomError("day", "expected a day, written as 2026-03-02")


Day = Annotated[
    date, BeforeValidator(_as_written), WithJsonSchema({"type": "string", "format": "date"})
]


def midnight(day: date) -> datetime:
    """The moment at which the day begins."""
    return datetime.combine(day, time())
