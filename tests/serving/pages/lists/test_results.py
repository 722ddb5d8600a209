"""What a read-out says of each figure."""

from __future__ import annotations

from typing import Any

from serving.http.contract.forms.campaigns import EXAMPLES, ReadoutAnswer
from serving.pages.lists.results import verdicts


def readout(**changed: Any) -> ReadoutAnswer:
    own = EXAMPLES["readout"][1] | {"text": ""}
    effect = own["effects"][0] | changed.pop("effect", {})
    return ReadoutAnswer.model_validate(own | {"effects": [effect]} | changed)


def test_a_share_is_said_in_points_and_may_be_chance() -> None:
    (own,) = verdicts(readout())
    assert (own.low, own.estimate, own.high) == (-0.9, 1.1, 3.1)
    assert (own.answer, own.is_share) == ("unclear", True)


def test_before_all_labels_are_known_the_wider_interval_counts() -> None:
    (own,) = verdicts(readout(is_known=False))
    assert (own.low, own.high) == (-1.9, 4.1)


def test_gain_harm_and_the_rounding_of_sums() -> None:
    for low, high, answer in (
        (0.01, 0.03, "helps"),
        (-0.03, -0.01, "harms"),
        (1e-17, 1e-16, "unclear"),
    ):
        (own,) = verdicts(readout(effect={"low": low, "high": high, "estimate": (low + high) / 2}))
        assert own.answer == answer
