"""Last night's rows as the service reads them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features import catalogue
from features.errors import LakeError, UnknownCustomers
from features.home import Home
from serving.access.principal import Scope
from serving.scores import last_scores
from serving.scores.latest import (
    PLACES,
    SCHEMA,
    Latest,
    Night,
    category_maps,
    customers_among,
    write_latest,
)
from training.encoding import encode

FEATURES = tuple(
    feature
    for feature in catalogue.features("CNY")
    if feature.name in ("data_mb_4w", "tenure_days", "city")
)
NIGHT = Night("2026-03-02", tuple(feature.name for feature in FEATURES), "abc", "scores.parquet")


def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["C1", "C2", "客户3"],
            "data_mb_4w": [1.5, None, 0.1 + 0.2],
            "tenure_days": pd.array([400, 2, None], dtype="Int64"),
            "city": ["广州", None, "Foshan"],
        }
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_latest(tmp_path, rows(), FEATURES, NIGHT)
    return tmp_path


def test_what_was_written_is_read_to_the_last_bit_in_the_requested_order(home: Path) -> None:
    latest = Latest(home)
    found = latest.rows(["客户3", "C1", "C2"])
    nan = np.nan
    expected = [[np.float32(0.1 + 0.2), nan, nan], [1.5, 400, nan], [nan, 2, nan]]
    assert found.numbers.dtype == np.float32
    np.testing.assert_array_equal(found.numbers, expected)
    assert found.categories == [{"city": "Foshan"}, {"city": "广州"}, {}]
    assert latest.night == NIGHT
    latest.close()


def test_the_sums_of_the_bills_are_exact_and_zero_where_none_is_known(tmp_path: Path) -> None:
    odd = 2**53 + 1  # no float holds it
    bills = {"bills": [3, None, 1], "revenue_fen": [odd, None, 5], "margin_fen": [-7, None, 5]}
    some = rows().assign(**{name: pd.array(own, "Int64") for name, own in bills.items()})
    write_latest(tmp_path, some, FEATURES, NIGHT)
    latest = Latest(tmp_path)
    found = latest.rows(["客户3", "C1", "C2"])
    latest.close()
    assert found.sums.tolist() == [[1, 5, 5], [3, odd, -7], [0, 0, 0]]


def test_without_bills_there_are_no_sums(home: Path) -> None:
    latest = Latest(home)
    assert latest.rows(["C1"]).sums.tolist() == [[0, 0, 0]]
    latest.close()


def test_categories_become_numbers_by_the_maps_of_the_scoring_model(home: Path) -> None:
    latest = Latest(home)
    found = latest.rows(["C1", "C2", "客户3"])
    latest.close()
    matrix = found.encoded(category_maps(NIGHT.features, {"city": {"广州": 7}}))
    np.testing.assert_array_equal(matrix[:, 2], [7, np.nan, np.nan])
    assert np.isnan(found.numbers[:, 2]).all(), "the rows themselves stay as they were"


def test_an_empty_text_is_a_category_and_a_missing_one_is_none(tmp_path: Path) -> None:
    cities: Any = ["", None, "Foshan"]
    some = rows().assign(city=cities)
    write_latest(tmp_path, some, FEATURES, NIGHT)
    latest = Latest(tmp_path)
    found = latest.rows(some["customer_id"].tolist())
    latest.close()
    maps: Any = {"city": {"": 0, "Foshan": 1}}
    trained = encode(some, NIGHT.features, maps)
    np.testing.assert_array_equal(found.encoded(category_maps(NIGHT.features, maps)), trained)


def test_every_absent_customer_is_named(home: Path) -> None:
    latest = Latest(home)
    with pytest.raises(UnknownCustomers, match="2 of 3 customers") as refusal:
        latest.rows(["C9", "C1", "C8"])
    latest.close()
    assert refusal.value.details == {"customer_ids": ["C9", "C8"]}


def test_more_ids_than_one_query_takes(tmp_path: Path) -> None:
    ids = [f"C{number:04d}" for number in range(1201)]
    many = pd.DataFrame({"customer_id": ids, "data_mb_4w": range(1201)}).assign(
        tenure_days=0, city="x"
    )
    write_latest(tmp_path, many, FEATURES, NIGHT)
    latest = Latest(tmp_path)
    assert latest.rows(ids[::-1]).numbers[:, 0].tolist() == list(range(1200, -1, -1))
    latest.close()


def test_ids_of_customers_are_found_among_others(home: Path) -> None:
    made_up = [f"X{number}" for number in range(1200)]
    assert customers_among(home, ["C1", "客户3", "C1 ", "'", *made_up, "C2"]) == {
        "C1",
        "C2",
        "客户3",
    }
    assert customers_among(home, []) == set()
    Home(home).latest.write_bytes(b"no database, however long it may be" * 100)
    with pytest.raises(LakeError):
        customers_among(home, ["C1"])
    Home(home).latest.unlink()
    with pytest.raises(LakeError):
        customers_among(home, ["C1"])
    assert not Home(home).latest.exists()


def test_who_has_the_old_file_open_goes_on_reading_it(home: Path) -> None:
    old = Latest(home)
    write_latest(home, rows().assign(data_mb_4w=9.0), FEATURES, replace(NIGHT, as_of="2026-03-03"))
    new = Latest(home)
    assert (old.rows(["C1"]).numbers[0, 0], old.night.as_of) == (1.5, "2026-03-02")
    assert new.night.as_of == "2026-03-03"
    old.close()
    new.close()


def test_rows_that_cannot_be_written_leave_the_old_ones(home: Path) -> None:
    before = Home(home).latest.read_bytes()
    twice = pd.concat([rows(), rows()])
    with pytest.raises(sqlite3.IntegrityError):
        write_latest(home, twice, FEATURES, NIGHT)
    assert Home(home).latest.read_bytes() == before
    assert [path.name for path in home.iterdir()] == ["latest.sqlite"]


def test_without_a_night_there_are_no_rows(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="liuke score --as-of"):
        Latest(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no database" * 100])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    Home(tmp_path).latest.write_bytes(content)
    with pytest.raises(LakeError, match=r"latest\.sqlite cannot be read"):
        Latest(tmp_path)


@pytest.mark.parametrize(("mark", "found"), [("", "no schema"), (', "schema": 99', "schema 99")])
def test_rows_of_another_schema_are_refused(home: Path, mark: str, found: str) -> None:
    known = f', "schema": {SCHEMA}'
    connection = sqlite3.connect(Home(home).latest)
    connection.execute("update night set content = replace(content, ?, ?)", (known, mark))
    connection.commit()
    connection.close()
    expected = rf"{found}; this version reads schema {SCHEMA}\. Write it again with `liuke score"
    for read in (Latest, last_scores):
        with pytest.raises(LakeError, match=expected):
            read(home)


HERE: dict[str, Any] = {
    "city": ["Suzhou", "Wuxi", "Suzhou"],
    "store_id": ["S1", "S1", None],
    "manager_id": [None, "M1", "M1"],
}


@pytest.fixture
def placed(tmp_path: Path) -> Iterator[Latest]:
    write_latest(tmp_path, rows().assign(**HERE), FEATURES, NIGHT)
    latest = Latest(tmp_path)
    yield latest
    latest.close()


@pytest.mark.parametrize(
    ("scope", "within"),
    [
        (Scope(), ["C1", "C2", "客户3"]),
        (Scope(city="Suzhou"), ["C1", "客户3"]),
        (Scope(city="Suzhou", store_id="S1"), ["C1"]),
        (Scope(manager_id="M1"), ["C2", "客户3"]),
        (Scope(city="' or 1=1 --"), []),
    ],
)
def test_a_customer_out_of_scope_is_refused_as_one_who_does_not_exist(
    placed: Latest, scope: Scope, within: list[str]
) -> None:
    for customer_id in ("C1", "C2", "客户3", "C9"):
        if customer_id in within:
            assert len(placed.rows([customer_id], scope=scope).numbers) == 1
            continue
        with pytest.raises(UnknownCustomers, match="1 of 1 customers: they are not") as refusal:
            placed.rows([customer_id], scope=scope)
        assert refusal.value.details == {"customer_ids": [customer_id]}


def test_one_customer_out_of_scope_refuses_all(placed: Latest) -> None:
    with pytest.raises(UnknownCustomers) as refusal:
        placed.rows(["C1", "C2", "C9"], scope=Scope(city="Suzhou"))
    assert refusal.value.details == {"customer_ids": ["C2", "C9"]}


def test_a_file_of_the_version_before_serves_callers_without_a_scope_alone(home: Path) -> None:
    with sqlite3.connect(Home(home).latest) as connection:
        for name in PLACES:
            connection.execute(f"alter table rows drop column {name}")
    connection.close()
    latest = Latest(home)
    assert len(latest.rows(["C1", "C2"]).numbers) == 2
    with pytest.raises(LakeError, match=r"earlier version.*--as-of 2026-03-02` again"):
        latest.rows(["C1"], scope=Scope(city="Suzhou"))
    latest.close()
