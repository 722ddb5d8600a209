"""A base of few customers, as a night writes it: its scores and the service's rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from features import catalogue
from features.disk.parquet import ParquetParts
from features.home import Home
from serving.scores import SCORES
from serving.scores.latest import Night, write_latest

CITY = [feature for feature in catalogue.features("CNY") if feature.name == "city"]
USUAL: dict[str, Any] = {
    "churn_risk": 0.1,
    "raw_score": 0.0,
    "revenue": 50.0,
    "eligible": True,
    "consent": True,
    "universal_holdout": False,
    "open_complaint": False,
    "reasons": "[]",
    "value_tier": "standard",
    "predicted_tier": "standard",
    "margin": 20.0,
    "value_at_stake": 100.0,
    "expected_loss": 1.0,
    "potential": None,
    "model_version": "1",
    "city": "Suzhou",
    "plan": "P1",
    "payment_mode": "postpaid",
    "standing": "active",
    "tenure_days": 400,
    "overdue": 0.0,
}


def write_base(
    home: Path, customers: Sequence[dict[str, Any]], name: str = "a", as_of: str = "2026-03-02"
) -> None:
    """The base of these customers, each as usual but for what is given; ids by place if not."""
    rows = pd.DataFrame(
        [{"customer_id": f"C{place:03d}"} | USUAL | own for place, own in enumerate(customers)],
        columns=SCORES.names,
    )
    rows["as_of"] = pd.Timestamp(as_of)
    path = Home(home).scores / f"{as_of}-{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    with ParquetParts(path, SCORES) as parts:
        for start in range(0, len(rows), 7):
            parts.write(rows.iloc[start : start + 7].reset_index(drop=True))
    write_latest(home, rows, CITY, Night(as_of, ("city",), "", path.name))
