"""The scores of a night as a file, and which night's scores count.

Columns of the scores: customer_id, as_of, churn_risk, raw_score, revenue (mean closed bill, in
the currency, null without bills), eligible (the label speaks of the customer), consent,
universal_holdout, open_complaint, reasons (JSON: feature, value, effect), model_version; and of
the value, null where the champion has no model of it: value_tier (today's), predicted_tier,
chance_standard to chance_diamond, margin (a month), value_at_stake and expected_loss (in the
currency; the loss is what the month's churn risk takes from the value at stake), potential
(`serving.customers.potential`: proposed, qualified, or null). Last, what the base is searched by
(`serving.customers.fields`): where the customer belongs, contract and debt as known that night; and
how many days ago the oldest overdue bill was due, and a cancellation was last requested, or null.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import LakeError
from features.histories.bills.tiers import TIERS
from features.home import Home
from serving.scores.latest import Latest

TOP = 3  # reasons whose change from night to night is reported
SIGNS = 3  # reasons for leaving that a list can show of a customer
PROFILE = (
    "city", "store_id", "manager_id", "group_id", "brand", "plan", "payment_mode", "standing",
)  # fmt: skip
DISTANCES = ("tenure_days", "days_to_contract_end")
AGES = ("days_overdue", "days_since_cancel_request")  # for the rules of contact
_TEXT, _NUMBER, _FLAG = pa.string(), pa.float64(), pa.bool_()
SCORES = pa.schema(
    [
        ("customer_id", _TEXT),
        ("as_of", pa.timestamp("us")),
        ("churn_risk", _NUMBER),
        ("raw_score", _NUMBER),
        ("revenue", _NUMBER),
        *((name, _FLAG) for name in ("eligible", "consent", "universal_holdout", "open_complaint")),
        *((name, _TEXT) for name in ("reasons", "value_tier", "predicted_tier")),
        *((f"chance_{tier}", _NUMBER) for tier in TIERS),
        *((name, _NUMBER) for name in ("margin", "value_at_stake", "expected_loss")),
        ("potential", _TEXT),
        ("model_version", _TEXT),
        *((name, _TEXT) for name in PROFILE),
        *((name, pa.int64()) for name in DISTANCES),
        ("overdue", _NUMBER),
        *((name, pa.int64()) for name in AGES),
    ]
)
OLD_NAMES = {"foretold_tier": "predicted_tier"}  # as an earlier version wrote the columns


def last_scores(home: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The scores of the night that the service answers from. Raises LakeError without one.

    `columns`: of these alone, as far as the version that wrote them had them.
    """
    latest, scores = last_night(home, columns)
    latest.close()
    return scores


def last_night(home: Path, columns: Sequence[str] | None = None) -> tuple[Latest, pd.DataFrame]:
    """The service's rows of the last night, open, and the scores of that same night.

    A night that ends meanwhile removes the scores that it replaces; then they are those of the
    new one. Raises LakeError without a night, or where its scores are lost.
    """
    while True:
        latest = Latest(home)
        path = Home(home).scores / latest.night.scores
        try:
            with path.open("rb") as file:
                return latest, _read(file, columns)
        except FileNotFoundError as error:
            latest.close()
            if latest.is_current(home):
                raise LakeError(
                    f"{path} is not there. Run `liuke score --as-of DATE`, which writes it again."
                ) from error


def scores_of(home: Path, as_of: datetime | None) -> pd.DataFrame:
    """The scores of the night of `as_of`, of last night without one.

    Raises LakeError, which names the nights that are kept, where there are none.
    """
    last = last_scores(home)
    if as_of is None or as_of == last["as_of"].iloc[0]:
        return last
    return kept_scores(home, as_of)


def kept_scores(home: Path, as_of: datetime) -> pd.DataFrame:
    """The scores of an earlier night. Raises LakeError, its detail `night`, where none are kept."""
    kept = sorted(Home(home).scores.glob("*.parquet"))
    own = [path for path in kept if path.name.startswith(f"{as_of:%F}-")]
    if not own:
        nights = ", ".join(sorted({path.name[:10] for path in kept}))
        raise LakeError(
            f"no scores are kept of {as_of:%F}. Kept are those of {nights}.", night=f"{as_of:%F}"
        )
    with own[-1].open("rb") as file:
        return _read(file)


def _read(file: BinaryIO, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The scores of a file, under today's names whichever version wrote it."""
    found = None
    if columns is not None:
        there = pq.read_schema(file).names
        found = [name for name in there if OLD_NAMES.get(name, name) in columns]
        file.seek(0)
    return pd.read_parquet(file, columns=found).rename(columns=OLD_NAMES)


def scores_of_last_night(home: Path) -> Path | None:
    """The file of the night's scores that count; null where none do or they are not there."""
    if not Home(home).latest.is_file():
        return None
    try:
        latest = Latest(home)
    except LakeError:
        return None
    latest.close()
    path = Home(home).scores / latest.night.scores
    return path if path.is_file() else None


def reasons_changed(
    before: Path, after: Path, connection: duckdb.DuckDBPyConnection
) -> float | None:
    """Of the customers of both files, the share whose three strongest reasons differ.

    In what they name or in its order; null where no customer is in both. `connection` bounds the
    memory.
    """
    signs = ", ".join(f"json_extract_string(reasons, '$[{place}].feature')" for place in range(TOP))
    query = (
        f"with before as (select customer_id, [{signs}] as signs from read_parquet($before)),"
        f" after as (select customer_id, [{signs}] as signs from read_parquet($after))"
        " select avg((before.signs is distinct from after.signs)::int)"
        " from before join after using (customer_id)"
    )
    ((share,),) = connection.execute(query, {"before": str(before), "after": str(after)}).fetchall()
    return None if share is None else float(share)
