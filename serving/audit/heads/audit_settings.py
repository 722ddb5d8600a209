"""Where the service keeps the head of the audit besides the database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from features.errors import SettingsError


@dataclass(frozen=True)
class AuditSettings:
    """`head_seconds`: how often the head is kept, where it has moved.

    `head_file`: a file that lines are added to, in the home where its path is relative; empty for
    none. It is best on another machine's disk.
    """

    head_seconds: float
    head_file: str

    def __post_init__(self) -> None:
        if self.head_seconds <= 0:
            raise SettingsError(f"audit.head_seconds is {self.head_seconds}; expected more than 0")

    def file(self, home: Path) -> Path | None:
        """The head file of this home, null where there is none."""
        return home / self.head_file if self.head_file else None
