"""Groups (集团客户): how large each is, its tier, and how many of its members may leave.

Of a night: the members are the customers in the network whose profile named the group then. A
member is at risk who is among the riskiest tenth of all eligible customers.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features import windows
from features.engine.store import Histories, open_histories
from features.errors import LakeError
from features.feeds import FEEDS
from features.histories import contracts, people
from features.histories.bills.tiers import FEN, SUMS, group_tiers, recent_bills
from serving.access.principal import EVERYWHERE, Scope
from serving.customers.phrases import padded, phrase, term
from serving.customers.standing.standing_settings import standing_settings

AT_RISK_SHARE = 0.1  # of the eligible customers, the riskiest
GONE_WEEKS = 12


def groups(
    home: Path, scores: pd.DataFrame, manager: str | None = None, scope: Scope = EVERYWHERE
) -> list[dict[str, Any]]:
    """The groups at the night of `scores`, the one with the most to lose first.

    Keys: group_id, manager_id (who looks after most members, null without one), members,
    share_members (of the group's people, null unless `settings/standing.toml` [group_people] says
    how many these are), members_gone (who left in the last GONE_WEEKS weeks), tier (by
    `settings/features.toml` [tiers] groups), revenue (a month, the sum of the members' mean
    bills), members_at_risk, share_at_risk, expected_loss (null where the champion has no model
    of value). `manager`: only those he looks after; `scope`: only the members within it count.
    Raises LakeError without a night, or where no customer is in a group.
    """
    histories, as_of = open_histories(home), pd.Timestamp(scores["as_of"].iloc[0])
    own = scores.drop(columns=["group_id", "manager_id"], errors="ignore")
    members = _members(histories, as_of).merge(own, on="customer_id")
    if members.empty:
        raise LakeError(
            f"no customer in {home} is in a group. The customers feed says it in `group_id`."
        )
    for name, value in scope.limits.items():
        members = members[members[name] == value]
    if members.empty:
        return []
    members = members.merge(_sums(histories, as_of), on="customer_id", how="left")
    members[list(SUMS)] = members[list(SUMS)].fillna(0).astype("int64")
    risks = scores.loc[scores["eligible"], "churn_risk"]
    at_risk = members["eligible"] & (members["churn_risk"] >= risks.quantile(1 - AT_RISK_SHARE))
    whole = members.assign(at_risk=at_risk).groupby("group_id")
    table = group_tiers(members, histories.settings.tiers).set_index("group_id")
    table["manager_id"] = whole["manager_id"].agg(_most_frequent)
    table["members_at_risk"] = whole["at_risk"].sum()
    table["share_at_risk"] = table["members_at_risk"] / table["members"]
    table["expected_loss"] = whole["expected_loss"].sum(min_count=1)
    table["members_gone"] = _gone(histories, as_of, scope).reindex(table.index).fillna(0)
    of_all = pd.Series(standing_settings(home).group_people, dtype=float)
    table["share_members"] = table["members"] / of_all.reindex(table.index)
    table = table.sort_values(["expected_loss", "revenue_fen"], ascending=False, kind="stable")
    return [
        _group(group_id, row)
        for group_id, row in zip(table.index, table.to_dict("records"), strict=True)
        if manager in (None, row["manager_id"])
    ]


def in_words(group: dict[str, Any], currency: str, language: str = "en") -> str:
    """One group as people read it, on one line."""
    loss, gone = group["expected_loss"], group["members_gone"]
    return phrase(
        "group", language,
        group=group["group_id"], tier=padded(term(group["tier"], language), 9),
        members=group["members"], of_people=_of_people(group, language),
        revenue=group["revenue"], currency=currency,
        at_risk=group["members_at_risk"], share=group["share_at_risk"],
        losing="" if loss is None else phrase("losing", language, loss=loss),
        gone=phrase("gone", language, count=gone) if gone else "",
        manager=group["manager_id"] or phrase("no_manager", language),
    )  # fmt: skip


def _of_people(group: dict[str, Any], language: str) -> str:
    """What share of the group's people the members are, where it is known."""
    share = group["share_members"]
    return "" if share is None else phrase("of_people", language, share=share)


def _members(histories: Histories, as_of: datetime) -> pd.DataFrame:
    """customer_id, group_id, manager_id (null throughout where the feed lacks it)."""
    feed = histories.tables["customers"]
    if "group_id" not in feed.columns:
        return pd.DataFrame({"customer_id": pd.Series(dtype="str")})
    about = people.profile(people.in_groups(feed), [as_of])
    found: pd.DataFrame = histories.connection.execute(about.filter(about.group_id.notnull()))
    if "manager_id" not in found:
        found["manager_id"] = None
    return found[["customer_id", "group_id", "manager_id"]]


def _gone(histories: Histories, as_of: datetime, scope: Scope) -> pd.Series:
    """By group_id how many of its members left the network lately; none of who came back."""
    about = people.profile(people.in_groups(histories.tables["customers"]), [as_of])
    for name, value in scope.limits.items():
        about = about.filter(about[name] == value)
    left = contracts.standing(histories.tables["contracts"], [as_of])
    left = left.filter(left.standing == "left").semi_join(about, "customer_id")
    ends = histories.tables["contracts"]
    ends = windows.versions(ends.semi_join(left, "customer_id"), FEEDS["contracts"].key)
    ends = windows.known(ends.filter(ends.event.isin(list(contracts.LEAVING))), [as_of])
    ends = ends.filter(ends.age <= GONE_WEEKS).select("customer_id").distinct()
    gone = about.filter(about.group_id.notnull()).semi_join(ends, "customer_id")
    counts = gone.group_by("group_id").agg(gone=gone.count())
    found: pd.DataFrame = histories.connection.execute(counts)
    return found.set_index("group_id")["gone"]


def _sums(histories: Histories, as_of: datetime) -> pd.DataFrame:
    """customer_id and `SUMS` of the latest bills known at `as_of`."""
    if "bills" not in histories.tables:
        return pd.DataFrame(columns=["customer_id", *SUMS])
    bills = recent_bills(histories.tables["bills"], [as_of]).select("customer_id", *SUMS)
    found: pd.DataFrame = histories.connection.execute(bills)
    return found


def _most_frequent(managers: pd.Series) -> str | None:
    counts = managers.value_counts()
    return None if counts.empty else str(counts[counts == counts.max()].index.min())


def _group(group_id: Any, row: dict[Any, Any]) -> dict[str, Any]:
    loss = row["expected_loss"]
    return {
        "group_id": str(group_id),
        "manager_id": row["manager_id"] if isinstance(row["manager_id"], str) else None,
        "members": int(row["members"]),
        "share_members": None if np.isnan(row["share_members"]) else float(row["share_members"]),
        "members_gone": int(row["members_gone"]),
        "tier": row["tier"],
        "revenue": round(row["revenue_fen"] / FEN, 2),
        "members_at_risk": int(row["members_at_risk"]),
        "share_at_risk": float(row["share_at_risk"]),
        "expected_loss": None if np.isnan(loss) else round(float(loss), 2),
    }
