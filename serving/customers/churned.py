"""The archive of churned customers: reason, direction and composition of a period.

Who churned is what the labels say (`training.labels.departures`), as it is known now. Composition
is given with the churn rate of each group: departures over the months that its eligible customers
were there, counted from the base every four weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ibis.expr.types import Table

from features.builder import eligible
from features.builder.queries import rows_at
from features.engine.moments import midnight_after
from features.engine.store import Histories, open_histories
from features.engine.streams import ACTIVE_DAYS
from features.errors import NotEnoughData, SettingsError
from features.feeds import PAYMENT_MODES
from features.histories import people
from features.histories.bills import tiers
from features.settings import home_settings
from features.windows import RATE_MONTH_DAYS
from training.fit_settings import LabelSettings, TrainingSettings
from training.labels.departures import KINDS, departures

SNAPSHOT_DAYS = 28
MAX_ROWS = 12
MAX_LINES = 6  # names that are followed by month
TENURE_DAYS = (90, 365, 730, 1825)
TENURES = ("0_to_3_months", "3_to_12_months", "1_to_2_years", "2_to_5_years", "5_years_up")
ORDER = {
    "kind": KINDS,
    "tier": tiers.TIERS[::-1],
    "payment_mode": PAYMENT_MODES,
    "tenure": TENURES,
}
RECORDED = ("reason", "direction")
OTHERS, NOT_RECORDED = "others", "not_recorded"


@dataclass(frozen=True)
class Archive:
    """Who churned in [since, until), and the base that they were part of.

    `gone` has a row a departure: kind, reason, rival, event_at and the dimensions; `base` a row a
    combination of the dimensions, with the months that its eligible customers were there.
    """

    since: datetime
    until: datetime
    known: datetime
    gone: pd.DataFrame
    base: pd.DataFrame

    def json(self) -> dict[str, Any]:
        """All of it as JSON has it; `of_json` takes it back."""
        moments = [self.since, self.until, self.known]
        return {
            "moments": [moment.isoformat() for moment in moments],
            "gone": _columns(self.gone),
            "base": _columns(self.base),
        }

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> Archive:
        """The archive that `json` returned this of."""
        since, until, known = map(datetime.fromisoformat, found["moments"])
        gone, base = (pd.DataFrame(found[name]) for name in ("gone", "base"))
        gone["event_at"] = gone["event_at"].astype("datetime64[us]")
        return cls(since, until, known, gone, base.astype({"months": "float64"}))

    @property
    def dimensions(self) -> list[str]:
        """By what customers are composed, beside the kind of departure."""
        return [name for name in self.base.columns if name != "months"]

    def within(self, only: Mapping[str, str]) -> Archive:
        """Of the customers alone who are so, by dimension.

        Raises SettingsError for a dimension that the feeds do not have.
        """
        gone, base = self.gone, self.base
        for name, value in only.items():
            if name not in self.dimensions:
                raise SettingsError(
                    f"{name[:64]!r} is not a dimension here; expected one of "
                    f"{', '.join(self.dimensions)}"
                )
            gone, base = (part[part[name].fillna(NOT_RECORDED) == value] for part in (gone, base))
        return replace(self, gone=gone, base=base)

    def choices(self) -> dict[str, list[str]]:
        """The names of each dimension's groups, in their order."""
        found = {}
        for name in self.dimensions:
            there = set(self.base[name].fillna(NOT_RECORDED).astype(str))
            ordered = [one for one in ORDER.get(name, ()) if one in there]
            found[name] = ordered + sorted(there - {*ordered, NOT_RECORDED})
            found[name] += [NOT_RECORDED] if NOT_RECORDED in there else []
        return found

    def composed(self) -> dict[str, Any]:
        """As `churned_customers`."""
        months = float(self.base["months"].sum())
        span_months = (self.until - self.since) / timedelta(days=RATE_MONTH_DAYS)
        gone = self.gone
        return {
            "from": f"{self.since:%F}",
            "to": f"{self.until:%F}",
            "known_at": f"{self.known:%F}",
            "as_of": f"{self.known:%F}",
            "churned": len(gone),
            "customers": round(months / span_months),
            "monthly_rate": len(gone) / months if months else None,
            "reason": _counted(gone["reason"]),
            "direction": _counted(gone["rival"]),
            "composition": {
                name: _composed(name, gone, self.base, span_months)
                for name in ("kind", *self.dimensions)
            },
        }

    def by_month(self, by: str) -> list[dict[str, Any]]:
        """month (its first day), name, churned; `by` a dimension, kind, reason or direction.

        A month of which the period has a part has that part. Every month has every name; a reason
        or direction that is not recorded is not counted.
        """
        named = self.gone["rival" if by == "direction" else by]
        # Of most who leave neither is recorded: they would hide all others.
        named = named.dropna() if by in RECORDED else named.fillna(NOT_RECORDED)
        named = named.astype(str)
        most = [str(name) for name in named.value_counts().index[:MAX_LINES]]
        named = named.where(named.isin(most), OTHERS)
        months = self.gone.loc[named.index, "event_at"].dt.to_period("M")
        counts = pd.crosstab(months, named)
        every = pd.period_range(self.since, self.until - timedelta(days=1), freq="M")
        names = [name for name in (*most, OTHERS) if name in counts.columns]
        counts = counts.reindex(index=every, columns=names, fill_value=0).astype(int)
        return [
            {
                "month": f"{month.start_time:%F}",
                "name": name,
                "churned": churned,
            }
            for month, row in zip(every, counts.to_numpy().tolist(), strict=True)
            for name, churned in zip(names, row, strict=True)
        ]


