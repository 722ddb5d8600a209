"""A retention list of eighteen customers that can be checked by hand."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.errors import LakeError, OutputError, SettingsError
from features.words import words
from serving.customers.rights.objections import record_objection
from serving.database import opened
from serving.decision.promises import Promise, write_promise
from serving.retention.export.receipt import receipt_path
from serving.retention.legend import column_name
from serving.retention.lists import ranked, write_list
from serving.retention.rules import RULES
from serving.retention.rules.holds import Member, hold
from serving.retention.rules.last import LAST
from serving.retention.rules.recorded import CONTROL, TREATED
from serving.scores import AGES
from serving.scores.latest import Night, write_latest
from tests.serving.retention.rules.people import contact

NOW = datetime(2026, 3, 2, 6, 30, 15)
REASONS = json.dumps(
    [
        {"feature": "unresolved_complaints", "value": 2.0, "effect": 0.9},
        {"feature": "tenure_days", "value": 700.0, "effect": -0.8},
        {"feature": "data_mb_4w_change", "value": -38.0, "effect": 0.4},
        {"feature": "city", "value": "佛山", "effect": 0.3},
        {"feature": "sms_count_4w", "value": 3.0, "effect": 0.2},
    ],
    ensure_ascii=False,
)
FREE = {
    "consent": True,
    "universal_holdout": False,
    "open_complaint": False,
    "eligible": True,
    "revenue": 50.0,
    "value_tier": "gold",
    "value_at_stake": None,
    "expected_loss": None,
    "standing": "active",
    "overdue": 0.0,
    "days_overdue": None,
    "days_since_cancel_request": None,
}
# id, risk, and in what the customer differs from FREE
CUSTOMERS: list[tuple[str, float, dict[str, Any]]] = [
    ("C0000001", 0.10, {}),  # 5.0 at risk
    ("C0000002", 0.20, {}),  # 10.0
    ("C0000003", 0.05, {"revenue": 300.0}),  # 15.0: the most revenue at risk, not the most risk
    ("C0000004", 0.90, {"consent": False}),
    ("C0000005", 0.90, {"universal_holdout": True}),
    ("C0000006", 0.90, {"open_complaint": True}),
    ("C0000007", 0.90, {"eligible": False}),
    ("C0000008", 0.90, {"revenue": None}),
    ("C0000009", 0.90, {"consent": False, "open_complaint": True}),
    ("C0000010", 0.90, {}),  # objects to automated decisions
    ("C0000000", 0.20, {}),  # 10.0 as well: before C0000002 by its id
    ("C0000011", 0.90, {"overdue": 50.0, "days_overdue": 40}),
    ("C0000012", 0.90, {"standing": "pre_cancelled"}),
    ("C0000013", 0.90, {}),  # held by a campaign
    ("C0000014", 0.90, {}),  # in its control group
    ("C0000015", 0.90, {}),  # a promise is due tomorrow
    ("C0000016", 0.90, {}),  # another was due yesterday
    ("C0000017", 0.90, {}),  # was called last week
]
PROTECTED_SINCE = {f"C00000{number}" for number in range(10, 18)}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with last night's scores, and what was recorded since."""
    home = tmp_path / "home"
    write_scores(home, "2026-03-02", CUSTOMERS)
    object_to_decisions(home, "C0000010")
    day = timedelta(days=1)
    with opened(home) as engine, engine.begin() as connection:
        members = [Member("C0000013", TREATED), Member("C0000014", CONTROL)]
        hold(connection, "campaign", members, NOW + day, NOW)
        for place, due_at in enumerate((NOW + day, NOW - day)):
            promise = Promise(f"P{place}", f"C000001{5 + place}", "callback", NOW, due_at, None)
            write_promise(connection, promise, "key")
        contact(connection, "call", "C0000017", NOW - 7 * day)
    return home


def object_to_decisions(home: Path, customer_id: str) -> None:
    with opened(home) as engine, engine.begin() as connection:
        record_objection(connection, customer_id, "key", NOW)


