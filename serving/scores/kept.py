"""The scores that the night kept, for when nothing can be scored now.

Found without the service's rows, which may be what is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import LakeError, UnknownCustomers
from features.histories.bills.tiers import TIERS
from features.home import Home
from serving.access.principal import Scope
from serving.scores.latest import EVERYONE

COLUMNS = (
    "customer_id", "as_of", "churn_risk", "consent", "open_complaint", "reasons", "value_tier",
    *(f"chance_{tier}" for tier in TIERS), "margin", "value_at_stake", "expected_loss",
    "model_version",
)  # fmt: skip


def kept_scores(
    home: Path, customer_ids: Sequence[str], scope: Scope = EVERYONE
) -> list[dict[str, Any]]:
    """These customers' scores of the newest night whose file is there, in order; see `COLUMNS`.

    One read for all of them: some milliseconds to tens of them, by the number of customers in the
    file. Who is outside the scope is absent. Raises UnknownCustomers naming the absent, and
    LakeError.
    """
    path = _newest(home)
    wanted = [("customer_id", "in", list(customer_ids))]
    within = [(name, "=", value) for name, value in scope.limits.items()]
    try:
        table = pq.read_table(path, columns=list(COLUMNS), filters=[*wanted, *within])
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error
    found: dict[str, dict[str, Any]] = {row["customer_id"]: row for row in table.to_pylist()}
    absent = [customer_id for customer_id in customer_ids if customer_id not in found]
    if absent:
        raise UnknownCustomers(
            f"no score for {len(absent)} of {len(customer_ids)} customers: they were not in the "
            "network, or the id is wrong.",
            customer_ids=absent,
        )
    return [found[customer_id] for customer_id in customer_ids]


def check_kept(home: Path) -> None:
    """Raises LakeError where no night's scores can be read."""
    path = _newest(home)
    try:
        pq.read_metadata(path)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error


def _newest(home: Path) -> Path:
    try:
        kept = [
            (path.name[:10], path.stat().st_mtime_ns, path)
            for path in Home(home).scores.glob("*.parquet")
        ]
    except OSError as error:
        raise _unreadable(Home(home).scores, error) from error
    if not kept:
        raise LakeError("no scores are kept. Run `liuke score --as-of DATE`.")
    return max(kept)[2]


def _unreadable(path: Path, error: Exception) -> LakeError:
    return LakeError(f"{path} cannot be read ({error}). Run `liuke score --as-of DATE`.")
