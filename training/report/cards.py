"""The headline figures in words: each a number, its interval, and what it means."""

from __future__ import annotations

from training.evaluation.figures import Evaluation
from training.indicators import Indicator
from training.indicators.comparison import AUC_OVER_RFM, GAP_CLOSED, ORACLE_AUC, RFM_AUC
from training.indicators.evaluation import (
    AUC,
    BRIER_SKILL,
    CHURN_RATE,
    OBSERVED_OVER_EXPECTED,
    PRECISION_AT_K,
    TOP_DECILE_LIFT,
    TOP_DECILE_OBSERVED_OVER_EXPECTED,
)
from training.report.page import Page
from training.report.texts import percent

TOP_SHARE = "0.01"  # of precision at k


def cards(page: Page, figures: Evaluation) -> list[str]:
    """The headline figures that are known, each with the sentence that explains it."""

    def shown(one: Indicator) -> str:
        return one.written(figures.estimate(one).value)

    auc, gap = figures.estimate(AUC).value, figures.estimate(GAP_CLOSED).value
    top = figures.estimate(PRECISION_AT_K, TOP_SHARE)
    title = f"{PRECISION_AT_K.words(page.language)} ({percent(float(TOP_SHARE))})"
    found = [
        page.card(AUC, figures.estimate(AUC), "auc", value="–" if auc is None else percent(auc)),
        page.card(PRECISION_AT_K, top, "top", title, rate=shown(CHURN_RATE)),
        page.card(
            TOP_DECILE_LIFT,
            figures.estimate(TOP_DECILE_LIFT),
            "lift",
            value=shown(TOP_DECILE_LIFT),
        ),
        page.card(
            OBSERVED_OVER_EXPECTED,
            figures.estimate(OBSERVED_OVER_EXPECTED),
            "level",
            top=shown(TOP_DECILE_OBSERVED_OVER_EXPECTED),
        ),
        page.card(AUC_OVER_RFM, figures.estimate(AUC_OVER_RFM), "rfm", value=shown(RFM_AUC)),
        page.card(GAP_CLOSED, figures.estimate(GAP_CLOSED), "gap", value=shown(ORACLE_AUC))
        if gap is not None
        else page.card(BRIER_SKILL, figures.estimate(BRIER_SKILL), "skill"),
    ]
    return [card for card in found if card]
