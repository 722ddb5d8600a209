"""Rows are read in scoring as they were in training, or refused by row and column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.errors import TableRefused
from tests.tables import TARGET, customers
from training.columns.inference import infer, infer_columns
from training.columns.values import check_columns, prepare

ROWS = customers(80).drop(columns=TARGET)
COLUMNS = infer_columns(ROWS)


def as_json(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as a program sends them: numbers as numbers, missing as null."""

    def number(text: str) -> Any:
        return float(text.replace(",", ".")) if text.strip() else None

    typed = rows.astype(object)
    for name in ("在网时长", "月费"):
        typed[name] = pd.Series([number(text) for text in rows[name]], dtype=object)
    return typed


def test_numbers_and_days_are_numbers_and_categories_are_texts() -> None:
    read = prepare(ROWS, COLUMNS)
    assert list(read.columns) == ["在网时长", "套餐", "月费", "开户日期", "实名"]
    assert [str(read[name].dtype) for name in ("在网时长", "月费", "开户日期")] == ["float64"] * 3
    assert read["开户日期"].min() == 0
    assert read["月费"].isna().sum() == (ROWS["月费"] == " ").sum()


def test_text_and_typed_rows_are_the_same_rows() -> None:
    pd.testing.assert_frame_equal(prepare(as_json(ROWS), COLUMNS), prepare(ROWS, COLUMNS))


def test_a_row_alone_is_read_as_among_others() -> None:
    whole = prepare(ROWS, COLUMNS)
    for place in (0, 41, 79):
        alone = prepare(ROWS.iloc[[place]], COLUMNS)
        np.testing.assert_array_equal(
            alone.to_numpy(dtype=object)[0][2:4].astype(float),
            whole.iloc[place].to_numpy(dtype=object)[2:4].astype(float),
        )


def test_yes_and_no_are_read_in_capitals_and_as_truth_values() -> None:
    (column,) = infer_columns(pd.DataFrame({"x": ["True", "False", ""] * 20}))
    rows = pd.DataFrame({"x": pd.Series(["TRUE", True, "true", False, "", None], dtype=object)})
    assert prepare(rows, [column])["x"].tolist() == ["true", "true", "true", "false", "", ""]
    (column,) = infer_columns(pd.DataFrame({"x": ["是", "否"] * 20}))
    rows = pd.DataFrame({"x": pd.Series(["是", True, np.False_, 0, "Y", "不详"], dtype=object)})
    assert prepare(rows, [column])["x"].tolist() == ["是", "是", "否", "否", "是", ""]


def test_moments_of_parquet_are_read_from_text_too() -> None:
    moments = pd.to_datetime(pd.Series(["2025-01-02 06:00", "2025-01-03 00:00", None] * 20))
    (column,) = infer_columns(pd.DataFrame({"x": moments}))
    for text in ("2025-01-02T18:00:00", "2025-01-02 18:00:00", "2025-01-02T18:00:00Z"):
        assert prepare(pd.DataFrame({"x": [text]}), [column])["x"].tolist() == [0.75]
    with pytest.raises(TableRefused, match="a date like 2025-01-31T18:30:00"):
        prepare(pd.DataFrame({"x": ["02.01.2025"]}), [column])


@pytest.mark.parametrize("value", [["Köln"], {"city": "Köln"}, b"K\xf6ln", np.array([1])])
def test_a_list_or_record_is_not_a_level(value: Any) -> None:
    city = infer("city", pd.Series(["Köln", "Bonn"] * 20))
    with pytest.raises(TableRefused, match="lists, records and bytes are not"):
        prepare(pd.DataFrame({"city": pd.Series([value], dtype=object)}), [city])


def test_an_unknown_level_is_not_a_mistake() -> None:
    assert prepare(ROWS.assign(套餐="新套餐"), COLUMNS)["套餐"].eq("新套餐").all()


def test_a_value_of_another_kind_is_named_by_row_and_column() -> None:
    wrong = ROWS.copy()
    wrong.loc[3, "月费"], wrong.loc[7, "开户日期"] = "twelve", "31.01.2025"
    with pytest.raises(
        TableRefused, match=r"row 3 .*, column 月费: 'twelve' is not a number"
    ) as no:
        prepare(wrong, COLUMNS)
    assert [(one["row"], one["column"]) for one in no.value.details["problems"]] == [
        (3, "月费"),
        (7, "开户日期"),
    ]


def test_columns_that_differ_are_named_in_the_error() -> None:
    names = [name for name in ROWS.columns if name != "套餐"]
    check_columns(ROWS.columns, COLUMNS, others_allowed=False)
    check_columns(
        [name for name in ROWS.columns if name != "客户编号"], COLUMNS, others_allowed=False
    )
    with pytest.raises(TableRefused, match="missing: 套餐; not in the model: plan") as refusal:
        check_columns([*names, "plan"], COLUMNS, others_allowed=False)
    assert refusal.value.details == {"missing": ["套餐"], "unknown": ["plan"]}
    with pytest.raises(TableRefused, match="missing: 套餐"):
        prepare(ROWS[names], COLUMNS)


def test_many_columns_too_many_make_a_short_refusal() -> None:
    unknown = [f"x{place:03}{'y' * 100}" for place in range(500)]
    with pytest.raises(TableRefused) as refusal:
        check_columns([*ROWS, *unknown], COLUMNS, others_allowed=False)
    assert "and 490 more" in refusal.value.message
    assert len(refusal.value.message) < 1000
    assert len(refusal.value.details["unknown"]) == 11
