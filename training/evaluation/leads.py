"""One model, other lead times: what its risk says of those who leave later.

The model's label begins `lead_days` after the score. A letter takes longer than a call, so the
same risk is held against labels that begin two, four and eight weeks after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pandas as pd

from features.engine.store import Histories
from features.progress import Progress, silent
from training.fit_settings import LabelSettings
from training.labels import events_until_known, label

LEADS_DAYS = (14, 28, 56)


def outcomes_by_lead(
    histories: Histories,
    rows: pd.DataFrame,
    as_of: datetime,
    rules: LabelSettings,
    leads_days: Sequence[int] = LEADS_DAYS,
    progress: Progress = silent,
) -> dict[int, pd.Series]:
    """The outcome of each row of `rows` under each lead, as known at `as_of`.

    `rows` has customer_id, as_of, payment_mode and the outcome under the rules' own lead. A
    series has the rows' index; on dates whose label is not known yet it is missing.
    """
    dates = [pd.Timestamp(date).to_pydatetime() for date in sorted(rows["as_of"].unique())]
    found = {}
    for place, lead_days in enumerate(leads_days):
        progress("leads", place, len(leads_days))
        other = replace(rules, lead_days=lead_days)
        at = {date: rows[rows["as_of"] == date] for date in dates}
        at = {
            date: own for date, own in at.items()
            if _known_at(histories, own, date, other) <= as_of
        }  # fmt: skip
        parts = [pd.Series(index=rows.index[:0], dtype=object)]
        if lead_days == rules.lead_days:
            parts += [own["outcome"] for own in at.values()]
        elif at:
            known = events_until_known(histories, list(at), other)
            labels = (label(histories, own, date, other, known) for date, own in at.items())
            parts += [own["outcome"] for own in labels]
        found[lead_days] = pd.concat(parts).reindex(rows.index)
    progress("leads", len(leads_days), len(leads_days))
    return found


def _known_at(
    histories: Histories, rows: pd.DataFrame, date: datetime, rules: LabelSettings
) -> datetime:
    """When the labels of all rows of this date are known."""
    modes = rows["payment_mode"].astype(str).unique()
    return max(date + rules.maturity(histories.lag_days, mode) for mode in modes)
