"""The model card: what a version is, what it was judged on, where it falls short."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from features import lake
from training.models.bundle import Bundle


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
        (
            "observed over expected, top decile",
            _with_interval(figures, "top_decile_observed_over_expected"),
        ),
        ("Brier skill", _with_interval(figures, "brier_skill")),
        ("AUC above a logistic regression on RFM", _with_interval(figures, "auc_over_rfm")),
    ]
    if figures["oracle_auc"] is not None:  # a simulated operator
        rows += [
            ("AUC of the true probability", _with_interval(figures, "oracle_auc")),
            ("share of the way from RFM to it", _with_interval(figures, "gap_closed")),
        ]
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    periods = "\n".join(
        f"| {name} | {period['first']} to {period['last']} | {period['rows']:,} "
        f"| {period['churners']:,} |"
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

| period | dates | rows | churners |
|---|---|---|---|
{periods}

Out of time, on the test period ({counts["customers"]:,} customers, {counts["churners"]:,} of
whom left; {counts["left_early"]:,} rows left before the lead was over and {counts["competing"]:,}
ended otherwise, both left out), with 95 % intervals over customers:

| figure | value |
|---|---|
{table}

{_leads(figures)}{_worth(figures)}{clocks}

A reason is a sign that goes with leaving, not a cause. The risk says nothing of who can be
persuaded to stay.
"""


def _leads(figures: dict[str, Any]) -> str:
    """What is left of the ranking where acting takes longer, of the leads that can be judged."""
    judged = {lead: own for lead, own in figures["by_lead"].items() if own["auc"] is not None}
    if not judged:
        return ""
    rows = "\n".join(
        f"| {lead} days | {own['dates']} | {_with_interval(own, 'auc')} | "
        f"{_with_interval(own, 'top_decile_lift')} |"
        for lead, own in judged.items()
    )
    return f"""The same risk against those who leave later:

| lead | dates | AUC | lift in the top decile |
|---|---|---|---|
{rows}

"""


def _worth(figures: dict[str, Any]) -> str:
    """How well tier and margin are predicted, or why they are not."""
    value = figures.get("value") or {}
    if value.get("note"):
        return f"No model of value: {value['note']}\n\n"
    if value.get("tier_kappa") is None:
        return ""
    return (
        f"Value after three more bills: kappa of the tier {value['tier_kappa']:.3f} (unchanged: "
        f"{value['tier_kappa_unchanged']:.3f}), error of the monthly margin "
        f"{value['margin_mae']:.2f} (unchanged: {value['margin_mae_unchanged']:.2f}).\n\n"
    )


def _with_interval(figures: dict[str, Any], name: str) -> str:
    value, interval = figures[name], figures[f"{name}_interval"]
    if not isinstance(value, float):
        return "cannot be told"
    if not isinstance(interval, list):
        return f"{value:.3f} (no interval: too few churners)"
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"
