"""A query that fails at one value says which, and the way out that it names works."""

from __future__ import annotations

from typing import Any

import pytest

from features.errors import ImportRefused

AMOUNT = "cast(round(cast(revenue_fen as decimal(18, 2)) * 100) as bigint) as revenue_fen"
MONTH = "cast(strptime(period, '%Y-%m-%d') as date) as period"
GOOD = "C1,2025-03-01,46.00,2025-04-01 08:00:00,2025-04-02 09:30:00"


def query(extract: Any, *replaced: str) -> None:
    text = (
        f"select * replace ({', '.join(replaced)}) from read_csv('bills.csv', all_varchar = true)"
    )
    extract.map(
        extract.mapping.read_text()
        .replace("from read_csv('bills.csv', all_varchar = true)", text)
        .replace("= 0.0", "= 0.5")
    )


@pytest.mark.parametrize(
    ("replaced", "bad", "value"),
    [
        (AMOUNT, 'C2,2025-03-01,"1,234.50",2025-04-01,2025-04-02', "'1,234.50'"),
        (MONTH, "C2,000000,12.00,2025-04-01,2025-04-02", "'000000'"),
        ("cast(issued as timestamp) as issued", "C2,2025-03-01,1,soon,2025-04-02", "'soon'"),
        ("cast(period as date) as period", "C2,March,1,2025-04-01,2025-04-02", "'March'"),
        ("cast(revenue_fen as integer) as revenue_fen",
         "C2,2025-03-01,n/a,2025-04-01,2025-04-02", "'n/a'"),
    ],
)  # fmt: skip
def test_the_value_and_its_line_are_named(
    extract: Any, replaced: str, bad: str, value: str
) -> None:
    query(extract, replaced)
    extract.bills(GOOD.replace("46.00", "46"), bad)
    with pytest.raises(ImportRefused) as refused:
        extract.load()
    message = refused.value.message
    assert message.startswith(
        f"bills (reading bills.csv): the query cannot convert the value {value}, "
        "first in bills.csv, line 3\n"
    )
    assert "[feed.bills.read]" in message
    assert "try_cast" in message
    assert extract.lake() == {}


def test_the_declared_conversion_that_is_advised_works(extract: Any) -> None:
    extract.map(
        extract.mapping.read_text().replace("= 0.0", "= 0.5")
        + "[feed.bills.read]\nrevenue_fen = {times = 100}\n"
    )
    extract.bills(GOOD, 'C2,2025-03-01,"1,234.50",2025-04-01,2025-04-02')
    (bills,) = extract.load().feeds
    assert (bills.new, bills.bad) == (1, 1)
    assert extract.stored(columns="revenue_fen") == [(4600,)]


def test_the_try_functions_that_are_advised_work(extract: Any) -> None:
    query(extract, AMOUNT.replace(" cast(", " try_cast(").replace("(cast(", "(try_cast("))
    extract.bills(GOOD, 'C2,2025-03-01,"1,234.50",2025-04-01,2025-04-02')
    (bills,) = extract.load().feeds
    assert (bills.new, bills.bad) == (1, 1)
    query(extract, MONTH.replace("strptime", "try_strptime"))


def test_a_value_that_is_in_no_file_has_no_line(extract: Any) -> None:
    query(extract, "cast(revenue_fen || 'x' as integer) as revenue_fen")
    with pytest.raises(ImportRefused, match=r"cannot convert the value '4600x'\n"):
        extract.load()
