"""The model card: what a version is, what it was judged on, where it falls short."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from features import lake
from training.bundle import Bundle


def card(bundle: Bundle, home: Path, as_of: datetime) -> str:
    """The card in Markdown, every figure from `bundle.evaluation`."""
    figures, label = bundle.evaluation, bundle.label
    counts = figures["counts"]
    rows = [
        ("AUC", _with_interval(figures, "auc")),
        ("average precision", _with_interval(figures, "average_precision")),
        ("lift in the top decile", _with_interval(figures, "top_decile_lift")),
        ("calibration slope", _with_interval(figures, "calibration_slope")),
        ("observed over expected", _with_interval(figures, "observed_over_expected")),
        ("Brier skill", _with_interval(figures, "brier_skill")),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    periods = "\n".join(
        f"| {name} | {period['first']} to {period['last']} | {period['rows']:,} "
        f"| {period['leavers']:,} |"
        for name, period in figures["periods"].items()
    )
    assumed = lake.assumed_clocks(home)
    clocks = (
        f"The clocks of {', '.join(assumed)} are assumed, not recorded: what the operator knew "
        f"when is a guess there, and the figures may be better than life."
        if assumed
        else "Both clocks of every feed were recorded by the operator."
    )
    return f"""# Churn risk, trained {as_of:%F}

The chance that a customer leaves in the {label["horizon_days"]} days that begin
{label["lead_days"]} days from the score's date, if nothing is done about it.

LightGBM, {bundle.shape["trees"]} trees of depth {bundle.shape["depth"]} at most on
{bundle.shape["features"]} features (fingerprint {bundle.fingerprint}), calibrated per payment
mode on a later period.

| period | dates | rows | leavers |
|---|---|---|---|
{periods}

Out of time, on the test period ({counts["customers"]:,} customers, {counts["leavers"]:,} of
whom left; {counts["left_early"]:,} rows left before the lead was over and {counts["competing"]:,}
ended otherwise, both left out), with 95 % intervals over customers:

| figure | value |
|---|---|
{table}

{clocks}

A reason is a sign that goes with leaving, not a cause. The risk says nothing of who can be
persuaded to stay.
"""


def _with_interval(figures: dict[str, object], name: str) -> str:
    value, interval = figures[name], figures[f"{name}_interval"]
    if not isinstance(value, float):
        return "cannot be told"
    if not isinstance(interval, list):
        return f"{value:.3f} (no interval: too few leavers)"
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"
