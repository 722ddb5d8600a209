"""Categories as shares of positives, without a row seeing its own label."""

from __future__ import annotations

import numpy as np
import pandas as pd

from training.columns import TableColumn
from training.encoding import encode
from training.statistics.metrics import auc
from training.tables.fit.levels import fit_levels, fitting_matrix, thin_categories

CITY, MEMBER = TableColumn("city", "category"), TableColumn("member", "yes/no", no="No", yes="Yes")


def test_a_level_is_its_share_drawn_towards_the_whole() -> None:
    rows = pd.DataFrame({"city": ["a"] * 10 + [""] * 10 + ["b"], "member": ["No"] * 20 + ["Yes"]})
    churned = np.array([1.0] * 10 + [0.0] * 11)
    maps = fit_levels(rows, churned, [CITY, MEMBER])
    share = 10 / 21
    assert maps["city"] == {"a": (10 + 20 * share) / 30, "": (20 * share) / 30}, "b is rare"
    assert maps["member"] == {"No": 0, "Yes": 1}


def fold_of(count: int) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 5, count)


def test_a_number_hides_the_labels_of_its_own_fold_and_of_the_one_excluded() -> None:
    random = np.random.default_rng(2)
    rows = pd.DataFrame({"city": random.integers(0, 40, 800).astype(str)})
    churned, fold = random.integers(0, 2, 800).astype(float), fold_of(800)
    thin = thin_categories(rows, [CITY])

    def numbers(labels: np.ndarray) -> np.ndarray:
        matrix = encode(rows, ["city"], fit_levels(rows, labels, [CITY]))
        return fitting_matrix(matrix, thin, labels, fold, excluded=0)[:, 0]

    plain = numbers(churned)
    for own in range(1, 5):
        turned = numbers(np.where((fold == own) | (fold == 0), 1 - churned, churned))
        np.testing.assert_array_equal(turned[fold == own], plain[fold == own])
    turned = numbers(np.where(fold == 0, 1 - churned, churned))
    np.testing.assert_array_equal(turned, plain)
    other = (fold != 0) & (fold != 1)
    maps = fit_levels(rows[other], churned[other], [CITY])
    expected = encode(rows, ["city"], maps)[:, 0]
    np.testing.assert_array_equal(plain[fold == 1], expected[fold == 1])


def test_thin_levels_of_noise_say_nothing_in_the_fit() -> None:
    random = np.random.default_rng(2)
    rows = pd.DataFrame({"city": random.integers(0, 400, 4000).astype(str)})
    churned, fold = random.integers(0, 2, 4000).astype(float), fold_of(4000)
    matrix = encode(rows, ["city"], fit_levels(rows, churned, [CITY]))
    own = fitting_matrix(matrix, thin_categories(rows, [CITY]), churned, fold, 0)
    ones = np.ones(4000)
    for hidden in (fold == 0, fold != 0):
        numbers = np.nan_to_num(own[hidden, 0].astype(float), nan=0.5)
        assert abs((auc(churned[hidden], numbers, ones[hidden]) or 0) - 0.5) < 0.05
    assert (auc(churned, matrix[:, 0].astype(float), ones) or 0) > 0.6


def test_levels_of_many_rows_have_one_number_each() -> None:
    rows = pd.DataFrame({"city": ["a", "b", ""] * 100})
    churned, fold = (np.arange(300) % 2).astype(float), fold_of(300)
    matrix = encode(rows, ["city"], fit_levels(rows, churned, [CITY]))
    thin = thin_categories(rows, [CITY])
    assert thin == {}
    assert fitting_matrix(matrix, thin, churned, fold, 0) is matrix
