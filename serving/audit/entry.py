"""What one row of the audit says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One request: who sent it, what it was for, and how it ended.

    `subjects` are the ids of the customers it is about; the row has their pseudonyms. `detail`
    must not name a person.
    """

    request_id: str
    method: str
    route: str
    status: int
    code: str
    caller: str | None = None
    role: str | None = None
    purpose: str | None = None
    subjects: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
