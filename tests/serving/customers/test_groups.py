"""The groups of last night, and who may leave of them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from features.errors import SettingsError
from features.histories.bills.tiers import TIERS
from features.home import Home
from features.lake import feed_files
from serving.command.tree import app
from serving.customers.groups import groups, in_words
from serving.scores import last_scores
from tests.conftest import set_home
from training.indicators import BY_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SmallHome


def members(home: SmallHome) -> pd.DataFrame:
    """The scores with the group that each customer's latest profile names."""
    facts = pd.concat([pd.read_parquet(path) for path in feed_files(home.home, "customers")])
    facts = facts[(facts["event_time"] < home.as_of) & (facts["known_at"] < home.as_of)]
    latest = facts.sort_values(["event_time", "known_at"]).groupby("customer_id").tail(1)
    own = last_scores(home.home).merge(latest[["customer_id", "group_id", "manager_id"]])
    return own[own["group_id"].notna()]


def groups_of(home: SmallHome, manager: str | None = None) -> list[dict[str, Any]]:
    return groups(home.home, last_scores(home.home), manager)


def test_each_group_counts_its_members_and_what_they_may_cost(small_home: SmallHome) -> None:
    found, own = groups_of(small_home), members(small_home)
    assert {group["group_id"] for group in found} == set(own["group_id"])
    scores = last_scores(small_home.home)
    risky = scores.loc[scores["eligible"], "churn_risk"].quantile(0.9)
    for group in found:
        there = own[own["group_id"] == group["group_id"]]
        assert group["members"] == len(there)
        at_risk = int((there["eligible"] & (there["churn_risk"] >= risky)).sum())
        assert group["members_at_risk"] == at_risk
        assert group["share_at_risk"] == at_risk / len(there)
        assert group["expected_loss"] == pytest.approx(there["expected_loss"].sum(), abs=0.01)
        assert group["tier"] in TIERS
    losses = [group["expected_loss"] for group in found]
    assert losses == sorted(losses, reverse=True)


def test_the_share_of_a_groups_people_is_of_those_that_are_declared(own_home: SmallHome) -> None:
    group = groups_of(own_home)[0]
    assert group["share_members"] is None
    name, members = group["group_id"], group["members"]
    set_home(own_home.home, "standing", f"[group_people]\n{name} = {4 * members}\n")
    found = groups_of(own_home)[0]
    assert found["share_members"] == 0.25
    assert f"{members} members (25% of its people)" in in_words(found, "CNY")
    assert "占其员工25%" in in_words(found, "CNY", "zh")
    set_home(own_home.home, "standing", f"[group_people]\n{name} = 0\n")
    with pytest.raises(SettingsError, match=f"group_people has {name} below 1"):
        groups_of(own_home)


def test_members_who_left_lately_are_counted_by_their_group(small_home: SmallHome) -> None:
    facts = pd.concat([pd.read_parquet(path) for path in feed_files(small_home.home, "contracts")])
    facts = facts[(facts["event_time"] < small_home.as_of) & (facts["known_at"] < small_home.as_of)]
    last = facts.sort_values(["event_time", "known_at"]).groupby("customer_id").tail(1)
    since = small_home.as_of - timedelta(weeks=12)
    gone = last[last["event"].isin(["cancelled", "ported"]) & (last["event_time"] >= since)]
    people = pd.concat([pd.read_parquet(path) for path in feed_files(small_home.home, "customers")])
    people = people.sort_values("event_time").groupby("customer_id").tail(1)
    own = people[people["customer_id"].isin(gone["customer_id"])]["group_id"].value_counts()
    for group in groups_of(small_home):
        assert group["members_gone"] == own.get(group["group_id"], 0)


@pytest.mark.slow
def test_a_manager_sees_his_own_groups(small_home: SmallHome) -> None:
    found = groups_of(small_home)
    managers = {group["manager_id"] for group in found} - {None}
    for manager in sorted(managers):
        own = [group for group in found if group["manager_id"] == manager]
        assert groups_of(small_home, manager) == own
    assert groups_of(small_home, "unknown") == []


def test_the_command_shows_them_in_words_and_as_json(small_home: SmallHome) -> None:
    options = ["groups", "--size", "1", "--home", str(small_home.home)]
    found = groups_of(small_home)
    shares = {"share_at_risk", "share_members"}
    assert {"members", "members_at_risk", "members_gone"} | shares <= set(found[0]) & set(BY_NAME)
    shown = json.loads(CliRunner().invoke(app, [*options, "--json"]).stdout)
    assert shown == {
        "as_of": f"{small_home.as_of:%F}",
        "groups": found[:1],
        "more": len(found) - 1,
        "currency": "CNY",
    }
    lines = CliRunner().invoke(app, options).stdout.splitlines()
    assert lines == [
        in_words(found[0], "CNY"),
        f"1 groups at {small_home.as_of:%F}, and {len(found) - 1:,} more (--size).",
    ]


def test_without_a_night_there_are_no_groups(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    result = CliRunner().invoke(app, ["groups", "--home", str(tmp_path)])
    assert result.exit_code == 1
    assert "liuke score --as-of" in result.stderr


def test_groups_are_of_any_night_that_is_kept_and_of_no_other(own_home: SmallHome) -> None:
    before = own_home.as_of - timedelta(days=7)
    scores = last_scores(own_home.home).assign(as_of=pd.Timestamp(before))
    scores.to_parquet(Home(own_home.home).scores / f"{before:%F}-1.parquet", index=False)
    options = ["groups", "--json", "--home", str(own_home.home), "--as-of"]
    result = CliRunner().invoke(app, [*options, f"{before:%F}"])
    assert json.loads(result.stdout)["as_of"] == f"{before:%F}"
    refused = CliRunner().invoke(app, [*options, "2020-01-01"])
    assert refused.exit_code == 1
    kept = f"{before:%F}, {own_home.as_of:%F}"
    assert f"no scores are kept of 2020-01-01. Kept are those of {kept}." in refused.stderr
