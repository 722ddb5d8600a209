"""A read-out as text for people, the verdict first."""

from __future__ import annotations

from features.words import say, words
from features.words.remarks import remarks
from training.experiments.effects.clustered import Interval
from training.experiments.effects.estimates import AMOUNT, ANY, Effect, Measure
from training.experiments.effects.reached import Reached
from training.experiments.rows.arms import UNKNOWN
from training.experiments.verdict import written
from training.readouts.readout import Readout
from training.readouts.written import arm_rows, policy_name, whole_verdict
from training.tables.nonrows import nonrow_words

DIFFERS = 0.05  # p value, the number of columns accounted for
INDENT = "  "
VERDICT, CHECKS, LEAKS, EFFECTS = "verdict", "checks", "leaks", "effects"
SEGMENTS, POLICIES = "segments", "policies"


def as_text(found: Readout, language: str) -> str:
    """The read-out; a part that has nothing to say is not there."""
    parts = [arms_of(found, language), *parts_of(found, language).values()]
    return "\n\n".join("\n".join(lines) for lines in parts)


def parts_of(found: Readout, language: str) -> dict[str, list[str]]:
    """The parts that have something to say, by name, each a title and its lines."""
    parts = {
        VERDICT: [_title("verdict", language), INDENT + whole_verdict(found, language)],
        CHECKS: [_title("checks", language), *_checks(found, language)],
        LEAKS: _leaks(found, language),
        EFFECTS: _effects(found, language),
        SEGMENTS: _segments(found, language),
        POLICIES: _policies(found, language),
    }
    return {name: lines for name, lines in parts.items() if lines}


def _title(key: str, language: str) -> str:
    return say("experiment", f"page_{key}", language)


def arms_of(found: Readout, language: str) -> list[str]:
    """How many rows each arm has, and what is assumed of the outcome."""
    counts = [
        say("experiment", "page_arm", language, arm=arm, rows=rows)
        for arm, rows in arm_rows(found).items()
    ]
    between = words(language, "experiment")["between_arms"]
    rows = len(found.trial.arm)
    first = say("experiment", "page_arms", language, rows=rows, arms=between.join(counts))
    return [first, *_remarks(found, language)]


def _remarks(found: Readout, language: str) -> list[str]:
    """What is assumed of the outcome, and which rows are not counted."""
    experiment = found.experiment
    outcome = experiment.outcome
    key = "direction_more" if outcome.is_wanted else "direction_less"
    lines = [say("experiment", key, language, outcome=outcome.name)]
    if outcome.by_name:
        between = words(language, "experiment")["between_sentences"]
        lines[0] += between + say("experiment", "direction_by_name", language)
    without = int((experiment.arms.arm == UNKNOWN).sum())
    if without:
        column = experiment.treatment
        lines.append(say("experiment", "without_arm", language, count=without, treatment=column))
    if experiment.nonrows:
        own = nonrow_words(experiment.nonrows, language)
        lines.append(say("experiment", "nonrows", language, words=own))
    return lines


def _checks(found: Readout, language: str) -> list[str]:
    return [
        f"{INDENT}{_title('passed' if one.passed else 'failed', language)}  {one.message(language)}"
        for one in found.checks
    ]


def _leaks(found: Readout, language: str) -> list[str]:
    if not found.suspected:
        return []
    between = words(language, "experiment")["between_name_and_remark"]
    lines = [
        f"{INDENT}{one.column}{between}{remarks(one.evidence, language)}" for one in found.suspected
    ]
    return [_title("leaks", language), *lines]


def _effects(found: Readout, language: str) -> list[str]:
    if not found.effects:
        return []
    control, level = found.trial.arms[0], found.effects[0].level
    title = say("experiment", "page_effects", language, control=control, level=level)
    lines = [_effect(one, language) for one in found.effects]
    lines += [_reached(one, language) for one in found.reached]
    return [title, *(INDENT + line for line in lines)]


def _effect(one: Effect, language: str) -> str:
    always = Interval(one.adjusted.value, *one.always, one.adjusted.p_value)
    return say(
        "experiment", "page_effect", language,
        arm=_title("any", language) if one.arm == ANY else one.arm,
        outcome=words(language, "experiment").get(one.measure.name, one.measure.name),
        effect=written(one.adjusted, one.measure, language),
        plain=written(one.plain, one.measure, language),
        gain=max(one.gain, 0.0),
        always=written(always, one.measure, language),
    )  # fmt: skip


def _reached(one: Reached, language: str) -> str:
    if one.value is None or one.low is None or one.high is None:
        return say("experiment", "page_reached_none", language, arm=one.arm, share=one.share)
    found = Interval(one.value, one.low, one.high, 0.0)
    effect = written(found, one.measure, language)
    return say("experiment", "page_reached", language, arm=one.arm, share=one.share, effect=effect)


def _segments(found: Readout, language: str) -> list[str]:
    """The columns by which an arm works differently, each level with its effect."""
    if not found.segments.effects:
        return []
    looks, level = found.segments.looks, found.effects[0].level
    columns = len({one.column for one in found.segments.effects})
    title = say("experiment", "page_segments", language, looks=looks, columns=columns, level=level)
    differing = [one for one in found.segments.differences if one.p_value < DIFFERS]
    if not differing:
        return [title, INDENT + _title("segments_none", language)]
    measure, lines = found.effects[0].measure, []
    for one in differing:
        lines.append(
            INDENT
            + say("experiment", "page_differs", language, column=one.column, arm=one.arm,
                  chance=one.p_value)
        )  # fmt: skip
        lines += [
            2 * INDENT + f"{own.level} ({own.rows:,}): {written(own.interval, measure, language)}"
            for own in found.segments.effects
            if (own.column, own.arm) == (one.column, one.arm)
        ]
    return [title, *lines]


def _policies(found: Readout, language: str) -> list[str]:
    if found.contest is None:
        return [say("experiment", "page_too_few", language)] if found.too_few else []
    unit = Measure("", AMOUNT, found.trial.worth)
    title = "page_policies_money" if found.experiment.has_money else "page_policies_outcomes"
    lines = []
    for one in found.contest.policies:
        gain = one.gain_over_nobody
        shown = Interval(gain.value or 0.0, gain.low or 0.0, gain.high or 0.0, 1.0)
        lines.append(
            INDENT
            + say("experiment", "page_policy", language,
                  name=policy_name(one.name, language), value=one.value.value,
                  share=one.treated_share, gain=written(shown, unit, language))
        )  # fmt: skip
    return [say("experiment", title, language), *lines]
