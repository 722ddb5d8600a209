"""Which checks a table gets, by the columns that it has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from tests.training.experiments.drawn import drawn_table
from training.experiments.checks import Check
from training.experiments.rows.reading import ExperimentRequest, read_experiment
from training.readouts.checked import checks_of

REQUEST = ExperimentRequest(treatment="arm", control="control", outcome="bought")


def checked(table: pd.DataFrame, request: ExperimentRequest = REQUEST) -> dict[str, Check]:
    return {one.name: one for one in checks_of(read_experiment(table, request))}


def test_checks_that_do_not_apply_are_not_there() -> None:
    table = drawn_table(1, rows=300).assign(key=np.arange(300) // 2, got="control")
    every = checked(table, replace(REQUEST, cluster="key", received="got"))
    assert set(every) - set(checked(table)) == {"clusters", "crossover"}
    assert "events" not in checked(table, replace(REQUEST, outcome="spend"))


def test_the_draw_is_that_of_groups_where_there_are_any() -> None:
    table = drawn_table(2, rows=400)
    # Groups of the one arm are ten times as large: an even draw of 100 groups.
    table["arm"] = np.where(np.arange(400) < 364, "control", "offer1")
    key = np.concatenate([np.arange(364) // 7, 100 + np.arange(36) // 1])
    shown = checked(table.assign(key=key), replace(REQUEST, cluster="key"))["sample_ratio"]
    assert "control 52 " in shown.message("en")


def test_a_customer_who_stands_in_the_table_twice_is_found() -> None:
    table = drawn_table(3, rows=300).assign(name=[f"C{place:06d}" for place in range(300)])
    assert checked(table)["repeated_rows"].passed
    twice = pd.concat([table, table.iloc[:4]], ignore_index=True)
    assert not checked(twice)["repeated_rows"].passed


def test_equal_rows_of_few_columns_are_expected() -> None:
    table = drawn_table(4, rows=300)[["plan", "arm", "bought"]]
    assert checked(table)["repeated_rows"].passed


def test_copies_are_found_where_the_key_counts_the_rows() -> None:
    table = drawn_table(5, rows=300).assign(customer=np.arange(1_000, 1_300).astype(str))
    assert checked(table)["repeated_rows"].passed
    twice = pd.concat([table, table.iloc[:4]], ignore_index=True)
    assert not checked(twice)["repeated_rows"].passed