def write_scores(
    home: Path, as_of: str, customers: list[tuple[str, float, dict[str, Any]]]
) -> None:
    rows = [
        FREE | changed | {"customer_id": customer_id, "churn_risk": risk, "reasons": REASONS}
        for customer_id, risk, changed in customers
    ]
    scores = pd.DataFrame(rows).assign(as_of=pd.Timestamp(as_of), model_version="4")
    amounts = ("revenue", "value_at_stake", "expected_loss")
    scores = scores.astype({"value_tier": "str"} | dict.fromkeys((*amounts, *AGES), float))
    path = scores_path(home, as_of)
    path.parent.mkdir(parents=True, exist_ok=True)
    scores.to_parquet(path, index=False)
    write_terms(home, None)
    no_customer = pd.DataFrame({"customer_id": []})
    write_latest(home, no_customer, (), Night(as_of, (), "", path.name))


def write_terms(home: Path, annual_discount: float | None) -> None:
    """What the list reads of its model, version 4."""
    value = None if annual_discount is None else {"annual_discount": annual_discount}
    path = home / "models" / "4" / "bundle.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"label": {"horizon_days": 30}, "value": value}), "utf-8")


def scores_path(home: Path, as_of: str = "2026-03-02") -> Path:
    return home / "lake" / "scores" / f"{as_of}-1.parquet"


