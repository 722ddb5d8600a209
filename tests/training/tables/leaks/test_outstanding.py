"""What stands out is named as a warning; honest tables are left in peace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from training.columns.inference import infer_columns
from training.columns.values import prepare
from training.statistics.logistic import probability
from training.tables.files import read_table
from training.tables.leaks.outstanding import outstanding
from training.tables.leaks.suspects import Suspect, suspects
from training.tables.sample import TableRequest, labelled_sample
from training.tables.table_settings import TableSettings

COUNT = 1500
Leak = Callable[[np.random.Generator, np.ndarray], np.ndarray]


def honest(seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers whose contract says most: alone its AUC is about 0.75, the next about 0.6."""
    random = np.random.default_rng(seed)
    contract = random.choice(["monthly", "one year", "two years"], COUNT, p=[0.55, 0.2, 0.25])
    rows = pd.DataFrame(
        {
            "contract": contract,
            "tenure": random.gamma(2, 12, COUNT).round(1),
            "fee": random.normal(60, 20, COUNT).round(2),
            "calls": random.poisson(2, COUNT),
            "city": random.choice(list("ABCDE"), COUNT),
            "data": random.lognormal(1, 1, COUNT).round(3),
        }
    )
    score = np.select([contract == "monthly", contract == "one year"], [-0.3, -2.1], -3.6)
    score = score - 0.02 * rows["tenure"] + 0.012 * (rows["fee"] - 60) + 0.2 * (rows["calls"] - 2)
    return rows, (random.random(COUNT) < probability(score.to_numpy())).astype(float)


def named(rows: pd.DataFrame, churned: np.ndarray, auc: float = 0.95) -> tuple[Suspect, ...]:
    """By a risk out of fold that ranks about as well as `auc` says."""
    columns, fold = infer_columns(rows), np.arange(len(rows)) % 4
    data = (prepare(rows, columns), churned, columns, fold)
    risk = churned + np.random.default_rng(0).normal(0, 0.5 if auc > 0.9 else 3, len(rows))
    return outstanding(*data, risk, suspects(*data), 7)


def reasons(random: np.random.Generator, churned: np.ndarray) -> np.ndarray:
    """A category that is filled for churned customers mostly."""
    chance = np.where(churned == 1, 0.75, 0.03)
    word = random.choice(["price", "moved", "service"], len(churned))
    return np.where(random.random(len(churned)) < chance, word, "other matters")


LEAKS: dict[str, Leak] = {
    "a noisy copy": lambda random, churned: np.where(
        random.random(COUNT) < 0.07, 1 - churned, churned
    ),
    "a score given at the exit": lambda random, churned: (
        8 - 2.3 * churned + random.normal(0, 1, COUNT)
    ).round(3),
    "reasons": reasons,
    "calls of the last week": lambda random, churned: random.poisson(0.1 + 2.5 * churned),
}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("leak", LEAKS)
def test_leaks_of_many_kinds_stand_out_and_nothing_else(leak: str, seed: int) -> None:
    rows, churned = honest(seed)
    found = named(rows.assign(x=LEAKS[leak](np.random.default_rng(seed), churned)), churned)
    assert [(one.column, one.degree) for one in found] == [("x", 2)]
    assert "the best of the other columns" in found[0].evidence


@pytest.mark.parametrize("seed", range(4, 12))
def test_one_honest_strong_driver_is_not_named(seed: int) -> None:
    assert named(*honest(seed)) == ()


def test_two_leaks_do_not_hide_each_other() -> None:
    rows, churned = honest(1)
    random = np.random.default_rng(2)
    scores = {name: churned * 2.5 + random.normal(0, 1, COUNT) for name in ("first", "again")}
    filler = {f"noise {place}": random.normal(size=COUNT) for place in range(2)}
    found = named(rows.assign(**scores, **filler), churned)
    assert {one.column for one in found} == {"first", "again"}


def test_where_every_column_is_strong_none_stands_out() -> None:
    _, churned = honest(1)
    random = np.random.default_rng(3)
    rows = pd.DataFrame(
        {f"x{place}": churned * 2.2 + random.normal(0, 1, COUNT) for place in range(6)}
    )
    assert named(rows, churned) == ()


def test_what_counts_only_together_is_found_by_what_the_model_loses() -> None:
    rows, churned = honest(2)
    random = np.random.default_rng(4)
    opened = random.uniform(0, 1000, COUNT).round(2)
    away = np.where(churned == 1, random.uniform(0, 15, COUNT), random.uniform(30, 400, COUNT))
    dated = rows.assign(opened=opened, closed=(opened + away * random.choice([-1, 1], COUNT)))
    found = named(dated, churned)
    assert {one.why for one in found} == {"model_loses"}
    assert "closed" in {one.column for one in found}
    assert {one.column for one in found} <= {"opened", "closed"}
    assert "with it the model's AUC is 0.9" in found[0].evidence
    assert named(dated, churned, auc=0.7) == (), "a model that ranks weakly is not looked into"


def test_a_column_that_stands_out_both_ways_is_named_once_with_both() -> None:
    rows, churned = honest(3)
    random = np.random.default_rng(5)
    (one,) = named(rows.assign(x=churned * 2.6 + random.normal(0, 1, COUNT)), churned)
    assert (one.why, one.degree) == ("stands_out", 2)
    assert one.evidence.count("; ") >= 1
    assert "without it" in one.evidence


def test_what_is_named_in_the_first_degree_stays_so_and_does_not_hide_the_rest() -> None:
    rows, churned = honest(4)
    random = np.random.default_rng(6)
    score = churned * 2.5 + random.normal(0, 1, COUNT)
    found = named(rows.assign(copy=churned * 5 + 0.5, score=score), churned)
    assert {(one.column, one.why, one.degree) for one in found} == {
        ("copy", "alone", 1), ("score", "stands_out", 2),
    }  # fmt: skip


def test_two_columns_are_too_few_to_stand_out() -> None:
    rows, churned = honest(5)
    score = churned * 2.5 + np.random.default_rng(7).normal(0, 1, COUNT)
    assert named(rows[["fee"]].assign(score=score), churned) == ()


@pytest.mark.parametrize(
    ("path", "request_"),
    [
        ("iranian_churn/Customer_Churn.csv", TableRequest("a", "Churn", "1")),
        (
            "ibm_telco_7043/WA_Fn-UseC_-Telco-Customer-Churn.csv",
            TableRequest("a", "Churn", "Yes", dropped=("customerID",)),
        ),
    ],
)
def test_of_public_churn_tables_nothing_stands_out(
    shared_data: Path, path: str, request_: TableRequest
) -> None:
    file = shared_data / path
    if not file.is_file():
        pytest.skip(f"no file {file}; set LIUKE_SHARED to the folder that holds data/")
    own = labelled_sample(read_table(file).rows, request_, TableSettings(4, 5, 10, 7))
    risk = own.churned  # so that the model's losses are looked at
    assert outstanding(own.rows, own.churned, own.columns, own.fold, risk, (), 7) == ()
