"""The moment of a query: the latest one that the data reach, unless another is named.

Today's clock may be months before or after the data, and an answer as of it would be wrong
without a word. Every answer names its moment as `as_of`.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from features import lake
from features.errors import LakeError


def midnight_after(known: datetime) -> datetime:
    """The first midnight by which a fact known at `known` counts.

    >>> midnight_after(datetime(2026, 3, 1, 23, 59)), midnight_after(datetime(2026, 3, 1))
    (datetime.datetime(2026, 3, 2, 0, 0), datetime.datetime(2026, 3, 2, 0, 0))
    """
    return datetime.combine(known.date() + timedelta(days=1), time())


def latest_moment(connection: Any, home: Path) -> datetime:
    """The first midnight after every fact of the lake was known.

    `connection` is an Ibis DuckDB backend. Raises LakeError where the lake holds no rows.
    """
    feeds = lake.open_delivered(connection, home, lake.read_manifest(home)).values()
    known = [connection.execute(facts.known_at.max()) for facts in feeds]
    latest = max((moment for moment in known if not pd.isna(moment)), default=None)
    if latest is None:
        raise LakeError(
            f"the lake in {home} holds no rows. Import a mapping's feeds: "
            f"liuke import MAPPING.toml --from DIR --home {home}"
        )
    return midnight_after(latest)


def moment_of_data(connection: Any, home: Path, as_of: datetime | None) -> datetime:
    """`as_of`, or the latest moment that the data reach; raises LakeError for a later one.

    Raises LakeError where the lake holds no rows, too.
    """
    latest = latest_moment(connection, home)
    if as_of is not None and as_of > latest:
        raise LakeError(
            f"--as-of is {as_of:%F}, but the data in {home} end before {latest:%F}: nothing is "
            f"known of the days between. Name {latest:%F} or an earlier date, or import what came "
            f"since.",
            latest=f"{latest:%F}",
        )
    return latest if as_of is None else as_of
