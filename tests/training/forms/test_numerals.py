"""Numbers as people write them: one style for a column, or a refusal with the question."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import TableRefused
from training.columns import TableColumn
from training.columns.inference import infer
from training.columns.values import prepare

TIMES = 30


def column(*values: str, choice: str = "") -> TableColumn:
    return infer("fee", pd.Series(list(values) * TIMES, dtype=object), choice=choice)


def read(found: TableColumn, *values: Any) -> list[float]:
    rows = pd.DataFrame({"fee": pd.Series(list(values), dtype=object)})
    numbers: list[float] = prepare(rows, [found])["fee"].tolist()
    return numbers


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (("¥12.50", "￥1,234.00", "-¥3"), (12.5, 1234, -3)),
        (("12,50 €", "1.234,50 €"), (12.5, 1234.5)),
        (("12.5元", "7元"), (12.5, 7)),
        (("USD 12.50", "USD 8"), (12.5, 8)),
        (("12%", "3.5 %"), (12, 3.5)),
        (("1,234.50", "7"), (1234.5, 7)),
        (("1 234,50", "1\u00a0234,5", "1\u202f234"), (1234.5, 1234.5, 1234)),
        (("1'234.50", "1’234"), (1234.5, 1234)),
        (("1,00,000", "12,34,567.5", "999"), (100_000, 1_234_567.5, 999)),
        (("12 MB", "7.5MB", "0"), (12, 7.5, 0)),
        (("1 day", "5 days"), (1, 5)),
        (("(123.45)", "7"), (-123.45, 7)),
        (("123.45-", "7"), (-123.45, 7)),
        (("１２", "３．５"), (12, 3.5)),
        (("−3", "–4", "5"), (-3, -4, 5)),
        (("1e3", "1.2E+05"), (1000, 120_000)),
        (("10:30", "00:00:05"), (37_800, 5)),
    ],
)
def test_a_column_of_amounts_is_numbers_however_they_are_written(
    texts: tuple[str, ...], numbers: tuple[float, ...]
) -> None:
    found = column(*texts)
    assert (found.kind, found.dropped) == ("number", "")
    assert read(found, *texts) == list(numbers)
    assert read(found, *numbers) == list(numbers), "typed numbers are taken as they are"


def test_the_card_names_style_and_unit() -> None:
    assert column("1.234,50 €", "7,5 €").note == "written 1.234,5; in €"
    assert column("12 MB", "7 MB").note == "in mb"


@pytest.mark.parametrize("texts", [("3.249", "360", "734"), ("1,234", "360")])
def test_what_two_styles_read_differently_is_refused_with_the_question(
    texts: tuple[str, ...],
) -> None:
    with pytest.raises(TableRefused, match=r"--read fee=decimal-point\) or .*--read fee=decimal-c"):
        column(*texts)
    whole, decimal = sorted(
        (read(column(*texts, choice=choice), texts[0])[0]
         for choice in ("decimal-point", "decimal-comma")), reverse=True,
    )  # fmt: skip
    assert whole == pytest.approx(decimal * 1000)
    assert column(*texts, "1.5" if "." in texts[0] else "1,234,567").kind == "number", "no doubt"


def test_a_program_that_took_grouping_points_for_decimals_is_refused() -> None:
    found = column("3.249", "360", choice="decimal-comma")
    assert read(found, "3.249", 3249, 3249.0) == [3249, 3249, 3249]
    for typed in (pd.Series([3.249]), pd.Series([3.249], dtype=object)):
        with pytest.raises(TableRefused, match=r"'3.249' is not a whole number \(points group"):
            prepare(pd.DataFrame({"fee": typed}), [found])


def test_a_program_that_took_grouping_points_for_decimals_beside_commas_is_refused_too() -> None:
    found = column("1.234,50", "12,25", "99,9")
    for typed in (3.249, np.float32(3.249), 734.125):
        for values in (pd.Series([typed]), pd.Series([typed], dtype=object)):
            with pytest.raises(TableRefused, match="three decimals, it may be thousands"):
                prepare(pd.DataFrame({"fee": values}), [found])
    assert read(found, 12.25, 3249, 3249.125, 12.3456, "3.249") == [
        12.25, 3249, 3249.125, 12.3456, 3249,
    ]  # fmt: skip
    fine = column("1,234", "12,250", "99,999", "1.234,5")
    assert read(fine, 3.249) == [3.249]


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ("¥{:.2f}", "${:.2f}", r"several units: ¥ \(\d+\), \$ \(\d+\)"),
        ("{:.1f} MB", "{:.1f} GB", r"several units: mb \(\d+\), gb \(\d+\)"),
        ("{:.1f}%", "{:.3f}", r"several units: % \(\d+\), none \(\d+, such as"),
    ],
)
def test_amounts_in_two_units_are_refused_and_never_a_key(
    one: str, other: str, message: str
) -> None:
    values = np.random.default_rng(1).gamma(4, 20, 300)
    texts = [(one if place % 3 else other).format(value) for place, value in enumerate(values)]
    with pytest.raises(TableRefused, match=message):
        infer("fee", pd.Series(texts))


def test_amounts_that_all_differ_are_not_a_key() -> None:
    for form in ("¥{}", "{} MB", "{}.00"):
        found = infer("fee", pd.Series([form.format(number) for number in range(100, 400)]))
        assert (found.kind, found.dropped) == ("number", ""), form


def test_codes_with_letters_at_some_ends_are_a_key_not_numbers_of_two_units() -> None:
    codes = [f"1101051949{n:07d}{'X' if n % 11 == 0 else n % 10}" for n in range(300)]
    assert infer("id", pd.Series(codes)).kind == "identifier"


def test_few_levels_that_begin_with_numbers_stay_a_category() -> None:
    for texts in (("1 month", "1 year", "2 years"), ("100", "200", "X5"), ("0-10", "10-20")):
        assert column(*texts).kind == "category"


def test_another_unit_than_the_columns_is_refused() -> None:
    found = column("12 MB", "7 MB")
    assert read(found, "12 mb", "12", 12) == [12, 12, 12]
    with pytest.raises(TableRefused, match="'12 GB' is not a number in mb"):
        read(found, "12 GB")


AMOUNTS = st.lists(
    st.decimals(min_value=-(10**6), max_value=10**6, places=2), min_size=3, max_size=20, unique=True
)
STYLES = {
    "point": lambda amount: f"{amount:.2f}",
    "comma": lambda amount: f"{amount:,.2f}".translate(str.maketrans(",.", ".,")),
    "space": lambda amount: f"{amount:,.2f}".replace(",", "\u00a0").replace(".", ","),
    "grouped": lambda amount: f"{amount:,.2f}",
    "swiss": lambda amount: f"{amount:,.2f}".replace(",", "'"),
    "currency": lambda amount: f"¥{amount:,.2f}",
    "unit": lambda amount: f"{amount:,.2f} MB",
    "brackets": lambda amount: f"({-amount:.2f})" if amount < 0 else f"{amount:.2f}",
    "behind": lambda amount: f"{-amount:.2f}-" if amount < 0 else f"{amount:.2f}",
}


@given(AMOUNTS, st.sampled_from(sorted(STYLES)))
def test_amounts_written_in_any_style_are_read_as_they_are_or_refused(
    amounts: list[Any], style: str
) -> None:
    texts = [STYLES[style](amount) for amount in amounts]
    found = infer("fee", pd.Series(texts * 2, dtype=object))
    assert read(found, *texts) == [float(amount) for amount in amounts]


@pytest.mark.parametrize(
    "texts",
    [
        ("2分37秒", "59秒", "1小时0分0秒"),
        ("2m 37s", "59s", "1h"),
        ("PT2M37S", "PT59S", "PT1H"),
        ("2 minutes 37 seconds", "59 seconds", "1 hour"),
        ("0:02:37", "0:00:59", "1:00:00"),
    ],
)
def test_durations_are_seconds_however_their_units_are_written(texts: tuple[str, ...]) -> None:
    assert read(column(*texts), *texts) == [157, 59, 3600]


def test_durations_of_one_unit_are_numbers_in_it() -> None:
    assert column("59秒", "7秒").note == "in 秒"
