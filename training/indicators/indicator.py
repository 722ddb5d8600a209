"""What an indicator is, and the units that figures have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SHARE, COUNT, RATIO, NUMBER = "share", "count", "ratio", ""
CURRENCY = "currency"


@dataclass(frozen=True)
class Indicator:
    """One figure. `unit`: share (0 to 1), count, ratio, currency, a unit, or "" for a number.

    `source` names what it is computed from, by module.
    """

    name: str
    en: str
    zh: str
    unit: str
    meaning: str
    source: str


def told_by(source: str) -> Callable[[str, str, str, str, str], Indicator]:
    """What makes the indicators of one source, of name, en, zh, unit and meaning."""

    def declare(name: str, en: str, zh: str, unit: str, meaning: str) -> Indicator:
        return Indicator(name, en, zh, unit, meaning, source)

    return declare
