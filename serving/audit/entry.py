"""What one row of the audit says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REFUSED = 400  # the first status of a refusal


@dataclass(frozen=True)
class Entry:
    """One request: who sent it, what it was for, and how it ended.

    `subjects` are the ids of the customers it is about; the row has their pseudonyms. Those of an
    answered request were found, those of a refused one are as its caller wrote them. `detail` must
    not name a person.
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

    @property
    def is_answered(self) -> bool:
        return self.status < REFUSED
