"""The model card: what a version is, what it was judged on, where it falls short."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from features import lake
from training.evaluation.figures import Evaluation
from training.indicators import HEADLINES, Indicator
from training.indicators.comparison import GAP_CLOSED, ORACLE_AUC
from training.indicators.evaluation import AUC, CHURNERS, DATES, TOP_DECILE_LIFT
from training.indicators.value import MARGIN_MAE, TIER_KAPPA
from training.models.bundle import Bundle


def card(bundle: Bundle, home: Path, as_of: datetime) -> str:
    """The card in Markdown, every figure from `bundle.evaluation`."""
    figures, label = bundle.evaluation, bundle.label
    counts = figures["counts"]
    shown = [*HEADLINES]
    if figures.estimate(ORACLE_AUC).value is not None:  # a simulated operator
        shown += [ORACLE_AUC, GAP_CLOSED]
    table = "\n".join(f"| {one.en} | {_with_interval(figures, one)} |" for one in shown)
    periods = "\n".join(
        f"| {name} | {period['first']} to {period['last']} | {period['rows']:,} "
        f"| {period[CHURNERS.name]:,} |"
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

| period | dates | rows | {CHURNERS.en} |
|---|---|---|---|
{periods}

Out of time, on the test period ({counts["customers"]:,} customers, {counts[CHURNERS.name]:,} of
whom left; {counts["left_early"]:,} rows left before the lead was over and {counts["competing"]:,}
ended otherwise, both excluded), with 95 % intervals over customers:

| figure | value |
|---|---|
{table}

{_leads(figures)}{_value(figures)}{clocks}

A reason is a sign that goes with leaving, not a cause. The risk says nothing of who can be
persuaded to stay.
"""


def _leads(figures: Evaluation) -> str:
    """What remains of the ranking where acting takes longer, of the leads that can be judged."""
    leads = {lead: figures.part("by_lead", lead) for lead in figures.part("by_lead")}
    judged = {lead: own for lead, own in leads.items() if own.estimate(AUC).value is not None}
    if not judged:
        return ""
    rows = "\n".join(
        f"| {lead} days | {own[DATES.name]} | {_with_interval(own, AUC)} | "
        f"{_with_interval(own, TOP_DECILE_LIFT)} |"
        for lead, own in judged.items()
    )
    return f"""The same risk against customers who leave later:

| lead | dates | {AUC.en} | {TOP_DECILE_LIFT.en} |
|---|---|---|---|
{rows}

"""


def _value(figures: Evaluation) -> str:
    """How well tier and margin are predicted, or why they are not."""
    value = figures.part("value")
    if value.get("note"):
        return f"No model of value: {value['note']}\n\n"
    if value.estimate(TIER_KAPPA).value is None:
        return ""
    found = ", ".join(
        f"{one.en} {one.written(value.estimate(one).value)} "
        f"(unchanged: {one.written(value.estimate(one.of('unchanged')).value)})"
        for one in (TIER_KAPPA, MARGIN_MAE)
    )
    return f"Value after three more bills: {found}.\n\n"


def _with_interval(figures: Evaluation, one: Indicator) -> str:
    found = figures.estimate(one)
    if found.value is None:
        return "unknown"
    if found.interval is None:
        return f"{one.written(found.value)} (no interval: too few churners)"
    low, high = (one.written(bound) for bound in found.interval)
    return f"{one.written(found.value)} ({low} to {high})"
