"""The model card: what a version is, what it was judged on, where it falls short."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from features import lake
from features.words import say
from features.words.remarks import remark
from training.evaluation.figures import Evaluation
from training.indicators import HEADLINES, Indicator
from training.indicators.comparison import GAP_CLOSED, ORACLE_AUC
from training.indicators.evaluation import AUC, CHURNERS, DATES, TOP_DECILE_LIFT
from training.indicators.value import MARGIN_MAE, TIER_KAPPA
from training.models.bundle import Bundle


def card(bundle: Bundle, home: Path, as_of: datetime, language: str = "en") -> str:
    """The card in Markdown, every figure from `bundle.evaluation`."""
    figures = bundle.evaluation
    shown = [*HEADLINES]
    if figures.estimate(ORACLE_AUC).value is not None:  # a simulated operator
        shown += [ORACLE_AUC, GAP_CLOSED]
    rows = [
        f"| {one.words(language)} | {written(figures, one, language, 'no_interval')} |"
        for one in shown
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
            for name in ("customers", CHURNERS.name, "left_early", "competing", "treated")
        },
        table="\n".join(rows),
        leads=_leads(figures, language),
        value=_value(figures, language),
        clocks=_clocks(home, language),
    )  # fmt: skip


def _period(period: dict[str, Any]) -> dict[str, Any]:
    return {name: period[name] for name in ("first", "last", "rows", CHURNERS.name)}


def _clocks(home: Path, language: str) -> str:
    assumed = lake.assumed_clocks(home)
    if assumed:
        return say("card", "clocks_assumed", language, feeds=", ".join(assumed))
    return say("card", "clocks_recorded", language)


def _leads(figures: Evaluation, language: str) -> str:
    """What remains of the ranking where acting takes longer, of the leads that can be judged."""
    leads = {lead: figures.part("by_lead", lead) for lead in figures.part("by_lead")}
    judged = {lead: own for lead, own in leads.items() if own.estimate(AUC).value is not None}
    if not judged:
        return ""
    rows = [
        say(
            "card", "lead", language,
            days=lead, dates=own[DATES.name],
            ranking=written(own, AUC, language, "no_interval"),
            lift=written(own, TOP_DECILE_LIFT, language, "no_interval"),
        )
        for lead, own in judged.items()
    ]  # fmt: skip
    heads = {"ranking": AUC.words(language), "lift": TOP_DECILE_LIFT.words(language)}
    return say("card", "leads", language, rows="\n".join(rows), **heads)


def _value(figures: Evaluation, language: str) -> str:
    """How well tier and margin are predicted, or why they are not."""
    value = figures.part("value")
    if value.get("note"):
        return say("card", "no_value", language, note=remark(value["note"], language))
    if value.estimate(TIER_KAPPA).value is None:
        return ""
    found = [
        say(
            "card", "value_figure", language,
            name=one.words(language),
            value=one.written(value.estimate(one).value),
            unchanged=one.written(value.estimate(one.of("unchanged")).value),
        )
        for one in (TIER_KAPPA, MARGIN_MAE)
    ]  # fmt: skip
    return say("card", "value", language, figures=", ".join(found))


def written(figures: Evaluation, one: Indicator, language: str, without: str) -> str:
    """A figure with its interval as a card writes it; `without`: the key of why it has none."""
    found = figures.estimate(one)
    if found.value is None:
        return say("card", "unknown", language)
    value = one.written(found.value)
    if found.interval is None:
        return say("card", without, language, value=value)
    low, high = (one.written(bound) for bound in found.interval)
    return say("card", "interval", language, value=value, low=low, high=high)
