"""A read-out as one HTML page with pictures, in English or Chinese, with nothing to load."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from features.words import check_language, say, words
from training.experiments.effects.estimates import ANY, SHARE, Effect
from training.pictures.intervals import Bar, bar, intervals
from training.pictures.model import svg
from training.readouts.page import EFFECTS, POLICIES, VERDICT, arms_of, parts_of
from training.readouts.readout import Readout
from training.readouts.written import policy_name
from training.report.document import document


def html(found: Readout, language: str) -> str:
    """The whole page, the verdict first. Raises SettingsError for another language."""
    check_language(language)
    title = escape(say("experiment", "page_title", language, outcome=found.experiment.outcome.name))
    parts = parts_of(found, language)
    lead = [*arms_of(found, language), *parts.pop(VERDICT)[1:]]
    shown = "\n".join(
        [
            f"<header><p class='brand'>Liuke</p><h1>{title}</h1>{_texts(lead)}</header>",
            *(_section(name, lines, found, language) for name, lines in parts.items()),
        ]
    )
    return document(title, shown, language)


def _section(name: str, lines: Sequence[str], found: Readout, language: str) -> str:
    """A part under its title, with its picture where it has one."""
    drawn = [f"<figure>{one}</figure>" for one in PICTURES.get(name, _none)(found, language)]
    title, *rest = lines
    parts = [f"<h2>{escape(title)}</h2>", *drawn, _texts(rest)]
    return "<section>\n" + "\n".join(parts) + "\n</section>"


def _texts(lines: Sequence[str]) -> str:
    return "".join(f"<p>{escape(line.strip())}</p>" for line in lines)


def _none(_found: Readout, _language: str) -> list[str]:
    return []


def _of_effects(found: Readout, language: str) -> list[str]:
    """A picture a measure, with all its arms."""
    measures = list(dict.fromkeys(one.measure.name for one in found.effects))
    return [_of_measure(name, found, language) for name in measures]


def _of_measure(name: str, found: Readout, language: str) -> str:
    own = [one for one in found.effects if one.measure.name == name]
    is_share = own[0].measure.unit == SHARE
    known = words(language, "experiment")
    unit = say(
        "experiment", "axis_points" if is_share else "axis_amount", language,
        outcome=known.get(name, name), level=own[0].level,
    )  # fmt: skip
    return svg(intervals([_bar(one, 100 if is_share else 1, language) for one in own], unit))


def _bar(one: Effect, times: int, language: str) -> Bar:
    name = words(language, "experiment")["page_any"] if one.arm == ANY else one.arm
    ends = (times * own for own in (one.adjusted.value, one.adjusted.low, one.adjusted.high))
    return bar(name, *ends, more_is_good=one.measure.is_wanted)


def _of_policies(found: Readout, language: str) -> list[str]:
    """What each policy gains over no contact."""
    if found.contest is None:
        return []
    bars = [
        bar(policy_name(one.name, language), gain.value or 0.0, gain.low or 0.0, gain.high or 0.0)
        for one in found.contest.policies
        for gain in (one.gain_over_nobody,)
    ]
    key = "axis_policies_money" if found.experiment.has_money else "axis_policies_outcomes"
    return [svg(intervals(bars, words(language, "experiment")[key]))]


PICTURES: Mapping[str, Callable[[Readout, str], list[str]]] = {
    EFFECTS: _of_effects,
    POLICIES: _of_policies,
}
