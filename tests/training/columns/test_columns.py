"""What a column holds is found out once, and a few wrong values do not make it another kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.errors import TableRefused
from tests.tables import customers
from training.columns.identifiers import numbers_rows
from training.columns.inference import infer, infer_columns

ROWS = 60


def kind(*values: object, times: int = 1) -> tuple[str, str]:
    column = infer("x", pd.Series(list(values) * times, dtype=object))
    return column.kind, column.note


def test_the_columns_of_a_table_are_what_they_look_like() -> None:
    columns = {one.name: one for one in infer_columns(customers(), dropped=["实名"])}
    assert {name: one.kind for name, one in columns.items()} == {
        "客户编号": "identifier", "在网时长": "number", "套餐": "category", "月费": "number",
        "开户日期": "date", "实名": "excluded", "备注": "empty", "币种": "constant",
        "离网": "yes/no",
    }  # fmt: skip
    assert columns["月费"].style == "comma"
    assert columns["月费"].note.endswith("missing")
    assert columns["币种"].dropped == "is 'CNY' in every row"
    assert (columns["离网"].no, columns["离网"].yes) == ("否", "是")


def test_a_key_that_is_kept_by_request_is_read() -> None:
    columns = {one.name: one for one in infer_columns(customers(), kept=["客户编号"])}
    assert columns["客户编号"].is_read


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("1", "2.5", ""), "number"),
        (("1,234", "2,345.5"), "number"),
        (("1 234,5", "7"), "number"),
        (("2025-01-31", "2024-12-01"), "date"),
        (("31/01/2025", "01/12/2024"), "date"),
        (("12/31/2025", "01/12/2024"), "date"),
        (("2025-01-31T10:00:00Z", "2025-01-31T12:30:00+02:00"), "date"),
        (("Yes", "No"), "yes/no"),
        (("TRUE", "True", "false"), "yes/no"),
        (("2024-05-01", "9999-12-31"), "date"),
        (("0001-01-01", "2024-05-01"), "date"),
        (("a", "b"), "category"),
        (("1.1.1.1", "2.2.2.2"), "category"),
        ((True, False), "yes/no"),
    ],
)
def test_the_kind_of_a_column(values: tuple[object, ...], expected: str) -> None:
    assert kind(*values, times=ROWS)[0] == expected


def test_parquets_types_decide() -> None:
    assert infer("x", pd.Series([0.5, np.nan] * ROWS)).kind == "number"
    assert infer("x", pd.Series([True, False] * ROWS)).kind == "yes/no"
    days = infer("x", pd.Series(pd.to_datetime(["2025-01-02", "2025-02-01"] * ROWS)))
    assert (days.kind, days.origin) == ("date", "2025-01-02")


def test_a_text_among_numbers_counts_as_missing_and_is_noted() -> None:
    values = [str(number) for number in range(1, 20)] * 5 + ["on hold"] * 30 + ["N/A"] * 2
    column = infer("x", pd.Series(values))
    assert (column.kind, column.missing) == ("number", ("on hold",))
    assert column.note == "'on hold' (30) counts as missing; 'N/A' (2) counts as missing; 2 missing"


def test_a_few_mistakes_among_numbers_or_dates_are_named() -> None:
    mistakes = [f"mistake {number}" for number in range(6)]
    with pytest.raises(TableRefused, match="column x: 200 values are numbers, 6 are not"):
        infer("x", pd.Series([str(number) for number in range(200)] + mistakes))
    days = pd.date_range("2025-01-01", periods=200).strftime("%Y-%m-%d").tolist()
    with pytest.raises(TableRefused, match="column x: 200 values are dates, 6 are not"):
        infer("x", pd.Series(days + mistakes))


def test_whole_numbers_of_their_own_number_the_rows_and_amounts_do_not() -> None:
    random = np.random.default_rng(1)
    assert numbers_rows(np.arange(500, dtype=np.float64) + 10_000, 500)
    assert numbers_rows(
        np.asarray(random.choice(8 * 10**6, 500, replace=False) + 10**7, float), 500
    )
    amounts = np.unique(random.integers(0, 10**6, 500)).astype(float)
    assert not numbers_rows(amounts, len(amounts))
    assert not numbers_rows(np.append(np.arange(500.0), 3.0), 500)


def test_a_key_may_be_blank_in_a_few_rows_not_in_many() -> None:
    keys = [str(number) for number in range(1000, 1100)]
    assert infer("x", pd.Series([*keys, "", "null"])).kind == "identifier"
    assert infer("x", pd.Series([*keys, *[""] * 10])).kind == "number"


@pytest.mark.parametrize("read", [str, int])
def test_numbers_of_sim_cards_are_a_key_though_floats_cannot_separate_them(read: Any) -> None:
    cards = [read(8986011234567890000 + number) for number in range(100)]
    assert infer("x", pd.Series(cards)).kind == "identifier"


def test_ten_thousand_levels_of_which_some_repeat_are_a_category() -> None:
    random = np.random.default_rng(1)
    values = pd.Series(random.integers(0, 10_000, 20_000)).map("街道{}".format)
    assert infer("x", values).kind == "category"
