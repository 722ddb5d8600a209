"""Who is drawn together: members of a corporate group, and friends who call each other.

Calling one friend moves the others too, so a control group of friends of the treated shows less
than the effect. Circles grow from the closest ties on, those of the most weeks first, and never
beyond `MAX_CIRCLE`: else half of the network would be one unit. No circle is ever shown to anyone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features import windows
from features.engine.store import Histories

Codes = NDArray[np.int64]
Pairs = NDArray[np.int64]  # of two customers' places, shape (n, 2), the closest first

MAX_CIRCLE = 8
MIN_WEEKS = 4  # of the last 12 in which the two called each other
WEEKS = 12


def friends(histories: Histories, customer_ids: NDArray[Any], as_of: datetime) -> Pairs:
    """The ties among these customers; none where no calls are delivered."""
    if "edges" not in histories.tables:
        return np.empty((0, 2), np.int64)
    last = windows.last_closed_week(as_of, histories.lag_days)
    edges = histories.tables["edges"]
    seen = edges.filter((edges.week > last - WEEKS) & (edges.week <= last))
    seen = seen.filter(seen.customer_id < seen.other_id)
    weeks = seen.group_by(["customer_id", "other_id"]).agg(weeks=seen.week.nunique())
    found: pd.DataFrame = weeks.filter(weeks.weeks >= MIN_WEEKS).to_pandas()
    index = pd.Index(customer_ids)
    one, other = (index.get_indexer(found[name]) for name in ("customer_id", "other_id"))
    known = (one >= 0) & (other >= 0)
    found = found.assign(one=one, other=other)[known]
    found = found.sort_values(["weeks", "customer_id", "other_id"], ascending=[False, True, True])
    return found[["one", "other"]].to_numpy(dtype=np.int64)


def circles(groups: NDArray[Any], ties: Pairs) -> Codes:
    """Each customer's unit, numbered from 0; `groups` holds the corporate group, null without."""
    from serving.retention.drawing.joining import join  # Numba: not before the first draw

    known, codes = pd.notna(groups), np.full(len(groups), -1, np.int64)
    codes[known] = pd.factorize(groups[known])[0]
    roots = join(codes, ties, MAX_CIRCLE)
    units: Codes = np.unique(roots, return_inverse=True)[1]
    return units


def crossing(ties: Pairs, control: NDArray[np.bool_]) -> int:
    """How many ties have one end in each arm."""
    return int((control[ties[:, 0]] != control[ties[:, 1]]).sum())
