"""Which arm a row is in, as tables write it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.errors import NotEnoughData, SettingsError, TableRefused
from training.experiments.rows.arms import planned_shares, read_arms, received_arms


def test_the_control_comes_first_and_empty_cells_are_unknown() -> None:
    found = read_arms(pd.Series(["B", "No", "A", "", "A"]), "arm", "no")
    assert found.names == ("No", "A", "B")
    assert found.arm.tolist() == [2, 0, 1, -1, 1]
    assert found.counts.tolist() == [1, 2, 1]


@pytest.mark.parametrize("word", ["none", "None", "-", "n/a"])
def test_a_control_may_be_called_by_a_word_for_nothing(word: str) -> None:
    found = read_arms(pd.Series(["mail", word, "mail", ""]), "arm", word)
    assert found.names == (word, "mail")
    assert found.arm.tolist() == [1, 0, 1, -1]


def test_numbers_are_one_arm_however_they_are_written() -> None:
    assert read_arms(pd.Series(["0.0", "1.0"]), "arm", "0").names == ("0", "1")
    assert read_arms(pd.Series([0, 1]), "arm", "0").arm.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("values", "refusal", "says"),
    [
        (["A", "B"], TableRefused, r"no row has arm = 'No'; its values are: 'A' \(1\), 'B' \(1\)"),
        (["No", "No"], NotEnoughData, "no two arms"),
        (["No", *map(str, range(100, 130))], TableRefused, "31 values .* at most 20"),
        (["", ""], TableRefused, "all empty"),
    ],
)
def test_what_is_not_arms_is_refused(
    values: list[str], refusal: type[Exception], says: str
) -> None:
    with pytest.raises(refusal, match=says):
        read_arms(pd.Series(values), "arm", "No")


def test_planned_shares_name_every_arm() -> None:
    arms = read_arms(pd.Series(["No", "A"]), "arm", "No")
    assert planned_shares((), arms) is None
    shares = planned_shares((("a", 2.0), ("No", 1.0)), arms)
    assert shares is not None
    assert shares.tolist() == pytest.approx([1 / 3, 2 / 3])
    for wrong in (
        (("A", 2.0),),
        (("A", 2.0), ("No", 0.0)),
        (("A", 1.0), ("B", 1.0)),
        (("A", float("nan")), ("No", 1.0)),
        (("A", float("inf")), ("No", 1.0)),
    ):
        with pytest.raises(SettingsError, match="for each arm: No, A"):
            planned_shares(wrong, arms)


def test_what_was_received_is_an_arm_or_a_plain_yes() -> None:
    arms = read_arms(pd.Series(["No", "A", "B"]), "arm", "No")
    drawn = np.array([1, 2, 0, 0])

    def received(*values: str) -> list[int]:
        found = received_arms(pd.Series(values), "got", arms, drawn)
        return [int(one) for one in found]

    assert received("a", "", "No", "B") == [1, 0, 0, 2]
    assert received("yes", "1", "0", "yes") == [1, 2, 0, 1]
    with pytest.raises(TableRefused, match="'C'; expected 'No', 'A', 'B', or yes and no"):
        received("C", "No", "A", "")
