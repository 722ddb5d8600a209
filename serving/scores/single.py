"""The kept score of one customer, for when nothing can be scored now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import LakeError, UnknownCustomers
from features.home import Home

COLUMNS = (
    "customer_id", "as_of", "churn_risk", "consent", "open_complaint", "value_tier", "margin",
    "value_at_stake", "expected_loss", "model_version",
)  # fmt: skip


def one_score(home: Path, customer_id: str) -> dict[str, Any]:
    """The customer's score of the newest night whose file is there; see `COLUMNS`.

    Found without the service's rows, which may be what is lost. Takes some milliseconds to tens
    of them, by the number of customers. Raises LakeError, UnknownCustomers.
    """
    kept = sorted(Home(home).scores.glob("*.parquet"), key=lambda path: path.name[:10])
    if not kept:
        raise LakeError("no scores are kept. Run `liuke score --as-of DATE`.")
    try:
        found = pq.read_table(
            kept[-1], columns=list(COLUMNS), filters=[("customer_id", "=", customer_id)]
        )
    except (OSError, pa.ArrowException) as error:
        raise LakeError(
            f"{kept[-1]} cannot be read ({error}). Run `liuke score --as-of DATE`."
        ) from error
    if not found.num_rows:
        raise UnknownCustomers(
            "no score for 1 of 1 customers: they were not in the network, or the id is wrong.",
            customer_ids=[customer_id],
        )
    score: dict[str, Any] = found.to_pylist()[0]
    return score
