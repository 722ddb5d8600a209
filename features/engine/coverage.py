"""Whether the data reach up to a date: beyond it, missing use would be taken for silence."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd

from features.engine.store import Histories
from features.errors import LakeError

STALE_DAYS = 9  # without use for so long before a date, the data do not reach up to it


def check_covered(histories: Histories, moment: datetime) -> None:
    """Raises LakeError where the data end before `moment`, or begin after it."""
    use = histories.tables["days"]
    seen = use.filter(use.known_at < moment)
    found = histories.connection.execute(
        seen.aggregate(day=seen.day.max(), known_at=seen.known_at.max())
    ).iloc[0]
    if pd.isna(found["day"]):
        first = histories.connection.execute(use.known_at.min())
        beyond = "no use is known at all" if pd.isna(first) else f"the first is of {first:%F}"
        raise LakeError(
            f"no use was known before {moment:%F}; {beyond}. Name a later date, or import usage."
        )
    if moment - found["day"] > timedelta(days=STALE_DAYS):
        reach = found["known_at"] + timedelta(days=1)
        raise LakeError(
            f"as_of {moment:%F} lies beyond the data: the latest use that is known is of "
            f"{found['day']:%F}, and the days since would be taken for silence. Name "
            f"{reach:%F} or an earlier date, or import the usage since."
        )
