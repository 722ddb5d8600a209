"""The archive of those who left (PRODUCT A2): reason, direction and composition of a period.

Who left is what the labels say (`training.departures`), as it is known now. Composition is given
with the churn rate of each group: departures over the months that its eligible customers were
there, counted from the base every four weeks.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ibis.expr.types import Table

from features import people, tiers
from features.builder import matrix
from features.errors import NotEnoughData, SettingsError
from features.feeds import PAYMENT_MODES
from features.histories import Histories, open_histories
from features.moments import midnight_after
from features.settings import home_settings
from features.streams import ACTIVE_DAYS
from training.departures import KINDS, departures
from training.settings import LabelSettings, TrainingSettings

SNAPSHOT_DAYS = 28
MONTH_DAYS = 30
MOST_ROWS = 12
TENURE_DAYS = (90, 365, 730, 1825)
TENURES = ("0_to_3_months", "3_to_12_months", "1_to_2_years", "2_to_5_years", "5_years_up")
ORDER = {
    "kind": KINDS,
    "tier": tiers.TIERS[::-1],
    "payment_mode": PAYMENT_MODES,
    "tenure": TENURES,
}
OTHERS, NOT_TOLD = "others", "not_told"


def left(home: Path, since: datetime, until: datetime) -> dict[str, Any]:
    """Who left in [since, until), two midnights, as plain values for JSON.

    `left` and `customers` (their eligible base, on average), `monthly_rate`; `reason` and
    `direction` (the rival; `not_told` stands for none) with left and share; `composition` by
    kind, tier, payment_mode, tenure, brand and city, each a list of groups with name, left,
    share, customers, monthly_rate and its 95 % interval (low, high; null where nobody is in
    the base). A dimension that the feeds do not tell is absent. `others` sums up the groups
    beyond the MOST_ROWS largest, and those that have no name are `not_told`.

    Raises SettingsError where `since` is not before `until`, and NotEnoughData where the period
    begins before the history or ends after what is known of departures.
    """
    if since >= until:
        raise SettingsError(
            f"--from is {since:%F} and --to is {until:%F}; expected --from before --to. The day "
            f"--to itself does not belong to the period."
        )
    histories = open_histories(home)
    rules = home_settings(home, "training", TrainingSettings).label
    known = _known(histories)
    everyone = _execute(histories, people.profile(histories.tables["customers"], [known]))
    _refuse_unknown(histories, everyone, since, until, known, rules)
    gone = departures(histories, everyone, since, until, known, rules)
    moments = _moments(since, until)
    base = _base(histories, moments)
    gone = _described(gone, everyone, moments)
    if "bills" in histories.tables:
        grouped = everyone.get("group_id", pd.Series(dtype=str)).notna()
        members = set(everyone.loc[grouped[grouped].index, "customer_id"])
        base, gone = _tiered(histories, moments, members, base, gone)
    days = np.diff([*moments, until]) / timedelta(days=1)
    base["months"] = base["as_of"].map(dict(zip(moments, days / MONTH_DAYS, strict=True)))
    months = float(base["months"].sum())
    span_months = (until - since) / timedelta(days=MONTH_DAYS)
    known_by = {name: name in base and base[name].notna().any() for name in ("brand", "city")}
    dimensions = ["kind", *(["tier"] if "tier" in base else []), "payment_mode", "tenure"]
    dimensions += [name for name, told in known_by.items() if told]
    return {
        "from": f"{since:%F}",
        "to": f"{until:%F}",
        "known_at": f"{known:%F}",
        "as_of": f"{known:%F}",
        "left": len(gone),
        "customers": round(months / span_months),
        "monthly_rate": len(gone) / months if months else None,
        "reason": _counted(gone["reason"]),
        "direction": _counted(gone["rival"]),
        "composition": {name: _composed(name, gone, base, span_months) for name in dimensions},
    }


def _known(histories: Histories) -> datetime:
    """The first midnight after all use on file was known: departures show in the use."""
    latest = histories.connection.execute(histories.tables["days"].known_at.max())
    if pd.isna(latest):
        raise NotEnoughData("no use was ever imported. Import usage first.")
    return midnight_after(pd.Timestamp(latest).to_pydatetime())


def _refuse_unknown(
    histories: Histories,
    everyone: pd.DataFrame,
    since: datetime,
    until: datetime,
    known: datetime,
    rules: LabelSettings,
) -> None:
    first = pd.Timestamp(histories.connection.execute(histories.tables["days"].day.min()))
    earliest = first.to_pydatetime() + timedelta(days=ACTIVE_DAYS)
    if since < earliest:
        raise NotEnoughData(
            f"--from is {since:%F}, but use is on file from {first:%F}, and who was a customer is "
            f"known {ACTIVE_DAYS} days later. Ask from {earliest:%F} on, or import more history."
        )
    waits = replace(rules, lead_days=0, horizon_days=1)
    modes = set(everyone["payment_mode"])
    mature = {
        mode: known - waits.maturity(histories.lag_days, mode) + timedelta(days=1)
        for mode in PAYMENT_MODES
        if mode in modes
    }
    late = [mode for mode in mature if until > mature[mode]]
    if late:
        upto = "; ".join(f"{mode}: up to {moment:%F}" for mode, moment in mature.items())
        least = min(mature.values())
        raise NotEnoughData(
            f"--to is {until:%F}, but the departures of {' and '.join(late)} customers are not "
            f"all known yet ({upto}): the data end on {known:%F}, facts take "
            f"{histories.lag_days} days, and a prepaid silence counts after {rules.silent_days}. "
            f"Ask --to {least:%F} at the latest, or import newer data.",
            known_up_to={mode: f"{moment:%F}" for mode, moment in mature.items()},
        )


def _moments(since: datetime, until: datetime) -> list[datetime]:
    """Every four weeks from `since` on, before `until`."""
    count = -((since - until) // timedelta(days=SNAPSHOT_DAYS))
    return [since + timedelta(days=SNAPSHOT_DAYS * i) for i in range(count)]


def _base(histories: Histories, moments: list[datetime]) -> pd.DataFrame:
    """Who was eligible at each moment: customer_id, as_of, payment_mode, tenure, brand, city."""
    wanted = ("payment_mode", "tenure_days", "brand", "city")
    chosen = tuple(one for one in histories.features if one.name in wanted)
    rows = matrix(replace(histories, features=chosen), moments)
    base = _execute(histories, rows.filter(rows.eligible))
    base = base.sort_values(["as_of", "customer_id"], ignore_index=True)  # sums to the last bit
    return base.assign(tenure=_tenure(base["tenure_days"]))


def _described(gone: pd.DataFrame, everyone: pd.DataFrame, moments: list[datetime]) -> pd.DataFrame:
    """Those who left with their profile as known now, tenure on leaving, and the base before."""
    profile = [name for name in ("payment_mode", "brand", "city") if name in everyone]
    gone = gone.merge(everyone[["customer_id", *profile]], on="customer_id", how="left")
    tenure_days = (gone["event_at"] - gone["started"]).dt.days
    starts = pd.Series(pd.to_datetime(moments).as_unit("us"))
    last = starts.searchsorted(gone["event_at"], side="right") - 1
    return gone.assign(tenure=_tenure(tenure_days), as_of=starts.iloc[last].to_numpy())


def _tiered(
    histories: Histories,
    moments: list[datetime],
    grouped: set[str],
    base: pd.DataFrame,
    gone: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both with `tier`, by the three bills known at the snapshot and bounds of the first one."""
    bills = _execute(histories, tiers.recent_bills(histories.tables["bills"], moments))
    bills = bills[["customer_id", "as_of", "revenue_fen", "bills"]]
    base, gone = (
        part.merge(bills, on=["customer_id", "as_of"], how="left").fillna(
            {"revenue_fen": 0, "bills": 0}
        )
        for part in (base, gone)
    )
    first = base[(base["as_of"] == moments[0]) & ~base["customer_id"].isin(grouped)]
    bounds = tiers.cut_bounds(*_sums(first), histories.settings.tiers)
    if bounds is None:
        return base, gone
    named = (
        part.assign(tier=tiers.names(tiers.tiers_of(*_sums(part), bounds))) for part in (base, gone)
    )
    base, gone = named
    return base, gone