def rows_of(out: Path) -> list[list[str]]:
    with out.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_the_most_revenue_at_risk_comes_first(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "list.csv"
    write_list(home, 10, out, "en", NOW)
    head, *rows = rows_of(out)
    assert head == [
        "rank", "customer_id", "churn_risk", "value_tier", "revenue_cny", "value_at_stake_cny",
        "expected_loss_cny", "last_contact", "last_channel", "sign_1", "sign_2", "sign_3",
    ]  # fmt: skip
    assert [row[:7] for row in rows] == [
        ["1", "C0000003", "0.0500", "gold", "300.00", "", ""],
        ["2", "C0000000", "0.2000", "gold", "50.00", "", ""],
        ["3", "C0000002", "0.2000", "gold", "50.00", "", ""],
        ["4", "C0000001", "0.1000", "gold", "50.00", "", ""],
    ]


def test_where_value_is_predicted_it_ranks_instead_of_revenue(home: Path, tmp_path: Path) -> None:
    """A sure churner has nothing left at stake, and is the whole loss: he comes first."""
    values: list[float | None] = [180.0, 80.0, 0.0, 1, 1, 1, 1, None, 1, 1, 0.0]
    losses: list[float | None] = [20.0, 20.5, 900.0, 1, 1, 1, 1, None, 1, 1, 400.0]
    rest: list[float | None] = [1.0] * (len(CUSTOMERS) - len(values))
    customers = [
        (*one[:2], one[2] | {"value_at_stake": value, "expected_loss": loss})
        for one, value, loss in zip(CUSTOMERS, values + rest, losses + rest, strict=True)
    ]
    write_scores(home, "2026-03-02", customers)
    out = tmp_path / "list.csv"
    receipt = write_list(home, 10, out, "en", NOW)
    assert receipt.order == "expected_loss"
    assert [(row[1], row[5], row[6]) for row in rows_of(out)[1:]] == [
        ("C0000003", "0.00", "900.00"),
        ("C0000000", "0.00", "400.00"),
        ("C0000002", "80.00", "20.50"),
        ("C0000001", "180.00", "20.00"),
    ]


def test_where_no_tier_is_known_its_field_is_empty(home: Path, tmp_path: Path) -> None:
    path = scores_path(home)
    pd.read_parquet(path).assign(value_tier=None).to_parquet(path, index=False)
    write_list(home, 1, tmp_path / "list.csv", "en", NOW)
    assert rows_of(tmp_path / "list.csv")[1][3] == ""


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_no_customer_whom_a_rule_protects_is_on_it(home: Path, tmp_path: Path, size: int) -> None:
    out = tmp_path / "list.csv"
    receipt = write_list(home, size, out, "en", NOW)
    listed = [row[1] for row in rows_of(out)[1:]]
    free = [customer_id for customer_id, _, changed in CUSTOMERS if set(changed) <= {"revenue"}]
    assert set(listed) <= set(free) - {"C0000008"} - PROTECTED_SINCE
    assert receipt.count == len(listed) == min(size, 4)


def test_the_receipt_says_what_was_written_and_who_was_excluded(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "list.csv"
    receipt = write_list(home, 10, out, "en", NOW)
    kept = json.loads(receipt_path(out).read_text("utf-8"))
    assert kept == vars(receipt)
    legend = kept.pop("legend")
    assert set(legend) == set(rows_of(out)[0]) - {"sign_2", "sign_3"}
    assert kept == {
        "file": "list.csv",
        "count": 4,
        "requested": 10,
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "as_of": "2026-03-02",
        "model_version": "4",
        "made_at": "2026-03-02T06:30:15",
        "order": "churn_risk x revenue",
        "excluded": {
            "no_consent": 2,
            "universal_holdout": 1,
            "open_complaint": 2,
            "not_eligible": 1,
            "objection": 1,
            "no_closed_bill": 1,
            "contact_cap": 1,
            "open_promise": 2,
            "broken_promise": 1,
            "held": 2,
            "control_group": 1,
            "arrears": 1,
            "cancel_requested": 1,
        },
        "remaining": 4,
        "expected_loss": None,
    }


def test_the_signs_are_the_strongest_that_go_with_leaving(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "list.csv"
    write_list(home, 1, out, "en", NOW)
    assert rows_of(out)[1][9:] == [
        "2 complaints are not resolved yet",
        "Mobile data use in the last 4 weeks was 38 % lower than in the 4 weeks before",
        "3 text messages were sent in the last 4 weeks",
    ]


def test_the_signs_are_written_in_chinese(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "名单.csv"
    receipt = write_list(home, 1, out, "zh", NOW)
    assert rows_of(out)[1][9:] == [
        "有2件投诉尚未解决",
        "近4周移动流量比此前4周减少38%",
        "近4周发送短信3条",
    ]
    assert receipt.file == "名单.csv"


@pytest.mark.parametrize(
    ("language", "channel"), [("en", "at a store"), ("zh", "营业厅")], ids=["en", "zh"]
)
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_when_and_how_they_were_last_contacted_stands_there(
    home: Path, tmp_path: Path, ending: str, language: str, channel: str
) -> None:
    with opened(home) as engine, engine.begin() as connection:
        for days, by in ((60, "store"), (70, "sms")):
            contact(connection, by, "C0000003", NOW - timedelta(days=days), channel=by)
    out = tmp_path / f"list{ending}"
    receipt = write_list(home, 2, out, language, NOW)
    if ending == ".csv":
        rows = [[row[1], *row[7:9]] for row in rows_of(out)]
    else:
        sheet = pd.read_excel(out, engine="calamine", dtype=str, keep_default_na=False)
        rows = [list(sheet.columns[[1, 7, 8]]), *sheet.iloc[:, [1, 7, 8]].to_numpy().tolist()]
    named = [column_name(name, "CNY", language) for name in ("customer_id", *LAST)]
    assert rows == [named, ["C0000003", "2026-01-01", channel], ["C0000000", "", ""]]
    assert all(receipt.legend[name] for name in LAST)


def test_who_has_fewer_signs_has_empty_fields(home: Path, tmp_path: Path) -> None:
    path = scores_path(home)
    pd.read_parquet(path).assign(reasons="[]").to_parquet(path, index=False)
    write_list(home, 2, tmp_path / "list.csv", "en", NOW)
    assert rows_of(tmp_path / "list.csv")[1][9:] == ["", "", ""]


def test_a_spreadsheet_can_read_its_chinese(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "list.csv"
    write_list(home, 1, out, "zh", NOW)
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_base_without_anybody_free_gives_an_empty_list(home: Path, tmp_path: Path) -> None:
    write_scores(home, "2026-03-03", [(*one[:2], {"consent": False}) for one in CUSTOMERS])
    receipt = write_list(home, 5, tmp_path / "list.csv", "en", NOW)
    assert (receipt.count, receipt.remaining, receipt.excluded["no_consent"]) == (
        0, 0, len(CUSTOMERS),
    )  # fmt: skip
    assert len(rows_of(tmp_path / "list.csv")) == 1


def test_a_list_is_of_the_night_that_the_service_answers_from(home: Path, tmp_path: Path) -> None:
    for as_of in ("2026-03-09", "2026-02-23"):
        write_scores(home, as_of, [("C0000099", 0.9, {})])
        out = tmp_path / f"{as_of}.csv"
        assert write_list(home, 5, out, "en", NOW).as_of == as_of


def test_a_night_whose_scores_are_gone_is_named(home: Path, tmp_path: Path) -> None:
    scores_path(home).unlink()
    with pytest.raises(LakeError, match=r"2026-03-02-1\.parquet is not there"):
        write_list(home, 5, tmp_path / "list.csv", "en", NOW)


def test_the_same_list_twice_is_the_same_file(home: Path, tmp_path: Path) -> None:
    for name in ("list.csv", "list.xlsx"):
        first = write_list(home, 3, tmp_path / name, "zh", NOW)
        assert write_list(home, 3, tmp_path / name, "zh", NOW, force=True) == first


def test_without_closed_bills_there_is_nothing_to_rank_by(home: Path, tmp_path: Path) -> None:
    write_scores(home, "2026-03-02", [("C0000001", 0.9, {"revenue": None})])
    with pytest.raises(LakeError, match="bills feed"):
        write_list(home, 5, tmp_path / "list.csv", "en", NOW)
    assert not list(tmp_path.glob("list*"))


def test_without_scores_there_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="liuke score --as-of"):
        write_list(tmp_path / "home", 5, tmp_path / "list.csv", "en", NOW)


@pytest.mark.parametrize(("size", "language"), [(0, "en"), (5, "fr")])
def test_a_wrong_order_is_refused(home: Path, tmp_path: Path, size: int, language: str) -> None:
    with pytest.raises(SettingsError, match="expected"):
        write_list(home, size, tmp_path / "list.csv", language, NOW)


def test_a_list_is_never_written_over_a_folder(home: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"):
        write_list(home, 5, tmp_path, "en", NOW)


def test_a_list_or_a_receipt_that_is_there_is_replaced_only_by_force(
    home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "list.csv"
    for there in (out, receipt_path(out)):
        there.write_text("of last week")
        with pytest.raises(OutputError, match=rf"{there.name} is there already.*--force"):
            write_list(home, 5, out, "en", NOW)
        assert [path.name for path in tmp_path.iterdir() if path != home] == [there.name]
        assert there.read_text() == "of last week"
        there.unlink()
    out.write_text("of last week")
    receipt = write_list(home, 5, out, "en", NOW, force=True)
    assert receipt.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    assert json.loads(receipt_path(out).read_text("utf-8")) == vars(receipt)


@pytest.mark.parametrize("name", ["list", "list.txt", "list.csv.gz", "list.xls", ".csv"])
def test_another_ending_is_refused(home: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"expected a file that ends in \.csv or \.xlsx"):
        write_list(home, 5, tmp_path / name, "en", NOW)
    assert list(tmp_path.iterdir()) == [home]


def test_a_name_that_is_too_long_for_what_is_written_beside_it_is_refused(
    home: Path, tmp_path: Path
) -> None:
    """Its bytes count, three a Chinese character."""
    for name in (f"{'a' * 197}.csv", f"{'长' * 66}.csv", f"{'a' * 300}.csv"):
        with pytest.raises(OutputError, match="expected at most 200"):
            write_list(home, 5, tmp_path / name, "en", NOW)
    assert list(tmp_path.iterdir()) == [home]
    assert write_list(home, 5, tmp_path / f"{'长' * 65}.csv", "en", NOW).count


def test_where_the_receipt_cannot_be_written_nothing_is(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "list.csv"
    out.write_text("the list of last week")
    receipt_path(out).mkdir()
    with pytest.raises(OutputError, match="in the place of a file"):
        write_list(home, 5, out, "en", NOW, force=True)
    assert out.read_text() == "the list of last week"


def test_how_the_expected_loss_is_computed_stands_in_receipt_and_legend(
    home: Path, tmp_path: Path
) -> None:
    write_terms(home, 0.08)
    for language in ("en", "zh"):
        receipt = write_list(home, 5, tmp_path / f"{language}.csv", language, NOW)
        formula = "value_at_stake_cny x q / (1 - q), q = 1 - (1 - churn_risk)^(30.4375 / 30)"
        assert receipt.expected_loss == formula
        own = {"en": formula, "zh": "挽留价值（CNY） × q / (1 - q)，q = 1 - (1 - 离网风险)^"}[
            language
        ]
        assert receipt.legend["expected_loss_cny"].startswith(own)
        assert "(1 + 0.08)" in receipt.legend["value_at_stake_cny"].replace("(1+0", "(1 + 0")


def test_signs_that_an_earlier_version_stored_are_shown_by_todays_rules(
    home: Path, tmp_path: Path
) -> None:
    """A missing value, a name of the operator's systems, and two signs of one fact."""
    stored = [
        {"feature": "days_overdue", "value": 39.0, "effect": 0.9},
        {"feature": "overdue_cny", "value": 220.0, "effect": 0.8},
        {"feature": "brand", "value": "Zone", "effect": 0.7},
        {"feature": "survey_score_52w_mean", "value": None, "effect": 0.6},
        {"feature": "dropped_calls_4w", "value": 22.0, "effect": 0.5},
    ]
    path = scores_path(home)
    pd.read_parquet(path).assign(reasons=json.dumps(stored)).to_parquet(path, index=False)
    write_list(home, 1, tmp_path / "list.csv", "en", NOW)
    assert rows_of(tmp_path / "list.csv")[1][9:] == [
        "The oldest overdue bill was due 39 days ago",
        "22 calls were dropped in the last 4 weeks",
        "",
    ]


def test_the_rules_are_those_of_the_receipt() -> None:
    """A new rule also needs a customer above."""
    assert list(RULES) == [
        "no_consent", "universal_holdout", "open_complaint", "not_eligible", "objection",
        "no_closed_bill", "contact_cap", "open_promise", "broken_promise", "held", "control_group",
        "arrears", "cancel_requested",
    ]  # fmt: skip


def test_the_order_does_not_depend_on_the_rows_order(home: Path) -> None:
    scores = pd.read_parquet(scores_path(home))
    shuffled = scores.sample(frac=1, random_state=1)
    assert ranked(scores)["customer_id"].tolist() == ranked(shuffled)["customer_id"].tolist()


def test_a_chinese_list_has_chinese_headers_and_tiers_and_its_receipt_english_keys(
    home: Path, tmp_path: Path
) -> None:
    english = write_list(home, 5, tmp_path / "en.csv", "en", NOW)
    chinese = write_list(home, 5, tmp_path / "zh.csv", "zh", NOW)
    head, *rows = rows_of(tmp_path / "zh.csv")
    same = rows_of(tmp_path / "en.csv")[1:]
    assert head[:5] == ["名次", "客户编号", "离网风险", "价值等级", "月收入（CNY）"]
    assert [row[:3] for row in rows] == [row[:3] for row in same]
    names = {"standard": "普通", "silver": "银", "gold": "金", "diamond": "钻石", "": ""}
    assert [row[3] for row in rows] == [names[row[3]] for row in same]
    assert chinese.excluded == english.excluded
    assert list(chinese.legend) == list(english.legend)


def test_every_rule_has_words() -> None:
    assert all(rule in words("zh", "list") for rule in RULES)
