"""A list leaves the house: counted, masked, marked, approved, and never against a rule."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from features.errors import RequestRefused
from serving.audit.entry import Entry
from serving.customers.rights.objections import record_objection
from serving.retention.campaign import store
from serving.retention.campaign.exporting import Exporter, mark_files, revoke_campaign
from serving.retention.campaign.making import Made
from serving.retention.drawing.arms import CONTROL, TREATED
from serving.retention.export.approval import APPROVER, approve_export
from serving.retention.export.receipt import Receipt, receipt_path
from serving.retention.rules.last import LAST
from serving.scores import last_scores
from serving.scoring import load_version
from tests.conftest import set_home
from tests.serving.retention.campaign.conftest import Marketing
from tests.serving.retention.rules.people import contact

ENTRY = Entry("r", "COMMAND", "liuke list export", 200, "")


def exporter(marketing: Marketing, language: str = "en") -> Exporter:
    return Exporter(marketing.home, marketing.engine, "CNY", language)


def written(
    marketing: Marketing, own: str, out: Path, approved: str | None = None, language: str = "en",
    *, phones: bool = False,
) -> Receipt:  # fmt: skip
    until = marketing.now + timedelta(days=14)
    return exporter(marketing, language).write(
        own, approved, "call centre", until, "lin", out, ENTRY, marketing.now,
        phones=phones, force=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def summer(marketing: Marketing) -> tuple[str, Made]:
    return marketing.made(name="Summer", seed=11, budget=800)


def test_the_receipt_says_what_is_in_the_file(
    marketing: Marketing, summer: tuple[str, Made], tmp_path: Path
) -> None:
    own, made = summer
    out = tmp_path / "list.csv"
    receipt = written(marketing, own, out)
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    treated = made.members[made.members["arm"] == TREATED]
    assert receipt.count == len(rows) == len(treated)
    assert [row["customer_id"] for row in rows] == treated["customer_id"].tolist()
    assert receipt.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    assert json.loads(receipt_path(out).read_text("utf-8"))["recipient"] == "call centre"
    control = set(made.members.loc[made.members["arm"] == CONTROL, "customer_id"])
    assert not control & {row["customer_id"] for row in rows}
    assert all(row["call_by"] >= f"{marketing.now:%F}" for row in rows)
    assert any(row["sign_1"] for row in rows)


def test_the_legend_says_of_which_days_the_risk_is(
    marketing: Marketing, summer: tuple[str, Made], tmp_path: Path
) -> None:
    """As the model has them that scored the night; a list of before does not say it."""
    label = load_version(marketing.home, summer[1].model_version).bundle.label
    said = written(marketing, summer[0], tmp_path / "a.csv").legend["churn_risk"]
    days = f"in the {label['horizon_days']} days that begin {label['lead_days']} days after"
    assert days in said
    path = store.folder(marketing.home, summer[0]) / store.SUMMARY
    kept = path.read_text("utf-8")
    for risk, words in (
        ({"lead_days": 7, "horizon_days": 60}, "in the 60 days that begin 7 days after"),
        (None, "in the days that the model predicts"),
    ):
        other = {**json.loads(kept), "risk": risk}
        path.write_text(json.dumps({k: v for k, v in other.items() if v is not None}), "utf-8")
        assert words in written(marketing, summer[0], tmp_path / "a.csv").legend["churn_risk"]
    path.write_text(kept, "utf-8")


def test_the_book_is_in_chinese_with_masked_numbers(
    marketing: Marketing, summer: tuple[str, Made], tmp_path: Path
) -> None:
    out = tmp_path / "list.xlsx"
    receipt = written(marketing, summer[0], out, language="zh", phones=True)
    rows = pd.read_excel(out, engine="calamine", dtype={"手机号": str})
    assert list(rows.columns[:3]) == ["序号", "客户编号", "手机号"]
    assert len(rows) == receipt.count
    assert receipt.phones == "masked"
    assert rows["手机号"].dropna().str.contains("*", regex=False).all()


def test_when_and_how_they_were_last_contacted_stands_in_the_file(
    marketing: Marketing, tmp_path: Path
) -> None:
    """As known when the list was made; a list that an earlier version made has empty cells."""
    at = marketing.now - timedelta(days=30, seconds=1)  # later than any that the cap let in
    met = last_scores(marketing.home)["customer_id"].iloc[::2].tolist()
    with marketing.engine.begin() as connection:
        for customer_id in met:
            contact(connection, f"old {customer_id}", customer_id, at, channel="store")
    own, _ = marketing.made(name="Winter", seed=5, budget=900)
    out = tmp_path / "winter.csv"

    def found() -> dict[str, tuple[str, str]]:
        written(marketing, own, out)
        rows = csv.DictReader(out.read_text("utf-8-sig").splitlines())
        return {row["customer_id"]: (row["last_contact"], row["last_channel"]) for row in rows}

    listed = found()
    assert 0 < len(listed.keys() & set(met)) < len(listed)
    for customer_id, last in listed.items():
        assert (last == (f"{at:%F}", "at a store")) == (customer_id in met)
    members = store.folder(marketing.home, own) / store.MEMBERS
    pd.read_parquet(members).drop(columns=list(LAST)).to_parquet(members, index=False)
    assert set(found().values()) == {("", "")}
    with marketing.engine.begin() as connection:
        revoke_campaign(connection, own, marketing.now)


def test_who_may_not_be_contacted_any_more_is_excluded(
    marketing: Marketing, summer: tuple[str, Made], tmp_path: Path
) -> None:
    first = summer[1].members.iloc[0]["customer_id"]
    before = written(marketing, summer[0], tmp_path / "a.csv").count
    with marketing.engine.begin() as connection:
        record_objection(connection, first, "k1", marketing.now)
    out = tmp_path / "b.csv"
    assert written(marketing, summer[0], out).count == before - 1
    assert first not in out.read_text("utf-8-sig")


def test_a_large_list_waits_for_a_second_person(
    marketing: Marketing, summer: tuple[str, Made], tmp_path: Path
) -> None:
    set_home(marketing.home, "retention", "[export]\napproval_above = 3\n")
    out = tmp_path / "large.csv"
    try:
        with pytest.raises(RequestRefused) as refused:
            written(marketing, summer[0], out)
        assert refused.value.code == "not_approved"
        assert not out.exists()
        waits = refused.value.details["export"]
        with marketing.engine.begin() as connection:
            with pytest.raises(RequestRefused, match="another person"):
                approve_export(connection, waits, "lin", APPROVER, marketing.now)
            approve_export(connection, waits, "wang", APPROVER, marketing.now)
        with pytest.raises(RequestRefused, match="approved without phone numbers"):
            written(marketing, summer[0], out, waits, phones=True)
        assert not out.exists()
        receipt = written(marketing, summer[0], out, waits)
        assert (receipt.approved_by, receipt.phones) == ("wang", None)
    finally:
        (marketing.home / "settings" / "retention.toml").unlink()


def test_a_revoked_list_is_written_no_more(marketing: Marketing, tmp_path: Path) -> None:
    own, _ = marketing.made(name="Autumn", seed=12, budget=300)
    written(marketing, own, store.folder(marketing.home, own) / "list.csv")
    with marketing.engine.begin() as connection:
        assert revoke_campaign(connection, own, marketing.now) > 0
        mark_files(connection, marketing.home, own)
    with pytest.raises(RequestRefused) as refused:
        written(marketing, own, tmp_path / "late.csv")
    assert refused.value.code == "conflict"
    receipt = json.loads(
        receipt_path(store.folder(marketing.home, own) / "list.csv").read_text("utf-8")
    )
    assert receipt["revoked_at"]


def test_a_list_that_has_expired_is_written_no_more(marketing: Marketing, tmp_path: Path) -> None:
    expires = marketing.now.replace(hour=0) + timedelta(days=3)
    own, _ = marketing.made(name="Short", seed=13, budget=300, expires=f"{expires:%F}")
    receipt = written(marketing, own, tmp_path / "in-time.csv")
    assert receipt.expires_at == expires.isoformat(timespec="seconds")
    late = replace(marketing, now=expires)
    with pytest.raises(RequestRefused, match=f"the list expired on {expires:%F}") as refused:
        written(late, own, tmp_path / "late.csv")
    assert refused.value.code == "conflict"
    assert [path.name for path in tmp_path.glob("late*")] == []
    with marketing.engine.begin() as connection:
        revoke_campaign(connection, own, marketing.now)
