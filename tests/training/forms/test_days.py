"""Dates as people write them: one form for a column, or a refusal with the question."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import TableRefused
from training.columns import TableColumn
from training.columns.inference import infer
from training.columns.values import prepare
from training.forms.date_forms import DAY_FORMS

DAYS = pd.date_range("2021-01-01", periods=436)


def column(values: list[Any], choice: str = "") -> TableColumn:
    return infer("opened", pd.Series(values, dtype=object), choice=choice)


def read(found: TableColumn, *values: Any) -> list[float]:
    rows = pd.DataFrame({"opened": pd.Series(list(values), dtype=object)})
    numbers: list[float] = prepare(rows, [found])["opened"].tolist()
    return numbers


@pytest.mark.parametrize(
    ("form", "shape"),
    [
        ("%d-%b-%Y", "DD-MON-YYYY"),
        ("%Y年%m月%d日", "YYYY年MM月DD日"),
        ("%B %d, %Y", "MON DD, YYYY"),
        ("%m/%d/%Y %I:%M %p", "MM/DD/YYYY hh:mm AM"),
        ("%Y%m%d", "YYYYMMDD"),
        ("%d.%m.%y", "DD.MM.YY"),
        ("%a, %d %b %Y", "Day, DD MON YYYY"),
        ("%Y-%m-%dT%H:%M:%S", "YYYY-MM-DDThh:mm:ss"),
    ],
)
def test_the_form_of_dates_is_found_and_named(form: str, shape: str) -> None:
    found = column(DAYS.strftime(form).tolist())
    assert (found.kind, found.note) == ("date", f"days since 2021-01-01, written {shape}")
    assert read(found, DAYS[7].strftime(form)) == [7]


@pytest.mark.parametrize(
    ("texts", "day"),
    [
        ("05-JAN-22 10.26.00.000000 AM|31-MAR-22 01.58.12.123456 PM", "2022-03-31T13:58:12.123456"),
        ("2022/1/5 上午9:26|2022/3/31 下午1:58", "2022-03-31T13:58"),
        ("2022年1月5日 10时26分|2022年3月31日 13时58分", "2022-03-31T13:58"),
        ("2022-1-5 10点26分08秒|2022-3-31 13点58分00秒", "2022-03-31T13:58"),
        ("05.01.2022 10:26 a. m.|31.03.2022 1:58 p. m.", "2022-03-31T13:58"),
        ("5. Januar 2022|31. März 2022", "2022-03-31"),
        ("5-Jan-2022|31-Mrz-2022", "2022-03-31"),
        ("5 janv. 2022|31 août 2022", "2022-08-31"),
        ("5 de enero de 2022|31 de agosto de 2022", "2022-08-31"),
        ("5 января 2022 г.|31 марта 2022 г.", "2022-03-31"),
    ],
)
def test_dates_in_other_languages_are_those_days(texts: str, day: str) -> None:
    written = texts.split("|")
    found = column(written)
    assert found.kind == "date"
    assert found.origin == "2022-01-05"
    days = (dt.datetime.fromisoformat(day) - dt.datetime(2022, 1, 5)) / dt.timedelta(days=1)
    assert read(found, written[1]) == [pytest.approx(days)]


def test_whole_numbers_may_be_dates() -> None:
    compact = column([int(day) for day in DAYS.strftime("%Y%m%d")])
    assert read(compact, 20210108, "20210108", 20210108.0) == [7, 7, 7]
    for per_second, unit in ((1, "seconds"), (1000, "milliseconds")):
        found = column([(1_609_459_200 + step * 25_200) * per_second for step in range(400)])
        assert found.note == f"days since 2021-01-01, written {unit} since 1970"
        later = (1_609_459_200 + 86_400) * per_second
        assert read(found, later, str(later), dt.date(2021, 1, 2)) == [1, 1, 1]


def test_days_and_months_that_could_change_places_are_refused_with_the_question() -> None:
    firsts = [f"{month:02d}/01/2022" for month in range(1, 13)] * 20
    message = (
        r"column opened: '02/01/2022' may be 2022-01-02 \(--read opened=day-first\) or 2022-02-01 "
        r"\(--read opened=month-first\)"
    )
    with pytest.raises(TableRefused, match=message):
        column(firsts)
    assert read(column(firsts, "month-first"), "11/01/2022") == [304]
    assert read(column(firsts, "day-first"), "11/01/2022") == [10]
    assert column([*firsts, "13/01/2022"]).form == "%d/%m/%Y", "there is no 13th month"


def test_dates_in_two_forms_are_refused_and_both_named() -> None:
    days = DAYS.strftime("%Y-%m-%d").tolist()
    with pytest.raises(TableRefused, match=r"YYYY-MM-DD \(436, .*DD.MM.YYYY \(2, such as '02"):
        column([*days, "02.02.2022", "03.02.2022"])
    with pytest.raises(TableRefused, match=r"no form \(1, such as '2022-02-30'\)"):
        column([*days, "2022-02-30"])


def test_texts_that_look_like_dates_of_no_form_are_refused_and_codes_are_not() -> None:
    czech = [f"{day:02d}-{month}-2022" for day in range(1, 29) for month in ("Kvě", "Říj")]
    with pytest.raises(TableRefused, match=r"look like dates: no form \(56, such as '01-Kvě-2022'"):
        column(czech)
    assert column(czech, "category").kind == "identifier"
    assert column([f"{n:02d}-{n + 40}-{n + 50}" for n in range(40)] * 3).kind == "category"


@pytest.mark.parametrize(
    ("none", "rows"),
    [("0000-00-00", 18), ("1900-01-01", 3), ("9999-12-31", 300), ("0001-01-01", 1)],
)
def test_a_date_that_means_no_day_is_named_and_missing(none: str, rows: int) -> None:
    found = column([*DAYS.strftime("%Y-%m-%d"), *[none] * rows])
    assert found.note == (
        f"days since 2021-01-01, written YYYY-MM-DD; {none!r} ({rows}) counts as missing"
    )
    assert np.isnan(read(found, none)).all()
    if none != "0000-00-00":
        assert np.isnan(read(found, dt.date.fromisoformat(none), f"{none}")).all()


def test_a_birthday_of_1970_is_a_day_unless_it_stands_out() -> None:
    births = [f"{year}-{month:02d}-01" for year in range(1950, 2000) for month in range(1, 8)]
    assert column(births).missing == ()
    assert column([*births, *["1970-01-01"] * 30]).missing == ("1970-01-01",)


def test_typed_dates_have_the_same_sentinels() -> None:
    typed = infer("opened", pd.Series([*DAYS.date, *[dt.date(9999, 12, 31)] * 40], dtype=object))
    assert (typed.missing, typed.origin) == (("9999-12-31",), "2021-01-01")


def test_a_word_among_dates_counts_as_missing_and_is_named() -> None:
    found = column([*DAYS.strftime("%Y-%m-%d"), *["open"] * 40])
    assert found.missing == ("open",)
    assert "'open' (40) counts as missing" in found.note


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.dates(dt.date(1930, 1, 1), dt.date(2060, 12, 31)), min_size=3, max_size=12, unique=True
    ),
    st.sampled_from([form for form in DAY_FORMS if "%y" not in form]),
)
def test_dates_written_in_any_form_are_those_days_or_the_column_is_refused(
    days: list[dt.date], form: str
) -> None:
    texts = [day.strftime(form) for day in days]
    may_change_places = re.match(r"%[dm][/-]%[dm]", form) and all(day.day < 13 for day in days)
    if may_change_places:
        with pytest.raises(TableRefused, match="--read opened="):
            column(texts * 2)
        return
    found = column(texts * 2)
    there = [day for day in days if day.isoformat() not in found.missing]
    origin = dt.date.fromisoformat(found.origin)
    own = [day.strftime(form) for day in there]
    assert read(found, *own) == [(day - origin).days for day in there]
