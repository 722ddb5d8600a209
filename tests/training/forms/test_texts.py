"""The same value says the same, from CSV, Parquet or JSON."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.columns.inference import infer
from training.forms.days import dates
from training.forms.numerals import STYLES, numbers
from training.forms.texts import text_of, texts


def objects(*values: Any) -> pd.Series:
    return pd.Series(list(values), dtype=object)


def test_equal_values_of_different_types_have_one_text() -> None:
    assert set(texts(objects("7", 7, 7.0, np.int64(7), " 7 "))) == {"7"}
    assert set(texts(objects(True, np.True_, "true"))) == {"true"}
    assert set(texts(objects(None, np.nan, pd.NA, pd.NaT, "", "  "))) == {""}


@pytest.mark.parametrize(
    ("style", "text", "number"),
    [
        ("point", "-1.5e3", -1500.0),
        ("point", ".5", 0.5),
        ("grouped", "1,234,567.8", 1234567.8),
        ("grouped", "1'234", 1234.0),
        ("comma", "1 234,5", 1234.5),
        ("comma", "1\u202f234,5", 1234.5),
        ("comma", "1.234,5", 1234.5),
        ("comma", "12", 12.0),
    ],
)
def test_numbers_are_read_as_they_are_written(style: str, text: str, number: float) -> None:
    found, bad = numbers(objects(text, number, None, " ", "NaN"), style)
    np.testing.assert_array_equal(found, [number, number, np.nan, np.nan, np.nan])
    assert not bad.any()


@pytest.mark.parametrize("text", ["1,5", "twelve", "1 2", "0x1", "", "inf", "1e99"])
@pytest.mark.parametrize("style", STYLES)
def test_what_is_not_a_number_stays_text(style: str, text: str) -> None:
    found, bad = numbers(objects(text), style)
    known = (style == "comma" and text == "1,5") or text == ""
    assert bad[0] != known
    assert known or np.isnan(found[0])


def test_neither_true_nor_infinity_is_a_number() -> None:
    wrong = objects(True, np.inf, 1e300, 10**400, -(10**400))
    assert numbers(wrong, "point")[1].all()
    assert numbers(pd.Series([1.0, np.inf]), "point")[1].tolist() == [False, True]


def test_a_text_that_stands_for_a_missing_value_is_missing() -> None:
    found, bad = numbers(objects("unknown", "3"), "point", ("unknown",))
    assert np.isnan(found[0])
    assert not bad.any()


def test_dates_are_days_since_the_origin() -> None:
    origin = pd.Timestamp("2025-01-01")
    values = objects("2025-01-03", dt.date(2025, 1, 3), pd.Timestamp("2025-01-03"), "", None)
    found, bad = dates(values, "%Y-%m-%d", origin)
    np.testing.assert_array_equal(found, [2, 2, 2, np.nan, np.nan])
    assert not bad.any()
    assert dates(objects("03.01.2025", 7), "%Y-%m-%d", origin)[1].all()
    chinese, _ = dates(objects("2025年1月3日"), "%Y年%m月%d日", origin)
    assert chinese[0] == 2


def test_a_moment_with_a_zone_counts_in_utc() -> None:
    values = objects("2025-01-02T06:00:00+08:00", "2025-01-01T22:00:00Z")
    found, _ = dates(values, "ISO8601", pd.Timestamp("2025-01-01"))
    np.testing.assert_allclose(found, [22 / 24, 22 / 24])


def test_a_date_that_means_never_is_a_date() -> None:
    values = objects("9999-12-31", "0001-01-01", dt.date(9999, 12, 31))
    found, bad = dates(values, "%Y-%m-%d", pd.Timestamp("0001-01-01"))
    np.testing.assert_array_equal(found, [3652058, 0, 3652058])  # as datetime.date counts
    assert not bad.any()
    close = pd.Series(pd.to_datetime(["2024-01-01"])).astype("datetime64[ns]")
    np.testing.assert_array_equal(dates(close, "%Y-%m-%d", pd.Timestamp("0001-01-01"))[0], [738885])


@pytest.mark.parametrize("sign", ["0", "9", "1", "1 ", "1,234", "0:", "1h ", "5 de ", "ä "])
def test_a_long_text_is_looked_at_in_no_time(sign: str) -> None:
    started = time.perf_counter()
    infer("note", pd.Series([sign * 2000 + end for end in ("x!", "y!")]))
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("\ufeffmonths", "months"),
        ("Köln\u200b", "Köln"),
        ("Ko\u0308ln", "Köln"),
        ("C001\t", "C001"),
        ('="00123"', "00123"),
        ("\u200b", ""),
        ("=1+2", "=1+2"),
    ],
)
def test_invisible_signs_and_blanks_are_not_of_the_text(written: str, meant: str) -> None:
    assert text_of(written) == meant
