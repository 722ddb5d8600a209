"""Surveys: the answers known at a moment, as a stream for the aggregates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ibis.expr.types import Table

from features import windows
from features.feeds import FEEDS


def surveys(facts: Table, as_of: Sequence[datetime]) -> Table:
    """One row a moment and answer known at it, with `age`, `days`, `surveys` (1) and `score`.

    `at` orders them by time; of two answers of one moment the lower score is the later.
    """
    seen = windows.known(windows.versions(facts, FEEDS["surveys"].key), as_of)
    return seen.mutate(surveys=1, at=seen["at"] * 16 - seen.score)
