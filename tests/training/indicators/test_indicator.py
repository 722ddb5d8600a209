"""How a figure is written."""

from __future__ import annotations

import pytest

from training.indicators import Indicator
from training.indicators.evaluation import AUC, CHURN_RATE, CHURNERS
from training.indicators.indicator import COUNT, CURRENCY, NUMBER, SHARE
from training.indicators.value import MARGIN_MAE, TIER_KAPPA


@pytest.mark.parametrize(
    ("unit", "value", "written"),
    [
        (SHARE, 0.0352, "3.5\N{NO-BREAK SPACE}%"),
        (COUNT, 20960, "20,960"),
        (CURRENCY, 1234.5, "1,234.50"),
        (NUMBER, 4.6298, "4.630"),
        (NUMBER, None, "–"),
    ],
)
def test_a_value_is_written_by_its_unit(unit: str, value: float | None, written: str) -> None:
    assert Indicator("n", "n", "n", unit, "", "").written(value) == written


def test_a_form_of_its_own_goes_before_the_units() -> None:
    assert AUC.unit == CHURN_RATE.unit == SHARE
    assert AUC.written(0.7667) == "0.767"


def test_a_gain_over_another_prediction_has_a_sign() -> None:
    assert (TIER_KAPPA.of("unchanged").name, TIER_KAPPA.over("trend").name) == (
        "tier_kappa_unchanged",
        "tier_kappa_over_trend",
    )
    assert TIER_KAPPA.over("unchanged").written(0.02) == "+0.020"
    assert MARGIN_MAE.over("unchanged").written(-1.1) == "-1.10"


def test_words_are_in_the_language() -> None:
    assert (CHURNERS.words("en"), CHURNERS.words("zh")) == ("churners", "离网客户数")
