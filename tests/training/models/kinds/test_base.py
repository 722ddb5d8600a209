"""The operator's customers as a kind of model."""

from __future__ import annotations

import pandas as pd

from training.models.kinds.base import BaseCustomers

ROWS = pd.DataFrame({"calls": [1.0, 2.0], "payment_mode": ["prepaid", "postpaid"]})


def test_rows_of_features_are_read_as_they_stand_and_calibrated_by_mode() -> None:
    kind = BaseCustomers()
    assert kind.prepare(ROWS) is ROWS
    assert kind.columns == ()
    assert kind.modes(ROWS).tolist() == ["prepaid", "postpaid"]