def churned_customers(home: Path, since: datetime, until: datetime) -> dict[str, Any]:
    """The churned customers of [since, until), two midnights, as plain values for JSON.

    `churned` and `customers` (their eligible base, on average), `monthly_rate`; `reason` and
    `direction` (the rival; `not_recorded` stands for none) with churned and share; `composition` by
    kind, tier, payment_mode, tenure, brand and city, each a list of groups with name, churned,
    share, customers, monthly_rate and its 95 % interval (low, high; null where no customer is
    in the base). A dimension that the feeds do not have is absent. `others` sums up the groups
    beyond the MAX_ROWS largest, and those that have no name are `not_recorded`.

    Raises as `archive_of`.
    """
    return archive_of(home, since, until).composed()


def known_period(home: Path) -> tuple[datetime, datetime]:
    """The midnights between which every departure is known. Raises NotEnoughData without use."""
    histories = open_histories(home)
    rules = home_settings(home, "training", TrainingSettings).label
    known = _known(histories)
    everyone = _execute(histories, people.profile(histories.tables["customers"], [known]))
    mature = _mature(histories, everyone, known, rules)
    return _earliest(histories)[1], min(mature.values(), default=known)


def archive_of(home: Path, since: datetime, until: datetime) -> Archive:
    """Who churned in [since, until), two midnights, and the base then.

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
    base["months"] = base["as_of"].map(dict(zip(moments, days / RATE_MONTH_DAYS, strict=True)))
    known_by = {name: name in base and base[name].notna().any() for name in ("brand", "city")}
    dimensions = [*(["tier"] if "tier" in base else []), "payment_mode", "tenure"]
    dimensions += [name for name, is_known in known_by.items() if is_known]
    base = base.groupby(dimensions, dropna=False, observed=True)["months"].sum().reset_index()
    gone = gone[["kind", "reason", "rival", "event_at", *dimensions]]
    return Archive(since, until, known, gone, base)


def _known(histories: Histories) -> datetime:
    """The first midnight after all use on file was known: departures show in the use."""
    latest = histories.connection.execute(histories.tables["days"].known_at.max())
    if pd.isna(latest):
        raise NotEnoughData("no use was ever imported. Import usage first.")
    return midnight_after(pd.Timestamp(latest).to_pydatetime())


def _earliest(histories: Histories) -> tuple[datetime, datetime]:
    """The first day of use on file, and from when on it is known who was a customer."""
    first = pd.Timestamp(histories.connection.execute(histories.tables["days"].day.min()))
    return first.to_pydatetime(), first.to_pydatetime() + timedelta(days=ACTIVE_DAYS)


def _mature(
    histories: Histories, everyone: pd.DataFrame, known: datetime, rules: LabelSettings
) -> dict[str, datetime]:
    """By payment mode the midnight up to which all departures are known."""
    waits = replace(rules, lead_days=0, horizon_days=1)
    modes = set(everyone["payment_mode"])
    return {
        mode: known - waits.maturity(histories.lag_days, mode) + timedelta(days=1)
        for mode in PAYMENT_MODES
        if mode in modes
    }


def _refuse_unknown(
    histories: Histories,
    everyone: pd.DataFrame,
    since: datetime,
    until: datetime,
    known: datetime,
    rules: LabelSettings,
) -> None:
    first, earliest = _earliest(histories)
    if since < earliest:
        raise NotEnoughData(
            f"--from is {since:%F}, but use is on file from {first:%F}, and who was a customer is "
            f"known {ACTIVE_DAYS} days later. Ask from {earliest:%F} on, or import more history."
        )
    mature = _mature(histories, everyone, known, rules)
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
    base: pd.DataFrame = rows_at(replace(histories, features=chosen), moments, eligible).to_pandas()
    base = base.sort_values(["as_of", "customer_id"], ignore_index=True)  # sums to the last bit
    return base.assign(tenure=_tenure(base["tenure_days"]))


def _described(gone: pd.DataFrame, everyone: pd.DataFrame, moments: list[datetime]) -> pd.DataFrame:
    """Churned customers with their profile as known now, tenure on leaving, and the base before."""
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


def _columns(rows: pd.DataFrame) -> dict[str, list[Any]]:
    """The values of each column, moments as text and what is missing as null."""
    found = {}
    for name in rows.columns:
        own = rows[name]
        own = own.dt.strftime("%FT%T.%f") if name == "event_at" else own
        found[str(name)] = own.astype(object).where(own.notna(), None).tolist()
    return found


def _counted(values: pd.Series[str]) -> list[dict[str, Any]]:
    """Names with churned and share, the largest first, what is not recorded last."""
    counts = values.value_counts()
    counted = [(str(name), int(count)) for name, count in counts.items()]
    counted.sort(key=lambda one: (-one[1], one[0]))
    rest = sum(count for _, count in counted[MAX_ROWS:])
    counted = counted[:MAX_ROWS]
    more = ((OTHERS, rest), (NOT_RECORDED, int(values.isna().sum())))
    counted += [(name, count) for name, count in more if count]
    return [{"name": name, "churned": n, "share": n / len(values)} for name, n in counted]


def _composed(
    name: str, gone: pd.DataFrame, base: pd.DataFrame, span_months: float
) -> list[dict[str, Any]]:
    """The groups of one dimension with their share of churned customers, their base and rate."""
    counts = gone[name].fillna(NOT_RECORDED).astype(object).value_counts()
    if name == "kind":  # all customers may leave in each way
        months = pd.Series(float(base["months"].sum()), index=list(KINDS))
    else:
        months = base["months"].groupby(base[name].fillna(NOT_RECORDED).astype(object)).sum()
    groups = pd.DataFrame({"churned": counts, "months": months}).fillna(0.0)
    if name in ORDER:
        order = [one for one in (*ORDER[name], NOT_RECORDED) if one in groups.index]
        groups = groups.loc[order]
    else:
        groups = groups.sort_index().sort_values("months", ascending=False, kind="stable")
        if len(groups) > MAX_ROWS:
            rest = groups.iloc[MAX_ROWS:].sum().rename(OTHERS)
            groups = pd.concat([groups.iloc[:MAX_ROWS], rest.to_frame().T])
    return [
        {"name": str(group), "churned": int(row["churned"])}
        | {"share": float(row["churned"]) / len(gone) if len(gone) else None}
        | {"customers": round(row["months"] / span_months)}
        | _rate(int(row["churned"]), float(row["months"]))
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
