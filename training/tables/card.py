"""The card of a table's model: what it predicts, from which columns, and how well."""

from __future__ import annotations

from typing import Any

from features.words import say
from features.words.remarks import remark, remarks
from training.evaluation.figures import Evaluation
from training.indicators.evaluation import (
    AUC,
    AVERAGE_PRECISION,
    BRIER_SKILL,
    CALIBRATION_SLOPE,
    OBSERVED_OVER_EXPECTED,
    TOP_DECILE_LIFT,
)
from training.indicators.own_tables import LOG_LOSS
from training.models.bundle import Bundle
from training.models.card import written
from training.models.kinds.table import TableModel
from training.tables.leaks.suspects import FIRST, SECOND
from training.tables.nonrows import nonrow_words

DEGREES = {FIRST: "suspects", SECOND: "outstanding"}  # by the heading in the card
FIGURES = (
    AUC,
    AVERAGE_PRECISION,
    TOP_DECILE_LIFT,
    CALIBRATION_SLOPE,
    OBSERVED_OVER_EXPECTED,
    BRIER_SKILL,
    LOG_LOSS,
)


def table_card(bundle: Bundle, table: TableModel, language: str = "en") -> str:
    """The card in Markdown, every figure from `bundle.evaluation`."""
    figures = bundle.evaluation
    judged = [
        f"| {one.words(language)} | {written(figures, one, language, 'no_interval_rows')} |"
        for one in FIGURES
    ]
    return say(
        "card", "table_page", language,
        name=_cell(table.name), target=_cell(table.target), positive=_cell(table.positive),
        **{name: bundle.shape[name] for name in ("trees", "depth", "features")},
        fingerprint=bundle.fingerprint,
        rows=figures["rows"], distinct=figures["distinct_rows"],
        positives=figures["positives"], rate=figures["positive_rate"],
        others=_others(figures, language),
        excluded=_excluded(figures, language),
        folds=_folds(figures, language),
        judged="\n".join(judged),
        prior=_prior(table, language),
        suspects=_suspects(figures["suspected_leaks"], language),
        columns="\n".join(_columns(table, language)),
    )  # fmt: skip


def _columns(table: TableModel, language: str) -> list[str]:
    read = say("card", "use", language)
    rows = [
        (
            one.name,
            remark(one.kind, language),
            remarks(one.note, language),
            remark(one.dropped, language) or read,
        )
        for one in table.columns
    ]
    return [f"| {' | '.join(map(_cell, row))} |" for row in rows]


def _others(figures: Evaluation, language: str) -> str:
    """The values of the target that are not positive, the most frequent by name."""
    values = figures["other_values"]
    each = [
        say("card", "other_value", language, value=one["value"][:40], count=one["rows"])
        for one in values
    ]
    more = figures["rows"] - figures["positives"] - sum(one["rows"] for one in values)
    each += [say("card", "other", language, count=more)] if more else []
    return ", ".join(each)


def _folds(figures: Evaluation, language: str) -> str:
    count, column = figures["folds"], figures["fold_column"]
    if column is None:
        return say("card", "folds", language, count=count)
    return say("card", "folds_by", language, count=count, column=_cell(column))


def _cell(text: str) -> str:
    """A text that stays within its cell."""
    return " ".join(text.split()).replace("|", "\\|")


def _excluded(figures: Evaluation, language: str) -> str:
    """The rows that were not fitted on, by their reason; else nothing."""
    parts = []
    if figures["rows_without_label"]:
        each = ", ".join(f"'{one['value']}' {one['rows']:,}" for one in figures["missing_labels"])
        marks = say("card", "marks", language, marks=each) if each else ""
        count = figures["rows_without_label"]
        parts.append(say("card", "without_label", language, count=count, marks=marks))
    if figures["nonrows"]:
        counts = {one["reason"]: one["rows"] for one in figures["nonrows"]}
        parts.append(nonrow_words(counts, language))
    return say("card", "excluded_rows", language, parts="; ".join(parts)) if parts else ""


def _prior(table: TableModel, language: str) -> str:
    if table.prior is None:
        return ""
    return say("card", "prior", language, prior=table.prior, share=table.share)


def _suspects(found: list[dict[str, Any]], language: str) -> str:
    """The suspects of each degree under a heading of its own."""
    parts = []
    for degree, heading in DEGREES.items():
        lines = [
            f"- {_cell(suspect_name(one, language))}: {remarks(one['evidence'], language)}"
            for one in found
            if one["degree"] == degree
        ]
        if lines:
            parts.append(say("card", heading, language, lines="\n".join(lines)))
    return "".join(parts)


def suspect_name(suspect: dict[str, Any], language: str) -> str:
    """The column of a suspect; that of the rows' order is none, and is said in words."""
    if suspect["why"] == "row_order":
        return remark(suspect["column"], language)
    return str(suspect["column"])
