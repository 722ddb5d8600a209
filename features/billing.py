"""Billing: the bills and payments known at a moment, as streams for the aggregates.

A bill is one fact per customer and period. It exists for a feature from the day on which it
was known, not from the day printed on it, and a corrected amount replaces the first one from
the day of the correction on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ibis.expr.types import Table

from features import windows
from features.feeds import FEEDS


def bills(facts: Table, as_of: Sequence[datetime]) -> Table:
    """The bills known at each moment: one row a customer and period, with `age`, `days`, `at`.

    `at` orders them by issue, then by period.
    """
    seen = windows.known(windows.versions(facts, FEEDS["bills"].key), as_of)
    issued_ms = (seen["at"] // 1000).cast("int64")
    period = (seen.period.cast("timestamp").epoch_seconds() // windows.SECONDS_A_DAY).cast("int64")
    return seen.mutate(at=issued_ms * 2**16 + period)


def payments(facts: Table, as_of: Sequence[datetime]) -> Table:
    """The payments and top-ups known at each moment, one row each, with `age`, `days`, `at`."""
    return windows.known(windows.versions(facts, FEEDS["payments"].key), as_of)
