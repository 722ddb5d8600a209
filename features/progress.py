"""How long work says where it stands: one function type, called with step, done and total."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]


def silent(step: str, done: int, total: int) -> None:
    """The progress of whoever does not look."""
