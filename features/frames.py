"""What notebooks ask of a home: pandas frames, made by the functions that production runs.

Customers go by the operator's pseudonyms; there is nothing else in a home.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from features import windows
from features.builder import matrix as built
from features.histories import open_histories
from features.tables import VERSIONS

FACTS = (*VERSIONS, "days")  # what is kept of each customer, every version of it
OURS = ("customer_id", "as_of", "age", "days", "at", "superseded_at", "week")


def history(home: Path | str, customer_id: str, as_of: datetime | str) -> dict[str, pd.DataFrame]:
    """What was known of a customer at a moment: by feed a frame of facts, by `event_time`.

    `known_at` says when each was learned; what was corrected since is told as it was believed
    then. "days" is the usage of each day. Feeds that were never delivered are absent. Raises
    LakeError where the home has no histories, ValueError for a moment that is none.
    """
    moment = moment_of(as_of)
    histories = open_histories(Path(home))
    told = {}
    for name in FACTS:
        if name not in histories.tables:
            continue
        facts = histories.tables[name]
        seen = windows.known(facts.filter(facts.customer_id == customer_id), [moment])
        kept = [column for column in facts.columns if column not in OURS]
        order = ["event_time", "known_at"]
        told[name] = histories.connection.execute(seen.order_by(order).select(*kept))
    return told


def matrix(
    home: Path | str, as_of: datetime | str, customers: Sequence[str] | None = None
) -> pd.DataFrame:
    """The features of everyone in the network at a moment, as they would have been then.

    Indexed by customer_id: standing, eligible, consent, then the features of docs/features.md,
    null where unknown. `customers` restricts the rows. Raises as `history` does.
    """
    histories = open_histories(Path(home))
    rows = built(histories, [moment_of(as_of)], customers)
    found: pd.DataFrame = histories.connection.execute(rows.order_by("customer_id"))
    return found.drop(columns="as_of").set_index("customer_id")


def moment_of(as_of: datetime | str) -> datetime:
    """A moment as a notebook may write it, such as "2026-03-02"; local time, without an offset.

    >>> moment_of("2026-03-02")
    datetime.datetime(2026, 3, 2, 0, 0)
    """
    moment = datetime.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    if moment.tzinfo is not None:
        raise ValueError(f"as_of {moment} has an offset; expected the operator's local time")
    return moment