def _sums(rows: pd.DataFrame) -> tuple[tiers.Integers, tiers.Integers]:
    return rows["revenue_fen"].to_numpy(dtype=np.int64), rows["bills"].to_numpy(dtype=np.int64)


def _tenure(days: pd.Series[Any]) -> pd.Series[str]:
    band = np.searchsorted(TENURE_DAYS, days, side="right")
    return pd.Series(np.array(TENURES, dtype=object)[band], index=days.index).where(days.notna())


def _counted(values: pd.Series[str]) -> list[dict[str, Any]]:
    """Names with left and share, the largest first, what was not told last."""
    counts = values.value_counts()
    told = [(str(name), int(count)) for name, count in counts.items()]
    told.sort(key=lambda one: (-one[1], one[0]))
    rest = sum(count for _, count in told[MOST_ROWS:])
    told = told[:MOST_ROWS]
    more = ((OTHERS, rest), (NOT_TOLD, int(values.isna().sum())))
    told += [(name, count) for name, count in more if count]
    return [{"name": name, "left": n, "share": n / len(values)} for name, n in told]


def _composed(
    name: str, gone: pd.DataFrame, base: pd.DataFrame, span_months: float
) -> list[dict[str, Any]]:
    """The groups of one dimension with their share of those who left, their base and rate."""
    counts = gone[name].fillna(NOT_TOLD).astype(object).value_counts()
    if name == "kind":  # everybody may leave in each way
        months = pd.Series(float(base["months"].sum()), index=list(KINDS))
    else:
        months = base["months"].groupby(base[name].fillna(NOT_TOLD).astype(object)).sum()
    groups = pd.DataFrame({"left": counts, "months": months}).fillna(0.0)
    if name in ORDER:
        order = [one for one in (*ORDER[name], NOT_TOLD) if one in groups.index]
        groups = groups.loc[order]
    else:
        groups = groups.sort_index().sort_values("months", ascending=False, kind="stable")
        if len(groups) > MOST_ROWS:
            rest = groups.iloc[MOST_ROWS:].sum().rename(OTHERS)
            groups = pd.concat([groups.iloc[:MOST_ROWS], rest.to_frame().T])
    return [
        {"name": str(group), "left": int(row["left"])}
        | {"share": float(row["left"]) / len(gone) if len(gone) else None}
        | {"customers": round(row["months"] / span_months)}
        | _rate(int(row["left"]), float(row["months"]))
        for group, row in groups.iterrows()
    ]


def _rate(count: int, months: float) -> dict[str, float | None]:
    """Departures a customer and month, with Byar's approximation of the 95 % interval of a
    Poisson number (Breslow and Day 1987, Statistical Methods in Cancer Research II, p. 69)."""
    if months <= 0:
        return {"monthly_rate": None, "low": None, "high": None}
    low = count * (1 - 1 / (9 * count) - 1.96 / (3 * count**0.5)) ** 3 if count else 0.0
    above = count + 1
    high = above * (1 - 1 / (9 * above) + 1.96 / (3 * above**0.5)) ** 3
    return {"monthly_rate": count / months, "low": max(low, 0.0) / months, "high": high / months}


def _execute(histories: Histories, table: Table) -> pd.DataFrame:
    frame: pd.DataFrame = histories.connection.execute(table)
    if "as_of" in frame:
        frame["as_of"] = frame["as_of"].astype("datetime64[us]")
    return frame
