"""Plans as others publish them: read where each cell is what it says, shifted rows by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from features.errors import FileRefused
from serving.decision.bill_fit.plan_files import UNLIMITED_KB, PlanFile, Terms, read_plans

TERMS = Terms("prepaid", "Other", 500, 15)
GROUPS = [
    [
        {"Plan Name": "DAILY", "Data Allowance": "50MB", "Subscription Fee": "100",
         "Validity Days": "1", "USSD CODE": "*410#"},
        {"Plan Name": "200MB", "Data Allowance": "200", "Subscription Fee": "3",
         "Validity Days": "*412#", "USSD CODE": "Affordable"},
        {"Plan Name": "FREE", "Data Allowance": "160MB", "Subscription Fee": "\xa0",
         "Validity Days": "30"},
    ],
    [
        {"dataBundleSize": "500MB + 250MB (*bonus data)", "dataBundleCost": "N1,500",
         "dataBundleDuration": "7 Days"},
        {"dataBundleSize": "1.5GB", "dataBundleCost": "N1,200", "dataBundleDuration": "720 Hrs"},
        {"dataBundleSize": "1.5GB", "dataBundleCost": "N1,200", "dataBundleDuration": "30 Days"},
        {"plans": "Large (5GB)", "price(N)": "2,000.50", "validity": "1 month"},
        {"plans": "5GB", "price(N)": "2,000", "validity": "8 AM to 9 PM"},
        {"plans": "1GB night only (12am - 5am)", "price(N)": "200", "validity": "1 day"},
        {"plan": "500MB", "monthly cost(N)": "500"},
    ],
]  # fmt: skip


def read(folder: Path, groups: object) -> PlanFile:
    path = folder / "plans.json"
    path.write_text(json.dumps({"data": groups}))
    return read_plans(path, TERMS)


def test_plans_are_a_month_of_their_price_and_allowance(tmp_path: Path) -> None:
    found = {plan.plan: plan for plan in read(tmp_path, GROUPS).plans}
    amounts = {name: (plan.fee_fen, plan.allowance_kb) for name, plan in found.items()}
    assert amounts == {
        "Other DAILY 1d 100": (300_000, 1_500_000),
        "Other 500MB + 250MB (*bonus data) 7d 1500": (642_857, 3_214_285),  # 30 / 7 of each
        "Other 1.5GB 30d 1200": (120_000, 1_500_000),
        "Other Large (5GB) 30d 2000.50": (200_050, 5_000_000),
        "Other 500MB 30d 500": (50_000, 500_000),
    }
    daily = found["Other DAILY 1d 100"]
    assert (daily.payment_mode, daily.brand, daily.overage_fen_gb) == ("prepaid", "Other", 500)


def test_shifted_and_incomplete_rows_are_refused_by_name(tmp_path: Path) -> None:
    first, second, third, fourth, fifth = read(tmp_path, GROUPS).refused
    assert first == "row 2 (200MB): the validity is '*412#'; expected hours, days or months. " \
        "Is the row shifted?"  # fmt: skip
    assert second == "row 3 (FREE): the price is ''; expected an amount. Is the row shifted?"
    assert third == "row 6 (1.5GB): an earlier row is the same plan at the same price"
    assert fourth.startswith("row 8 (5GB): the validity is '8 AM to 9 PM'")
    assert "some hours only" in fifth


def test_fixed_lines_are_a_csv_without_an_allowance(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text(
        "provider,package,price,speed_down,speed_up,technology,addresses\n"
        "A,Fiber 300,55.0,300.0,300.0,Fiber,1\nA,Fiber 300,30.0,300.0,300.0,Fiber,28\n"
        "A,Fiber 100,300.0,100.0,Fiber,12\n"
    )
    found = read_plans(path, TERMS)
    assert [(plan.fee_fen, plan.allowance_kb) for plan in found.plans] == [
        (5_500, UNLIMITED_KB), (3_000, UNLIMITED_KB),
    ]  # fmt: skip
    assert found.refused == (
        "row 3 (Fiber 100): a speed is 'Fiber'; expected a number. Is the row shifted?",
    )


@pytest.mark.parametrize("text", ["no json", "[]", '{"data": 5}', '{"data": []}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plans.json"
    path.write_text(text)
    with pytest.raises(FileRefused):
        read_plans(path, TERMS)


@pytest.mark.parametrize(
    ("name", "read", "refused"),
    [
        ("9mobile.json", 17, 8),
        ("airtel.json", 6, 20),
        ("glo.json", 20, 6),
        ("mtn.json", 12, 0),
    ],
)
def test_what_four_operators_publish(shared_data: Path, name: str, read: int, refused: int) -> None:
    found = read_plans(shared_data / "nigeria_data_plans" / name, TERMS)
    assert (len(found.plans), len(found.refused)) == (read, refused)


def test_what_fixed_line_operators_publish(shared_data: Path) -> None:
    found = read_plans(shared_data / "isp_offers" / "plans_distinct.csv", TERMS)
    assert len(found.plans) + len(found.refused) == 66
    assert not found.refused
