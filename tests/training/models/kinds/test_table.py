"""What a bundle keeps of its table, and probabilities for another population."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from features.errors import SettingsError
from training.churn.calibration import EVERYONE, Calibration, Curve
from training.columns import TableColumn
from training.models.kinds.table import TableModel, fingerprint, for_prior

COLUMNS = (
    TableColumn("月费", "number", style="comma", missing=("无",)),
    TableColumn("x", "empty", dropped="y"),
)


def test_what_is_written_is_read_again() -> None:
    model = TableModel("客户", "离网", "是", COLUMNS, 0.3, 0.1)
    assert TableModel.from_json(json.loads(json.dumps(model.to_json()))) == model


def test_only_what_changes_the_reading_changes_the_fingerprint() -> None:
    own = fingerprint(COLUMNS)
    assert fingerprint(COLUMNS[::-1]) == own
    assert fingerprint(COLUMNS[:1]) == own
    assert fingerprint((replace(COLUMNS[0], note="3 missing"),)) == own
    assert fingerprint((replace(COLUMNS[0], style="point"),)) != own


def test_a_sample_of_churners_is_led_back_to_the_population() -> None:
    """Of 100,000 customers all churners and a tenth of the stayers: by Bayes, odds times ten."""
    curve = Calibration({EVERYONE: Curve(-0.3, 1.1, 100)})
    modes = np.full(5, EVERYONE, dtype=object)
    raw = np.linspace(-3, 3, 5)
    share, prior = 0.5, 0.5 / (0.5 + 0.5 * 10)
    sampled = curve.risk(raw, modes)
    moved = for_prior(curve, share, prior).risk(raw, modes)
    np.testing.assert_allclose(moved / (1 - moved), sampled / (1 - sampled) / 10)
    assert for_prior(curve, share, None) == curve
    np.testing.assert_allclose(for_prior(curve, share, share).risk(raw, modes), sampled)


@pytest.mark.parametrize("prior", [0.0, 1.0, 1.5])
def test_a_prior_that_is_not_a_share_is_refused(prior: float) -> None:
    with pytest.raises(SettingsError, match="--prior"):
        for_prior(Calibration({EVERYONE: Curve(0, 1, 1)}), 0.5, prior)
