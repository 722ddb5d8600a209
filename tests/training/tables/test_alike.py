"""A value is read alike from a file, in a request and through MLflow, or refused by all three."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import TableRefused
from serving.scoring.table_rows import score_rows
from tests.conftest import quick_tables
from training.models.bundle import Bundle
from training.models.scored import scored
from training.tables.files import read_table
from training.tables.sample import TableRequest
from training.tables.trained import train_table

COUNT = 200
READ = ("months", "fee", "use", "opened", "loaded", "member", "flag", "plan", "zip")


def table() -> pd.DataFrame:
    """A column of each kind, written as files have them."""
    random = np.random.default_rng(6)
    months = random.integers(1, 60, COUNT)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 700, COUNT), unit="D")
    left = random.random(COUNT) < 1 / (1 + np.exp(0.06 * (months - 25)))
    fee = [f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in months * 99.5]
    member = random.choice(["Yes", "No", "NULL"], COUNT, p=[0.5, 0.4, 0.1])
    return pd.DataFrame(
        {
            "months": months,
            "fee": fee,
            "use": [f"{value:.1f} MB" for value in random.gamma(4, 20, COUNT)],
            "opened": days.strftime("%d-%b-%Y"),
            "loaded": days.strftime("%Y%m%d").astype(int),
            "member": member,
            "flag": np.where(random.random(COUNT) < 0.1, np.nan, random.integers(0, 2, COUNT)),
            "plan": random.choice(["basic", "plus", "None", "pro"], COUNT),
            "zip": [f"{number:05d}" for number in random.choice([501, 1002, 90210], COUNT)],
            "left": np.where(left, "yes", "no"),
        }
    )


@dataclass(frozen=True)
class Ways:
    """The three ways to the model, and the file that it was trained on."""

    file: Path
    bundle: Bundle
    pyfunc: Any

    def from_file(self, row: dict[str, str]) -> float | None:
        path = self.file.with_name("one.csv")
        pd.DataFrame([row]).to_csv(path, index=False)
        return _risk(lambda: scored(self.bundle, read_table(path).rows).risk)

    def in_a_request(self, row: dict[str, Any]) -> float | None:
        return _risk(lambda: [score_rows(self.bundle, [row], "en")[0]["risk"]])

    def through_mlflow(self, row: dict[str, Any]) -> float | None:
        frame = pd.DataFrame({name: pd.Series([value]) for name, value in row.items()})
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Levels that training did not see")
            return _risk(lambda: self.pyfunc.predict(frame))


def _risk(score: Any) -> float | None:
    """The risk, or null where the row is refused."""
    try:
        return float(score()[0])
    except TableRefused:
        return None


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Ways:
    folder = tmp_path_factory.mktemp("ways")
    file, home = folder / "table.csv", folder / "home"
    table().to_csv(file, index=False)
    quick_tables(home)
    trained = train_table(home, read_table(file), TableRequest("table", "left", "yes"))
    path = next((home / "mlartifacts").rglob("MLmodel")).parent
    return Ways(file, trained.bundle, mlflow.pyfunc.load_model(str(path)))


def test_every_kind_is_read(ways: Ways) -> None:
    kinds = [(one.name, one.kind) for one in ways.bundle.kind.columns]
    numbers, dates = ("months", "fee", "use", "flag", "zip"), ("opened", "loaded")
    assert kinds == [
        (name, "number" if name in numbers else "date" if name in dates
         else "yes/no" if name == "member" else "category")
        for name in READ
    ]  # fmt: skip


def test_mlflow_takes_what_pandas_reads_of_the_training_file(ways: Ways) -> None:
    risk = scored(ways.bundle, read_table(ways.file).rows).risk
    np.testing.assert_array_equal(ways.pyfunc.predict(pd.read_csv(ways.file)), risk)
    np.testing.assert_array_equal(ways.pyfunc.predict(pd.read_csv(ways.file, dtype=str)), risk)


def row(ways: Ways) -> dict[str, Any]:
    first = read_table(ways.file).rows.drop(columns="left").iloc[0]
    return {str(name): value for name, value in first.items()}


TEXTS = (
    "", "NA", "\\N", "$null$", "缺失", "-", "?", "1", "0", "1.0", "yes", "Y", "是", "off", "maybe",
    "无", "true", "12", "12,5", "12.5", "1.234,5", "1,234.5", "(12)", "12-", "１２", "−3", "1e3",
    "12 MB", "12 GB", "¥12", "12%", "02-Feb-2025", "2025-02-02", "20250202", "31/12/2025",
    "0000-00-00", "10:30", "basic", "gold", "Basic", "inf", "nan", "1e99", "x",
)  # fmt: skip
ANY_TEXT = st.sampled_from(TEXTS) | st.text("0123456789.,-/: ¥%MB年yesno", max_size=8)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(READ),
    st.sampled_from(TEXTS) | st.text("0123456789.,-/: ¥%MB年yesno", max_size=8),
)
def test_a_text_is_read_alike_everywhere_or_refused_everywhere(
    ways: Ways, column: str, text: str
) -> None:
    own = row(ways) | {column: text}
    risks = (ways.from_file(own), ways.in_a_request(own), ways.through_mlflow(own))
    assert len(set(risks)) == 1, (column, text, risks)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(READ),
    st.none() | st.booleans() | st.integers(-(10**6), 10**8) | st.floats(-1e6, 1e6),
)
def test_a_typed_value_is_read_alike_in_a_request_and_through_mlflow(
    ways: Ways, column: str, value: Any
) -> None:
    own = row(ways) | {column: value}
    assert ways.in_a_request(own) == ways.through_mlflow(own)
    if isinstance(value, int) and column != "plan":
        assert ways.in_a_request(own) == ways.from_file(own | {column: str(value).lower()})


@pytest.mark.parametrize("value", ["1", 1, 1.0, True, "y", "YES", "是", "on", "t"])
def test_what_plainly_means_yes_is_yes(ways: Ways, value: Any) -> None:
    expected = ways.from_file(row(ways) | {"member": "Yes"})
    assert expected != ways.from_file(row(ways) | {"member": ""})
    assert ways.in_a_request(row(ways) | {"member": value}) == expected
    assert ways.through_mlflow(row(ways) | {"member": value}) == expected
    assert ways.from_file(row(ways) | {"member": str(value)}) == expected


@pytest.mark.parametrize("value", ["maybe", 2, "yess", "2025-01-01"])
def test_what_means_neither_yes_nor_no_is_refused_by_name(ways: Ways, value: Any) -> None:
    message = f"row 0 .*, column member: '{value}' is not yes or no"
    with pytest.raises(TableRefused, match=message):
        score_rows(ways.bundle, [row(ways) | {"member": value}], "en")


def test_a_column_of_0_and_1_understands_yes_and_no(ways: Ways) -> None:
    one = ways.in_a_request(row(ways) | {"flag": 1})
    assert [ways.in_a_request(row(ways) | {"flag": value}) for value in ("yes", True, "是")] == [
        one, one, one,
    ]  # fmt: skip
    assert ways.in_a_request(row(ways) | {"flag": "maybe"}) is None


def test_an_unknown_level_is_answered_and_named_everywhere(ways: Ways) -> None:
    own = row(ways) | {"plan": "gold"}
    (answer,) = score_rows(ways.bundle, [own], "en")
    assert answer["unknown_levels"] == {"plan": "gold"}
    assert scored(ways.bundle, pd.DataFrame([own])).unknown == {"plan": {"gold": 1}}
    with pytest.warns(UserWarning, match="plan 'gold'"):
        ways.pyfunc.predict(pd.DataFrame([own]))
    (answer,) = score_rows(ways.bundle, [row(ways)], "en")
    assert answer["unknown_levels"] == {}
