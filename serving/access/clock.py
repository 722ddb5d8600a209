"""The operator's local time, as the operational database keeps moments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from features.settings import FeatureSettings, home_settings

Clock = Callable[[], datetime]


def local_clock(home: Path) -> Clock:
    """What returns the time now, without offset; the zone is read once, from the settings."""
    zone = ZoneInfo(home_settings(home, "features", FeatureSettings).timezone)

    def now() -> datetime:
        return datetime.now(zone).replace(tzinfo=None)

    return now
