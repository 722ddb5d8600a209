"""The headline figures in words: each a number, its interval, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.report.page import Page
from training.report.texts import percent


def cards(page: Page, told: Mapping[str, Any]) -> list[str]:
    """The headline figures in words, those that can be told."""
    found = []
    if told["auc"] is not None:
        span = page.interval(told["auc_interval"])
        found.append(page.card("auc", f"{told['auc']:.3f}", span, value=percent(told["auc"])))
        share, bounds = told["precision_at_k"]["0.01"], told["precision_at_k_interval"]["0.01"]
        span = page.interval(bounds, "%")
        rate = percent(told["churn_rate"], 1)
        found.append(page.card("top", percent(share), span, rate=rate))
        lift = f"{told['top_decile_lift']:.1f}"
        span = page.interval(told["top_decile_lift_interval"], ".1f")
        found.append(page.card("lift", f"{lift}×", span, value=lift))
    if told["observed_over_expected"] is not None:
        bounds = told["observed_over_expected_interval"]
        span = page.interval(bounds and [100 * bound for bound in bounds], ".0f")
        top = f"{100 * (told['top_decile_observed_over_expected'] or 0):.0f}"
        found.append(
            page.card("level", f"{100 * told['observed_over_expected']:.0f}", span, top=top)
        )
    if told["auc_over_rfm"] is not None:
        span = page.interval(told["auc_over_rfm_interval"], "+.3f")
        value = f"{told['rfm_auc']:.3f}"
        found.append(page.card("rfm", f"{told['auc_over_rfm']:+.3f}", span, value=value))
    if told["gap_closed"] is not None:
        span = page.interval(told["gap_closed_interval"], "%")
        value = f"{told['oracle_auc']:.3f}"
        found.append(page.card("gap", percent(told["gap_closed"]), span, value=value))
    elif told["brier_skill"] is not None:
        span = page.interval(told["brier_skill_interval"])
        found.append(page.card("skill", f"{told['brier_skill']:.3f}", span))
    return found
