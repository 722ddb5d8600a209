"""The request for a model of a table, and one clear error where it cannot be met."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.errors import LiukeError, NotEnoughData, SettingsError, TableRefused
from tests.tables import TARGET, YES, customers
from training.tables.sample import TableRequest, labelled_sample
from training.tables.table_settings import TableSettings

SETTINGS = TableSettings(folds=3, inner_folds=3, bootstrap=10, seed=7)
REQUEST = TableRequest("customers", TARGET, YES)
ROWS = customers(200)


def test_rows_without_a_label_are_excluded_and_counted() -> None:
    rows = ROWS.copy()
    rows.loc[[3, 5], TARGET] = ["", " "]
    sample = labelled_sample(rows, REQUEST, SETTINGS)
    assert (sample.without_label, len(sample.churned)) == (2, 198)
    assert not {3, 5} & set(sample.places.tolist())
    np.testing.assert_array_equal(sample.churned, rows[TARGET].iloc[sample.places] == YES)


def test_a_number_requested_as_text_is_found() -> None:
    rows = ROWS.assign(**{TARGET: (ROWS[TARGET] == YES).astype(float)})
    sample = labelled_sample(rows, replace(REQUEST, positive="1"), SETTINGS)
    np.testing.assert_array_equal(sample.churned, rows[TARGET])


@pytest.mark.parametrize(("one", "none"), [("1.0", "0.0"), ("1", "0"), ("1.0", "0")])
@pytest.mark.parametrize("positive", ["1", "1.0", "1.00"])
def test_a_number_is_found_however_it_is_written(one: str, none: str, positive: str) -> None:
    label = np.where(ROWS[TARGET] == YES, one, none).astype(object)
    label[:2] = ["NA", "nan"]
    sample = labelled_sample(
        ROWS.assign(**{TARGET: label}), replace(REQUEST, positive=positive), SETTINGS
    )
    np.testing.assert_array_equal(sample.churned, (ROWS[TARGET] == YES)[2:])
    assert (sample.without_label, [value for value, _ in sample.others]) == (2, ["0"])


def test_words_are_found_in_small_letters_and_one_in_two_writings_is_refused() -> None:
    label = np.where(ROWS[TARGET] == YES, "Yes", "No").astype(object)
    request = replace(REQUEST, positive="yes")
    sample = labelled_sample(ROWS.assign(**{TARGET: label}), request, SETTINGS)
    np.testing.assert_array_equal(sample.churned, ROWS[TARGET] == YES)
    label[np.flatnonzero(label == "Yes")[:3]] = "YES"
    with pytest.raises(TableRefused, match="is written 'YES' and 'Yes'; write it in one way"):
        labelled_sample(ROWS.assign(**{TARGET: label}), request, SETTINGS)


def test_what_counts_as_not_positive_is_counted() -> None:
    label = np.where(ROWS[TARGET] == YES, YES, np.where(np.arange(200) < 150, "否", "NA"))
    assert "NA" in label
    sample = labelled_sample(ROWS.assign(**{TARGET: label}), REQUEST, SETTINGS)
    assert sample.others == (("否", int((label == "否").sum())),)
    assert sample.missing_marks == {"NA": sample.without_label}


def test_a_fold_that_holds_a_whole_class_is_refused_by_its_name() -> None:
    rows = ROWS.assign(month=np.where(ROWS[TARGET] == YES, "2025-01", "2025-02"))
    with pytest.raises(NotEnoughData, match="whose month is '2025-01' one class is left"):
        labelled_sample(rows, replace(REQUEST, fold_column="month"), SETTINGS)


def test_folds_come_from_the_column_that_holds_them() -> None:
    rows = ROWS.assign(month=np.where(np.arange(200) % 3 == 0, "2025-01", "2025-02"))
    sample = labelled_sample(rows, replace(REQUEST, fold_column="month"), SETTINGS)
    assert list(sample.fold_names) == ["2025-01", "2025-02"]
    assert sample.fold.tolist() == (np.arange(200) % 3 != 0).astype(int).tolist()
    assert "month" not in [column.name for column in sample.columns]


def only(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({**columns, TARGET: ROWS[TARGET]})


@pytest.mark.parametrize(
    ("rows", "given", "error", "message"),
    [
        (ROWS, replace(REQUEST, target="流失"), TableRefused, "no column 流失; there are: 客户"),
        (ROWS, replace(REQUEST, positive="maybe"), TableRefused, "its values are: '否'"),
        (ROWS, replace(REQUEST, dropped=("x",)), TableRefused, "no column x"),
        (ROWS, replace(REQUEST, dropped=(TARGET,)), SettingsError, "is the target"),
        (ROWS, replace(REQUEST, fold_count=1), SettingsError, "--folds is 1"),
        (ROWS, replace(REQUEST, prior=1.5), SettingsError, "--prior is 1.5"),
        (ROWS, replace(REQUEST, fold_column="客户编号"), TableRefused, "has 200 values; expected"),
        (ROWS, replace(REQUEST, fold_column="月费"), TableRefused, "empty in some rows"),
        (
            ROWS, replace(REQUEST, fold_column="套餐", fold_count=3),
            SettingsError, "exclude each other",
        ),
        (ROWS.head(3), REQUEST, LiukeError, "expected at least 20|no two classes to separate"),
        (ROWS[ROWS[TARGET] == YES], REQUEST, NotEnoughData, "no two classes to separate"),
        (ROWS.assign(**{TARGET: "否"}), REQUEST, TableRefused, "no row has"),
        (ROWS.assign(**{TARGET: ""}), REQUEST, NotEnoughData, "no row has a value"),
        (only(空=""), REQUEST, TableRefused, "no column is left .*空 holds no value"),
        (only(a="same", b=""), REQUEST, TableRefused, "a is 'same' in every row; b holds no value"),
        (only(a=["x", "y"] * 100), REQUEST, NotEnoughData, "different positive rows for 3 folds"),
    ],
)  # fmt: skip
def test_what_cannot_be_learned_from_is_refused_in_one_sentence(
    rows: pd.DataFrame, given: TableRequest, error: type[LiukeError], message: str
) -> None:
    with pytest.raises(error, match=message) as refusal:
        labelled_sample(rows, given, SETTINGS)
    assert "\n" not in refusal.value.message
