"""The simulated file of phone numbers: one a customer, none of them real."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.simulate import Simulated
from features.simulate.world.phones import phone_numbers, write_phones


def test_numbers_differ_and_begin_with_what_no_operator_has() -> None:
    numbers = phone_numbers(50_000, 1)
    assert len(set(numbers)) == 50_000
    assert {(len(number), number[:3]) for number in numbers} == {(11, "154")}


def test_the_seed_alone_decides() -> None:
    assert phone_numbers(20, 1) == phone_numbers(20, 1)[:20] == phone_numbers(40, 1)[:20]
    assert not set(phone_numbers(20, 1)) & set(phone_numbers(20, 2))


def test_each_customer_has_one_row(tmp_path: Path) -> None:
    (tmp_path / "customers").mkdir()
    for part, ids in (("0000", ["C2", "C1", "C1"]), ("0001", ["C3", "C2"])):
        table = pa.table({"customer_id": ids})
        pq.write_table(table, tmp_path / "customers" / f"{part}.parquet")
    with write_phones(tmp_path, 1).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["customer_id"] for row in rows] == ["C1", "C2", "C3"]
    assert [row["phone"] for row in rows] == phone_numbers(3, 1)


def test_the_simulation_writes_it_beside_the_feeds(simulated: Simulated) -> None:
    with (simulated.out / "phones.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == simulated.customers
