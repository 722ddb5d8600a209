"""The report of a version: one HTML file for people, with every picture in it.

It needs no network and runs no script, reads on a telephone and prints. Its figures are those
of `bundle.evaluation`; the pictures are drawn from the same rows (`training.report.evidence`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape

from matplotlib.figure import Figure

from features.catalogue.families import Feature
from features.words import check_language
from training.evaluation.backtest import Backtest
from training.evaluation.figures import Evaluation
from training.evaluation.profit import Economics, profit_curve
from training.evaluation.segments import FEW_CHURNERS
from training.indicators.comparison import ORACLE_AUC
from training.indicators.evaluation import BASE_RATE, CHURNERS, EMP, TOP_DECILE_LIFT
from training.indicators.value import TIER_MATRIX
from training.models.bundle import Bundle
from training.pictures.curves import base_rate_lines, gains, lift_bars, profit, roc
from training.pictures.model import beeswarm, calibration_curve, svg
from training.report.backtest import section as backtest_section
from training.report.cards import cards
from training.report.document import document
from training.report.evidence import Evidence
from training.report.page import Page
from training.report.sections import (
    calibration_table,
    lead_table,
    period_table,
    precision_table,
    segment_table,
    tier_table,
    value_table,
)
from training.report.texts import percent, say


def figures_of(
    bundle: Bundle,
    seen: Evidence,
    features: Sequence[Feature],
    economics: Economics | None = None,
    language: str = "en",
) -> dict[str, Figure]:
    """Every picture of the report by name: calibration, roc, baselines, gains, lift, profit, ..."""
    economics = economics or Economics()
    declared = {feature.name: feature for feature in features}
    pictures = {
        "baselines": bundle.evaluation.plot(language),
        "roc": roc(seen.churned, seen.risks(), language),
        "calibration": calibration_curve(seen.churned, seen.risk, language=language),
        "gains": gains(seen.churned, seen.risks(), language),
        "lift": lift_bars(seen.churned, seen.risk, language),
        "profit": profit(*profit_curve(seen.churned, seen.risk, economics), language),
        "base_rate": base_rate_lines(bundle.evaluation[BASE_RATE.name], language),
    }
    if len(seen.contributions):
        names = [
            getattr(declared[name], language) if name in declared else name
            for name in bundle.features
        ]
        pictures["features"] = beeswarm(seen.contributions, seen.values, names, language=language)
    return pictures


def html(
    bundle: Bundle,
    seen: Evidence,
    features: Sequence[Feature],
    as_of: datetime,
    assumed_clocks: Sequence[str] = (),
    language: str = "en",
    economics: Economics | None = None,
    pictures: Mapping[str, Figure] | None = None,
    backtest: Backtest | None = None,
) -> str:
    """The whole page in `language` (en or zh), the words inside pictures too.

    `bundle.evaluation` as `evaluate` gives it, with `periods` and, where there are models of
    value, `value`; `seen` is the evidence of the same rows. `assumed_clocks` are the feeds whose
    clocks were not recorded (`features.lake.assumed_clocks`). `pictures` are those of
    `figures_of`, drawn here where they are not given; `backtest` is the last one of the home.
    Raises SettingsError for another language.
    """
    check_language(language)
    figures, page = bundle.evaluation, Page(language)
    economics = economics or Economics()
    pictures = pictures or figures_of(bundle, seen, features, economics, language)
    drawn = {name: svg(picture) for name, picture in pictures.items()}
    body = [
        _head(page, bundle, as_of),
        _ranking(page, figures, drawn),
        page.section(
            "trust",
            page.text("trust_text"),
            page.pair(
                page.figure(drawn["calibration"], "calibration_caption"),
                calibration_table(figures, language),
            ),
        ),
        page.section(
            "list",
            page.text("list_text"),
            page.pair(
                page.figure(drawn["gains"], "gains_caption", tenth=_tenth(figures)),
                page.figure(drawn["lift"], "lift_caption"),
            ),
        ),
        _profit(page, figures, drawn, economics),
        _why(page, drawn, len(seen.contributions)),
        page.section(
            "whom", page.text("whom_text", few=FEW_CHURNERS), segment_table(figures, language)
        ),
        _later(page, bundle),
        page.section("drift", page.text("drift_text"), page.wide(drawn["base_rate"])),
        backtest_section(backtest, figures.get("recipe"), language) if backtest else "",
        _value(page, figures),
        _counted(page, bundle, assumed_clocks),
        f"<footer>{escape(say('footer', language))}</footer>",
    ]
    title = escape(say("title", language, as_of=f"{as_of:%F}"))
    shown = "\n".join(part for part in body if part)
    return document(title, shown, language)


def _head(page: Page, bundle: Bundle, as_of: datetime) -> str:
    figures, label = bundle.evaluation, bundle.label
    counts = figures["counts"]
    dates = counts["dates"] or ["–"]
    lead = page.say(
        "lead",
        horizon=label["horizon_days"],
        lead=label["lead_days"],
        customers=f"{counts['customers']:,}",
        churners=f"{counts[CHURNERS.name]:,}",
        dates=len(counts["dates"]),
        first=dates[0],
        last=dates[-1],
    )
    return (
        f'<header><p class="brand">{page.say("brand")}</p>'
        f"<h1>{page.say('title', as_of=f'{as_of:%F}')}</h1>"
        f'<p class="lead">{lead}</p></header>\n<div class="cards">{"".join(cards(page, figures))}'
        f"</div>"
    )


def _ranking(page: Page, figures: Evaluation, drawn: dict[str, str]) -> str:
    words = page.text("rank_text")
    if figures.estimate(ORACLE_AUC).value is not None:
        words += page.text("rank_best")
    pictures = page.pair(
        page.figure(drawn["roc"], "roc_caption"),
        page.figure(drawn["baselines"], "baselines_caption", "small"),
    )
    return page.section("rank", words, pictures)


def _tenth(figures: Evaluation) -> str:
    lift = figures.estimate(TOP_DECILE_LIFT).value
    return "–" if lift is None else percent(lift / 10)


def _profit(page: Page, figures: Evaluation, drawn: dict[str, str], economics: Economics) -> str:
    best = figures[EMP.name]
    if best["profit"] is None:
        return ""
    words = page.text(
        "pays_text",
        clv=f"{economics.lifetime_value:g}",
        offer=f"{economics.offer_cost:g}",
        contact=f"{economics.contact_cost:g}",
        accept=percent(economics.acceptance),
        share=percent(best["share"], 1),
        profit=EMP.written(best["profit"]),
    )
    return page.section(
        "pays",
        words,
        page.pair(
            page.figure(drawn["profit"], "profit_caption"), precision_table(figures, page.language)
        ),
    )


def _why(page: Page, drawn: dict[str, str], count: int) -> str:
    if "features" not in drawn:
        return ""
    return page.section(
        "why",
        page.text("why_text", count=f"{count:,}"),
        page.colours(),
        page.wide(drawn["features"]),
    )


def _later(page: Page, bundle: Bundle) -> str:
    if not bundle.evaluation["by_lead"]:
        return ""
    found = lead_table(bundle.evaluation, bundle.label["lead_days"], page.language)
    return page.section("later", page.text("later_text"), found)


def _value(page: Page, figures: Evaluation) -> str:
    value = figures.part("value")
    rows = value_table(value, page.language)
    if not rows:
        return (
            page.section("value", page.text("no_value", why=value["note"]))
            if value.get("note")
            else ""
        )
    matrix = value.get(TIER_MATRIX.name)
    seen = tier_table(matrix, page.language) if matrix else ""
    return page.section("value", page.text("value_text"), rows, seen)


def _counted(page: Page, bundle: Bundle, assumed_clocks: Sequence[str]) -> str:
    figures, label, counts = bundle.evaluation, bundle.label, bundle.evaluation["counts"]
    kinds = ", ".join(f"{page.say(kind)} {count:,}" for kind, count in counts["kinds"].items())
    clocks = (
        page.say("clocks_assumed", feeds=", ".join(assumed_clocks))
        if assumed_clocks
        else page.say("clocks_recorded")
    )
    facts = [
        (
            "label_name",
            page.say(
                "label",
                silent=label.get("silent_days", "–"),
                horizon=label["horizon_days"],
                lead=label["lead_days"],
            ),
        ),
        ("kinds_name", kinds or "–"),
        ("apart_name", page.say("apart", early=f"{counts['left_early']:,}",
                                competing=f"{counts['competing']:,}",
                                treated=f"{counts['treated']:,}")),
        ("model_name", page.say("shape", **bundle.shape | {"fingerprint": bundle.fingerprint})),
        ("clocks_name", clocks),
    ]  # fmt: skip
    limits = "".join(
        f"<li>{page.say(name)}</li>" for name in ("limit_persuade", "limit_weeks", "limit_best")
    )
    periods = period_table(figures["periods"], page.language) if "periods" in figures else ""
    return page.section(
        "counted", periods, page.facts(facts), f"<h3>{page.say('limits')}</h3><ul>{limits}</ul>"
    )
