"""What happens after the simulation's last day, once a campaign was played: as facts of feeds.

Who stays goes on as in the last four weeks, day by day, and pays the margin that the truth says.
Who leaves stops on a day of the month that `respond` says: ported out, cancelled, or silent.
Nothing else happens: no complaints, no payments, no new customers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.simulate.truth.answers import MONTHS, uniform
from features.simulate.truth.respond import respond

Array = NDArray[Any]

CYCLE_DAYS = 28
MONTH_DAYS = 52 * 7 / 12  # of the months that `respond` counts
CONTACTED_DAYS = 3  # who is contacted is contacted within these, and leaves after them
PORTED_SHARE = 0.4
BILLED_HOURS, KNOWN_DAYS = 30, 4  # after a month's end its bill is issued, and known
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Aftermath:
    """What becomes of customers: one row each, by their `responses` (see `respond`).

    `left_at`: the last moment there, NaT for who stays the year; `kind`: ported, pre_cancelled,
    silent, or "".
    """

    responses: pd.DataFrame
    left_at: pd.Series
    kind: pd.Series


def after(
    truth: Path,
    contacts: pd.DataFrame,
    payment_mode: Mapping[str, str],
    as_of: datetime,
    draw: int = 0,
) -> Aftermath:
    """What becomes of the customers of `contacts` (customer_id and offer, null for no contact).

    `as_of` is the midnight after the simulation's last day. Raises what `respond` raises.
    """
    found = respond(truth, contacts, draw).reset_index(drop=True)
    luck = _luck(truth, found["customer_id"])
    within, way = (uniform(luck, f"{purpose}{draw or ''}") for purpose in ("day", "way"))
    month = found["left_month"].astype("float64").to_numpy()
    days = np.maximum((month - 1 + within) * MONTH_DAYS, CONTACTED_DAYS + within)
    seconds = np.where(np.isnan(days), 0, days * 86_400)
    left_at = pd.Series(pd.Timestamp(as_of) + pd.to_timedelta(seconds.astype("int64"), unit="s"))
    prepaid = found["customer_id"].map(dict(payment_mode)).eq("prepaid").to_numpy()
    kind = np.where(way < PORTED_SHARE, "ported", np.where(prepaid, "silent", "pre_cancelled"))
    stays = np.isnan(month)
    return Aftermath(
        found, left_at.where(~stays), pd.Series(np.where(stays, "", kind), dtype=object)
    )


def _luck(truth: Path, ids: pd.Series) -> Array:
    wanted = pc.field("customer_id").isin(pa.array(ids.unique(), pa.string()))
    found = pq.read_table(
        truth / "future.parquet", columns=["customer_id", "luck"], filters=wanted
    ).to_pandas()
    by_id = found.drop_duplicates("customer_id").set_index("customer_id")["luck"]
    return np.asarray(by_id.loc[ids].to_numpy(), dtype=np.uint64)


def usage_after(usage: pd.DataFrame, own: Aftermath, as_of: datetime, days: int) -> pd.DataFrame:
    """The use of `days` more days: that of the last four weeks before `as_of`, again and again.

    `usage`: rows of the feed. Of who leaves none is later than the day on which they do.
    """
    last = usage[pd.to_datetime(usage["day"]) >= pd.Timestamp(as_of) - CYCLE_DAYS * DAY]
    left = dict(zip(own.responses["customer_id"], own.left_at, strict=True))
    last = last[last["customer_id"].isin(left)]
    until = last["customer_id"].map(left).fillna(pd.Timestamp.max.as_unit("us"))
    parts = []
    for cycle in range(1, -(-days // CYCLE_DAYS) + 1):
        shift = cycle * CYCLE_DAYS * DAY
        moved = last.assign(
            day=pd.to_datetime(last["day"]) + shift,
            event_time=last["event_time"] + shift,
            known_at=last["known_at"] + shift,
        )
        there = (moved["day"] < until) & (moved["day"] < pd.Timestamp(as_of) + days * DAY)
        parts.append(moved[there])
    found = pd.concat(parts, ignore_index=True)
    return found.assign(day=found["day"].dt.date)


def contracts_after(own: Aftermath) -> pd.DataFrame:
    """The ends of contracts: customer_id, event, reason, event_time, known_at."""
    gone = own.kind.isin(["ported", "pre_cancelled"]).to_numpy()
    at = own.left_at[gone].reset_index(drop=True)
    return pd.DataFrame(
        {
            "customer_id": own.responses.loc[gone, "customer_id"].to_numpy(),
            "event": own.kind[gone].to_numpy(),
            "event_time": at,
            "known_at": at + timedelta(hours=2),
        }
    )


def unseen_contracts(truth: Path, people: Collection[str], as_of: datetime) -> pd.DataFrame:
    """Ends of contracts of the last weeks before `as_of` that were not known by then.

    `people`: who has a future. Columns as of `contracts_after`.
    """
    gone = pq.read_table(truth / "departures.parquet").to_pandas()
    gone = gone.sort_values("departure_day").drop_duplicates("customer_id", keep="last")
    day = pd.to_datetime(gone["departure_day"])
    recent = (day >= pd.Timestamp(as_of) - CYCLE_DAYS * DAY) & gone["back_day"].isna()
    ways = gone["kind"].map({"pre_cancelled": "pre_cancelled", "ported": "ported"})
    own = recent & ways.notna() & ~gone["customer_id"].isin(list(people))
    at = (day[own] + timedelta(hours=18)).to_numpy()
    return pd.DataFrame(
        {
            "customer_id": gone.loc[own, "customer_id"].to_numpy(),
            "event": ways[own].to_numpy(),
            "event_time": at,
            "known_at": pd.Timestamp(as_of) + timedelta(hours=12),
        }
    )


def bills_after(
    truth: Path, bills: pd.DataFrame, own: Aftermath, as_of: datetime, days: int
) -> pd.DataFrame:
    """The bills of the months after `as_of` that close within `days` days, as the feed has them.

    The revenue is the mean of the customer's last three; the cost leaves the truth's margin, with
    an accepted offer's share of it.
    """
    ids = own.responses["customer_id"]
    wanted = pc.field("customer_id").isin(pa.array(ids.unique(), pa.string()))
    columns = ["customer_id", "margin_fen"]
    future = pq.read_table(truth / "future.parquet", columns=columns, filters=wanted).to_pandas()
    margin = future.drop_duplicates("customer_id").set_index("customer_id")["margin_fen"]
    recent = bills.sort_values("period").groupby("customer_id").tail(3)
    revenue = recent.groupby("customer_id")["revenue_fen"].mean()
    own_margin = margin.loc[ids].to_numpy(dtype=float)
    own_revenue = np.maximum(revenue.reindex(ids).fillna(0.0).to_numpy(), own_margin)
    parts = []
    for period in pd.date_range(as_of.replace(day=1), as_of + days * DAY, freq="MS"):
        closes = period + pd.offsets.MonthBegin(1)
        if closes + KNOWN_DAYS * DAY >= pd.Timestamp(as_of) + days * DAY:
            break
        there = (own.left_at.isna() | (own.left_at >= closes)).to_numpy()
        share = _margin_share(truth, own, (period - pd.Timestamp(as_of)).days)
        kept = np.rint(own_margin * share)
        frame = pd.DataFrame(
            {
                "customer_id": ids,
                "period": period.date(),
                "revenue_fen": np.rint(own_revenue - own_margin + kept).astype(np.int64),
                "cost_fen": np.rint(own_revenue - own_margin).astype(np.int64),
                "event_time": closes + timedelta(hours=BILLED_HOURS),
                "known_at": closes + KNOWN_DAYS * DAY,
            }
        )
        parts.append(frame[there & (frame["revenue_fen"] >= 0)])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _margin_share(truth: Path, own: Aftermath, day: int) -> Array:
    """Of each customer the share of the margin that an accepted offer leaves on that day."""
    terms = pq.read_table(
        truth / "effects.parquet", columns=["offer", "lasts_months", "margin_share"]
    ).to_pandas()
    terms = terms.drop_duplicates("offer").set_index("offer")
    found = own.responses.join(terms, on="offer")
    lasts = found["accepted"] & (found["lasts_months"] * MONTH_DAYS > day)
    return np.asarray(found["margin_share"].where(lasts, 1.0), dtype=float)


def stayed_days(own: Aftermath, as_of: datetime) -> Array:
    """How many days each customer stayed, at most the year that the truth knows."""
    year = MONTHS * MONTH_DAYS
    return np.asarray((own.left_at - pd.Timestamp(as_of)).dt.days.fillna(year), dtype=float)
