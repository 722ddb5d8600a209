"""The model card: what a version is, what it was judged on, where it falls short."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from features import lake
from features.words import say
from training.models.bundle import Bundle

FIGURES = (
    "auc",
    "average_precision",
    "top_decile_lift",
    "calibration_slope",
    "observed_over_expected",
    "top_decile_observed_over_expected",
    "brier_skill",
    "auc_over_rfm",
)
OF_THE_ORACLE = ("oracle_auc", "gap_closed")  # of a simulated operator only


def card(bundle: Bundle, home: Path, as_of: datetime, language: str = "en") -> str:
    """The card in Markdown, every figure from `bundle.evaluation`."""
    figures = bundle.evaluation
    simulated = figures["oracle_auc"] is not None
    rows = [
        f"| {say('card', name, language)} | {_with_interval(figures, name, language)} |"
        for name in (*FIGURES, *(OF_THE_ORACLE if simulated else ()))
    ]
    periods = [
        say("card", "period", language, name=say("card", name, language), **_period(period))
        for name, period in figures["periods"].items()
    ]
    return say(
        "card", "page", language,
        as_of=f"{as_of:%F}",
        horizon_days=bundle.label["horizon_days"],
        lead_days=bundle.label["lead_days"],
        **{name: bundle.shape[name] for name in ("trees", "depth", "features")},
        fingerprint=bundle.fingerprint,
        periods="\n".join(periods),
        **{
            name: figures["counts"][name]
            for name in ("customers", "churners", "left_early", "competing")
        },
        table="\n".join(rows),
        leads=_leads(figures, language),
        value=_value(figures, language),
        clocks=_clocks(home, language),
    )  # fmt: skip


def _period(period: dict[str, Any]) -> dict[str, Any]:
    return {name: period[name] for name in ("first", "last", "rows", "churners")}


def _clocks(home: Path, language: str) -> str:
    assumed = lake.assumed_clocks(home)
    if assumed:
        return say("card", "clocks_assumed", language, feeds=", ".join(assumed))
    return say("card", "clocks_recorded", language)


def _leads(figures: dict[str, Any], language: str) -> str:
    """What is left of the ranking where acting takes longer, of the leads that can be judged."""
    judged = {lead: own for lead, own in figures["by_lead"].items() if own["auc"] is not None}
    if not judged:
        return ""
    rows = [
        say(
            "card", "lead", language,
            days=lead, dates=own["dates"],
            auc=_with_interval(own, "auc", language),
            lift=_with_interval(own, "top_decile_lift", language),
        )
        for lead, own in judged.items()
    ]  # fmt: skip
    return say("card", "leads", language, rows="\n".join(rows))


def _value(figures: dict[str, Any], language: str) -> str:
    """How well tier and margin are predicted, or why they are not."""
    value = figures.get("value") or {}
    if value.get("note"):
        return say("card", "no_value", language, note=value["note"])
    if value.get("tier_kappa") is None:
        return ""
    return say(
        "card", "value", language,
        kappa=value["tier_kappa"], kappa_unchanged=value["tier_kappa_unchanged"],
        mae=value["margin_mae"], mae_unchanged=value["margin_mae_unchanged"],
    )  # fmt: skip


def _with_interval(figures: dict[str, Any], name: str, language: str) -> str:
    value, interval = figures[name], figures[f"{name}_interval"]
    if not isinstance(value, float):
        return say("card", "unknown", language)
    if not isinstance(interval, list):
        return say("card", "no_interval", language, value=value)
    return say("card", "interval", language, value=value, low=interval[0], high=interval[1])
