"""The card of a table's model: what it predicts, from which columns, and how well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.models.bundle import Bundle
from training.models.kinds.table import TableModel
from training.tables.nonrows import nonrow_words

FIGURES = {
    "auc": "AUC",
    "average_precision": "average precision",
    "top_decile_lift": "lift in the top decile",
    "calibration_slope": "calibration slope",
    "observed_over_expected": "observed over expected",
    "brier_skill": "Brier skill",
    "log_loss": "log loss",
}


def table_card(bundle: Bundle, table: TableModel) -> str:
    """The card in Markdown, every figure from `bundle.evaluation`."""
    told = bundle.evaluation
    judged = "\n".join(f"| {words} | {_figure(told, name)} |" for name, words in FIGURES.items())
    columns = "\n".join(
        f"| {_cell(one.name)} | {one.kind} | {_cell(one.note)} | {_cell(one.dropped or 'read')} |"
        for one in table.columns
    )
    others = ", ".join(f"{one['value'][:40]!r} ({one['rows']:,})" for one in told["other_values"])
    more = told["rows"] - told["positives"] - sum(one["rows"] for one in told["other_values"])
    others += f", others ({more:,})" if more else ""
    folds = f"{told['folds']} folds, equal rows in one"
    if told["fold_column"] is not None:
        folds = f"{told['folds']} folds by {_cell(told['fold_column'])}, where equal rows may part"
    return f"""# {_cell(table.name)}: the chance of {_cell(table.target)} = {_cell(table.positive)}

LightGBM, {bundle.shape["trees"]} trees of depth {bundle.shape["depth"]} at most on
{bundle.shape["features"]} columns (fingerprint {bundle.fingerprint}), calibrated out of fold.
Fitted on {told["rows"]:,} rows ({told["distinct_rows"]:,} different ones);
{told["positives"]:,} of them ({told["positive_rate"]:.2%}) are positive. Not positive: {others}.
{_excluded(told)}
Judged out of fold ({folds}), with 95 % intervals over
different rows; the shipped model is fitted on all of them by the same recipe:

| figure | value |
|---|---|
{judged}

{_prior(table)}{_suspects(told["suspected_leaks"])}| column | kind | found | use |
|---|---|---|---|
{columns}

The rows are taken as independent of each other and of one time. A figure out of fold is no
figure out of time: if the table spans months, judge with a fold a month (`--fold-column`).
A reason is a sign that goes with the outcome, not a cause.
"""


def _cell(text: str) -> str:
    """A text that stays within its cell."""
    return " ".join(text.split()).replace("|", "\\|")


def _figure(told: Mapping[str, Any], name: str) -> str:
    value, interval = told[name], told[f"{name}_interval"]
    if value is None:
        return "cannot be told"
    if interval is None:
        return f"{value:.3f} (no interval: too few rows)"
    return f"{value:.3f} ({interval[0]:.3f} to {interval[1]:.3f})"


def _excluded(told: Mapping[str, Any]) -> str:
    """The rows that were not learned from, by their reason; else nothing."""
    parts = []
    if told["rows_without_label"]:
        marks = ", ".join(f"'{one['value']}' {one['rows']:,}" for one in told["missing_labels"])
        parts.append(f"{told['rows_without_label']:,} without a label" + (marks and f" ({marks})"))
    if told["nonrows"]:
        parts.append(nonrow_words({one["reason"]: one["rows"] for one in told["nonrows"]}))
    return f"Rows excluded: {'; '.join(parts)}.\n" if parts else ""


def _prior(table: TableModel) -> str:
    if table.prior is None:
        return ""
    return (
        f"The risks are meant for a population of which {table.prior:.2%} are positive; the sample "
        f"has {table.share:.2%}. The figures above are of the sample, without that correction.\n\n"
    )


def _suspects(found: list[dict[str, str]]) -> str:
    if not found:
        return ""
    lines = "\n".join(f"- {_cell(one['column'])}: {one['evidence']}" for one in found)
    return f"Suspected to be keys, or to be known only after the outcome:\n\n{lines}\n\n"
