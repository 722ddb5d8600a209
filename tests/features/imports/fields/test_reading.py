"""Each raw value is read exactly as declared, or makes one bad row with a reason."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import ImportRefused, SettingsError
from features.feeds import FEEDS, Column
from features.imports.fields.instants import Zones
from features.imports.fields.reading import Conversion
from features.imports.fields.values import Raw, typed

SHANGHAI = Zones("Asia/Shanghai", "Asia/Shanghai")
YUAN = Conversion(times=100, thousands=",", symbol="¥")
EURO = Conversion(times=100, thousands=".", decimal=",")

GERMAN = """
max_bad_share = 0.9
[feed.bills]
sql = "from read_csv('bills.csv', all_varchar = true)"
event_time = "issued"
known_at = "learned"
[feed.bills.read]
revenue_fen = {times = 100, thousands = ".", decimal = ",", symbol = "€"}
period = {format = "%Y%m"}
issued = {format = "%d.%m.%Y %H:%M"}
learned = {format = "%d.%m.%Y"}
due = {format = "%Y%m%d", missing = ["00000000", "99991231"]}
"""
HEADER = "customer_id;period;due;revenue_fen;issued;learned\n"


def read(reading: Conversion, kind: str, raws: list[Any], raw_type: str = "VARCHAR") -> list[Any]:
    """The values of a column of this type, read as declared."""
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE raw (place INT, x {raw_type})")
    connection.executemany("INSERT INTO raw VALUES (?, ?)", list(enumerate(raws)))
    expression = typed(Column("x", kind), Raw("x", raw_type, reading), SHANGHAI)  # type: ignore[arg-type]
    found = connection.execute(f"SELECT {expression} FROM raw ORDER BY place").fetchall()
    return [value for (value,) in found]


@pytest.mark.parametrize(
    ("reading", "raw", "expected"),
    [
        (YUAN, "1,234.50", 123450),
        (YUAN, "1234.5", 123450),
        (YUAN, "-12.5", -1250),
        (YUAN, "¥12.50", 1250),
        (YUAN, "-¥ 12.50", -1250),
        (YUAN, "12.50 ¥", 1250),
        (YUAN, ".5", 50),
        (YUAN, "12.", 1200),
        (YUAN, "0.29", 29),
        (YUAN, "1234567890123456.78", 123456789012345678),
        (YUAN, "12.345", None),
        (YUAN, "1,23.4", None),
        (YUAN, "1234,567", None),
        (YUAN, ",234", None),
        (YUAN, "1,234.50.", None),
        (YUAN, "12.50 €", None),
        (YUAN, "--5", None),
        (YUAN, "-¥-5", None),
        (YUAN, "1e3", None),
        (YUAN, "nan", None),
        (YUAN, "¥", None),
        (YUAN, ".", None),
        (YUAN, "", None),
        (YUAN, "99999999999999999999", None),
        (YUAN, "999999999999999999.99", None),
        (EURO, "1.234,50", 123450),
        (EURO, "1.234.567", 123456700),
        (EURO, "3.249", 324900),
        (EURO, "1,234.50", None),
        (EURO, "3.24", None),
        (Conversion(thousands=" "), "1\u00a0234", 1234),
        (Conversion(thousands=" "), "1\u202f234 567", 1234567),
        (Conversion(thousands="'"), "1'234", 1234),
        (Conversion(times=60, round=True), "1.37", 82),
        (Conversion(times=60, round=True), "-0.025", -2),
        (Conversion(times=60), "1.37", None),
        (Conversion(times=1), "1.000", 1),
        (Conversion(missing=("-",)), "-", None),
        (Conversion(missing=("-",)), "7", 7),
    ],
)
def test_a_number_is_read_exactly_or_not_at_all(
    reading: Conversion, raw: str, expected: int | None
) -> None:
    assert read(reading, "int64", [raw, f" {raw} "]) == [expected, expected]


def test_numbers_of_other_types_are_read_from_their_digits() -> None:
    assert read(YUAN, "int64", [0.29, 1234567.01, 1e20, float("nan")], "DOUBLE") == [
        29, 123456701, None, None,
    ]  # fmt: skip
    assert read(YUAN, "int64", [Decimal("0.29"), Decimal("12.345")], "DECIMAL(18,3)") == [29, None]
    assert read(YUAN, "int64", [7, 2**63], "UBIGINT") == [700, None]
    assert read(EURO, "int64", [12.5], "DOUBLE") == [1250], "a number has no style"


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.decimals(-(10**15), 10**15, places=2), min_size=1, max_size=100),
    st.sampled_from([(",", "."), (".", ","), (" ", "."), (None, ".")]),
)
def test_every_amount_of_money_is_read_to_the_hundredth(
    amounts: list[Decimal], style: tuple[str | None, str]
) -> None:
    thousands, point = style
    written = [
        f"{amount:,.2f}".translate({ord(","): thousands or "", ord("."): point})
        for amount in amounts
    ]
    reading = Conversion(times=100, thousands=thousands, decimal=point)
    assert read(reading, "int64", written) == [int(amount * 100) for amount in amounts]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text("0123456789.,-+ e¥", max_size=9),
            st.text(max_size=6).filter(lambda text: "\0" not in text),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_any_text_is_the_number_that_it_says_or_none(texts: list[str]) -> None:
    def said(text: str) -> int | None:
        """By the grammar of the declaration, in another engine."""
        plain = r"([+-]?)(?:¥ ?)?([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)(?:[.]([0-9]*))?(?: ?¥)?"
        found = re.fullmatch(plain, text.strip(" "))
        if not found or not re.search("[0-9]", text) or len(found[1] + found[2]) > 1:
            return None
        amount = Decimal(f"{found[1]}{found[2]}{found[3].replace(',', '') or 0}.{found[4] or 0}")
        return int(amount * 100) if amount * 100 % 1 == 0 else None

    assert read(YUAN, "int64", texts) == [said(text) for text in texts]


@pytest.mark.parametrize(
    ("reading", "kind", "raw", "expected"),
    [
        (Conversion(format="%Y%m%d"), "date", "20250131", date(2025, 1, 31)),
        (Conversion(format="%Y%m%d"), "date", "20250231", None),
        (Conversion(format="%Y%m%d"), "date", "000000", None),
        (Conversion(format="%Y%m%d"), "date", "2025-01-31", None),
        (Conversion(format="%Y%m"), "date", "202501", date(2025, 1, 1)),
        (Conversion(format="%d-%b-%Y"), "date", "02-Feb-2022", date(2022, 2, 2)),
        (Conversion(format="%d.%m.%Y %H:%M"), "date", "31.01.2025 00:00", date(2025, 1, 31)),
        (Conversion(format="%d.%m.%Y %H:%M"), "date", "31.01.2025 08:30", None),
        (Conversion(format="%d.%m.%Y %H:%M"), "timestamp", "31.01.2025 08:30",
         datetime(2025, 1, 31, 8, 30)),
        (Conversion(format="%d.%m.%Y %H:%M"), "timestamp", "31.01.2025 08:30x", None),
        (Conversion(format="%d.%m.%Y %H:%M"), "timestamp", "31.01.2025", None),
        (Conversion(format="%d.%m.%Y %H:%M %z"), "timestamp", "31.01.2025 00:30 +0000",
         datetime(2025, 1, 31, 8, 30)),
        (Conversion(missing=("0000-00-00", "9999-12-31")), "date", "9999-12-31", None),
        (Conversion(missing=("NULL", "-")), "string", "-", None),
        (Conversion(missing=("NULL", "-")), "string", "N/A", "N/A"),
        (Conversion(values={"1": "prepaid"}), "string", "1", "prepaid"),
        (Conversion(values={"1": "prepaid"}), "string", "2", None),
        (Conversion(values={"J": "true", "N": "false"}), "boolean", "J", True),
        (Conversion(values={"J": "true", "N": "false"}), "boolean", "true", None),
    ],
)  # fmt: skip
def test_a_declared_form_is_the_only_one(
    reading: Conversion, kind: str, raw: str, expected: Any
) -> None:
    assert read(reading, kind, [raw]) == [expected]


def test_an_extract_in_another_style_goes_in_and_each_bad_value_is_one_row(extract: Any) -> None:
    extract.map(GERMAN)
    rows = [
        ("C1;202503;20250420;1.234,50 €;01.04.2025 08:30;02.04.2025", None),
        ("C2;202503;00000000;0,29;01.04.2025 08:30;01.04.2025", None),
        ("C3;202503;20250420;1,234.50;01.04.2025 08:30;02.04.2025",
         "revenue_fen is not a number like 1.234,50 that is whole times 100"),
        ("C4;000000;20250420;1;01.04.2025 08:30;02.04.2025",
         "period is not a date like 202501"),
        ("C5;202503;20250431;1;01.04.2025 08:30;02.04.2025",
         "due is not a date like 20250131"),
        ("C6;202503;20250420;1;2025-04-01 08:30;02.04.2025",
         "event_time is not a time like 31.01.2025 08:30"),
        ("C7;202503;20250420;1;01.04.2025 08:30;04/02/2025",
         "known_at is not a time like 31.01.2025"),
    ]  # fmt: skip
    extract.write("bills.csv", HEADER + "".join(f"{row}\n" for row, _ in rows))
    (bills,) = extract.load().feeds
    assert (bills.read, bills.new, bills.bad) == (7, 2, 5)
    assert extract.stored(columns="customer_id, revenue_fen, due, event_time, known_at") == [
        ("C1", 123450, date(2025, 4, 20), datetime(2025, 4, 1, 8, 30), datetime(2025, 4, 3)),
        ("C2", 29, None, datetime(2025, 4, 1, 8, 30), datetime(2025, 4, 2)),
    ]
    found = duckdb.sql(f"SELECT row_number, reason FROM '{bills.quarantine_file}'").fetchall()
    assert found == [(n, why) for n, (_, why) in enumerate(rows, start=1) if why is not None]


@pytest.mark.parametrize(
    ("read", "words"),
    [
        ("colour = {times = 100}", "names colour, which the feed does not have"),
        ("revenue_fen = {times = 0}", "has times 0; expected 1 to"),
        ("revenue_fen = {format = '%d'}", "has a format, but revenue_fen is int64"),
        ("revenue_fen = {times = 100, round = true}", "rounds an amount of money"),
        ("revenue_fen = {decimal = ';'}", "has decimal ';'"),
        ("revenue_fen = {thousands = '.'}", r"has thousands '\.'"),
        ("revenue_fen = {values = {a = '1'}, times = 100}", "values beside another conversion"),
        ("due = {times = 100}", "how a number is written, but due is date"),
        ("due = {format = '%d.%m.'}", "lacks the year or the month"),
        ("due = {format = '%q'}", "which cannot be used"),
        ("due = {format = '%Y-%m-%d%z'}", "a date has no offset"),
        ("issued = {times = 100}", "event_time is date or time"),
        ("due = {style = 'German'}", "unknown: style"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_refused(extract: Any, read: str, words: str) -> None:
    extract.map(f"{GERMAN.split('[feed.bills.read]')[0]}[feed.bills.read]\n{read}\n")
    with pytest.raises(SettingsError, match=words):
        extract.load()


def test_a_format_for_what_is_a_date_already_is_refused(extract: Any) -> None:
    sql = "select * replace (cast(issued as timestamp) as issued) from read_csv"
    text = extract.mapping.read_text().replace("from read_csv", sql)
    extract.map(text + "[feed.bills.read]\nissued = {format = '%Y'}\n")
    with pytest.raises(ImportRefused, match="issued is TIMESTAMP, which needs no format"):
        extract.load()


def test_every_column_of_every_feed_can_be_declared_missing() -> None:
    for feed in FEEDS.values():
        for column in feed.columns:
            Conversion(missing=("-",)).check(column, "here")
