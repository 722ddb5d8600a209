"""A backtest on a page: as a section of a version's report, and as a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from features.words import check_language, say
from features.words.refusals import in_language
from training.evaluation.backtest import BY_MODE, Backtest, JudgedDate
from training.indicators.comparison import SHARE_OF_ORACLE
from training.indicators.evaluation import (
    AUC,
    BRIER_SKILL,
    CALIBRATION_SLOPE,
    CHURNERS,
    OBSERVED_OVER_EXPECTED,
    ROWS,
    TOP_DECILE_LIFT,
)
from training.pictures.model import svg
from training.pictures.words import word
from training.report.document import document
from training.report.sections import hint, ranged, row, table

SUBJECT = "backtest"
# Each with the key of its short name.
COLUMNS = (
    (AUC, ""),
    (TOP_DECILE_LIFT, "head_lift"),
    (CALIBRATION_SLOPE, "head_slope"),
    (OBSERVED_OVER_EXPECTED, "head_level"),
    (BRIER_SKILL, "head_skill"),
)


def html(found: Backtest, language: str) -> str:
    """The whole page. Raises SettingsError for another language."""
    check_language(language)
    name = escape(title(found, language))
    shown = "\n".join(
        [
            f"<header><p class='brand'>Liuke</p><h1>{name}</h1>"
            f'<p class="lead">{_said("lead", language, **counts(found))}</p></header>',
            f"<section>{_body(found, language)}</section>",
            f"<footer>{_said('footer', language)}</footer>",
        ]
    )
    return document(name, shown, language)


def section(found: Backtest, recipe: str | None, language: str) -> str:
    """The section of the report of a version that was fitted by `recipe`."""
    own = "same_recipe" if recipe == found.recipe else "other_recipe"
    return "\n".join(
        [
            f"<section>\n<h2>{_said('section', language)}</h2>",
            f"<p>{_said('lead', language, **counts(found))} {_said(own, language)}</p>",
            _body(found, language),
            "</section>",
        ]
    )


def title(found: Backtest, language: str) -> str:
    """What was judged, in words."""
    dates = {"since": found.since, "until": found.until, "weeks": found.every_weeks}
    return say(SUBJECT, "title", language, **dates)


def counts(found: Backtest) -> dict[str, int]:
    """How many dates were judged, of how many."""
    judged = len(found.judged)
    return {"judged": judged, "dates": judged + len(found.passed_over)}


def worst(found: Backtest, language: str) -> str:
    """The worst dates, in words."""
    auc, level = found.worst_auc(), found.worst_level()
    if auc is None or level is None:
        return say(SUBJECT, "worst_unknown", language)
    return say(
        SUBJECT, "worst", language,
        auc=AUC.written(auc[1]), auc_date=auc[0],
        level=OBSERVED_OVER_EXPECTED.written(level[1]), level_date=level[0],
    )  # fmt: skip


def knows_oracle(found: Backtest) -> bool:
    """Whether any date has a share of the oracle: in a simulation only."""
    return any(one.value is not None for one in found.estimates(SHARE_OF_ORACLE))


def _body(found: Backtest, language: str) -> str:
    drawn = svg(found.plot(language))
    caption = f"<figcaption>{_said('over_time_caption', language)}</figcaption>"
    parts = [
        f'<figure class="wide" tabindex="0">{hint(language)}{drawn}{caption}</figure>',
        f"<p>{_said('how_to_read', language)} {escape(worst(found, language))}</p>",
        _table(found, language),
    ]
    if found.passed_over:
        items = "".join(f"<li>{escape(line)}</li>" for line in reasons(found, language))
        parts.append(f"<h3>{_said('passed_over', language)}</h3><ul>{items}</ul>")
    return "\n".join(parts)


def reasons(found: Backtest, language: str) -> list[str]:
    """A line a date that could not be judged."""
    return [
        say(
            SUBJECT, "passed_over_date", language,
            date=one.as_of, reason=in_language(one.reason, language),
        )
        for one in found.passed_over
    ]  # fmt: skip


def _table(found: Backtest, language: str) -> str:
    """A line a date; beneath each figure its interval."""
    own = found.modes()
    heads = [
        say(SUBJECT, "date", language),
        *(one.words(language) for one in (ROWS, CHURNERS)),
        *(one.words(language) for one, _ in COLUMNS),
        *(say(SUBJECT, "head_mode", language, mode=word(mode, language)) for mode in own),
    ]
    if knows_oracle(found):
        heads.append(SHARE_OF_ORACLE.words(language))
    lines = [_line(one, own, knows_oracle(found)) for one in found.judged]
    return table(heads, lines, language)


def _line(one: JudgedDate, own: Sequence[str], with_oracle: bool) -> str:
    figures, counted = one.evaluation, one.evaluation.part("counts")
    cells = [ranged(counted, ROWS), ranged(counted, CHURNERS)]
    cells += [ranged(figures, indicator) for indicator, _ in COLUMNS]
    parts = [figures.part(BY_MODE, mode) for mode in own]
    cells += [ranged(part, OBSERVED_OVER_EXPECTED) for part in parts]
    if with_oracle:
        cells.append(ranged(figures, SHARE_OF_ORACLE))
    return row(one.as_of, cells)


def _said(key: str, language: str, **values: object) -> str:
    return escape(say(SUBJECT, key, language, **values))
