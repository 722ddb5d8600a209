"""Lines that are not rows, and labels that are missing, are counted by name and not fitted on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.errors import TableRefused
from tests.tables import TARGET, YES, customers
from training.forms.words import MARKS
from training.tables.nonrows import BLANK, HEADER, TOTALS, nonrows
from training.tables.sample import Sample, TableRequest, labelled_sample
from training.tables.table_settings import TableSettings

SETTINGS = TableSettings(folds=3, inner_folds=3, bootstrap=10, seed=7)
REQUEST = TableRequest("customers", TARGET, YES)
ROWS = customers(200)


def sample(rows: pd.DataFrame, request: TableRequest = REQUEST) -> Sample:
    return labelled_sample(rows, request, SETTINGS)


def with_lines(*lines: dict[str, str]) -> pd.DataFrame:
    """The table with these lines in its middle."""
    added = pd.DataFrame(lines, columns=ROWS.columns).fillna("")
    return pd.concat([ROWS[:100], added, ROWS[100:]], ignore_index=True)


def test_a_header_an_empty_line_and_totals_in_the_middle_are_counted_and_not_learned_from() -> None:
    rows = with_lines(
        {name: name for name in ROWS.columns},
        {},
        {"客户编号": "合计", "在网时长": "5900", "月费": "16.000,5", TARGET: "61"},
    )
    found = sample(rows)
    assert found.nonrows == {HEADER: 1, BLANK: 1, TOTALS: 1}
    assert found.places.tolist() == [*range(100), *range(103, 203)]
    np.testing.assert_array_equal(found.churned, ROWS[TARGET] == YES)
    assert [value for value, _ in found.others] == ["否"]
    assert found.columns == sample(ROWS).columns, "numbers stay numbers"


def test_a_level_called_total_is_not_a_line_of_totals() -> None:
    rows = pd.DataFrame({"plan": ["Total", "Basic"] * 50, "months": np.arange(100) % 7})
    assert not any(flags.any() for flags in nonrows(rows).values())


@pytest.mark.parametrize("mark", sorted(MARKS))
def test_a_missing_label_is_missing_however_it_is_marked(mark: str) -> None:
    label = ROWS[TARGET].where(np.arange(200) % 20 != 0, mark.upper())
    found = sample(ROWS.assign(**{TARGET: label}))
    assert found.missing_marks == {mark.upper(): 10}
    assert (found.without_label, len(found.churned)) == (10, 190)
    assert [value for value, _ in found.others] == ["否"]


@pytest.mark.parametrize("positive", ["yes", "YES", "1", "true", "是", "y"])
def test_yes_is_found_by_every_word_that_means_it(positive: str) -> None:
    label = np.where(ROWS[TARGET] == YES, "Yes", "No")
    found = sample(ROWS.assign(**{TARGET: label}), TableRequest("a", TARGET, positive))
    np.testing.assert_array_equal(found.churned, ROWS[TARGET] == YES)


def test_two_words_for_yes_in_the_target_are_refused() -> None:
    label = np.where(ROWS[TARGET] == YES, "Yes", "No").astype(object)
    label[np.flatnonzero(label == "Yes")[:3]] = "Y"
    with pytest.raises(TableRefused, match="is written 'Y' and 'Yes'; write it in one way"):
        sample(ROWS.assign(**{TARGET: label}), TableRequest("a", TARGET, "yes"))


def test_a_positive_value_that_means_missing_is_refused_with_the_reason() -> None:
    with pytest.raises(TableRefused, match="'NA' counts as a missing label"):
        sample(ROWS, TableRequest("a", TARGET, "NA"))
