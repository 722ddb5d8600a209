"""A read-out as one JSON object, and as text for people."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from features.words import say, words
from features.words.remarks import remark
from training.experiments.effects.estimates import ANY, Effect
from training.experiments.rows.arms import UNKNOWN
from training.experiments.verdict import PROFIT, verdict, written
from training.readouts.readout import VALUE, Readout
from training.tables.nonrows import nonrow_words


def as_object(found: Readout, language: str) -> dict[str, Any]:
    """The read-out for programs; shares of events lie between 0 and 1."""
    experiment = found.experiment
    return {
        "rows": len(found.trial.arm),
        "control": experiment.arms.names[0],
        "arms": [
            {"arm": name, "rows": int((found.trial.arm == place).sum())}
            for place, name in enumerate(found.trial.arms)
        ],
        "outcome": {
            "column": experiment.outcome.name,
            "positive": experiment.outcome.positive,
            "more_is_better": experiment.outcome.is_wanted,
        },
        "checks": [
            {"name": one.name, "passed": one.passed, "message": one.message(language)}
            for one in found.checks
        ],
        "effects": [_effect(one) for one in found.effects],
        "policies": [],
        "recommended": None,
        "suspected_leaks": [asdict(one) for one in found.suspected],
        "verdict": verdict(found.checks, found.effects, language),
    }


def as_text(found: Readout, language: str) -> str:
    """The read-out for people: who was in the test, the verdict, its checks and effects."""
    lines = [_arms(found, language), *_remarks(found, language), ""]
    lines += [say("experiment", "page_verdict", language)]
    lines += ["  " + verdict(found.checks, found.effects, language), ""]
    lines += [say("experiment", "page_checks", language), *_check_lines(found, language)]
    if found.suspected:
        lines += ["", say("experiment", "page_leaks", language)]
        lines += [f"  {one.column}: {remark(one.evidence, language)}" for one in found.suspected]
    if found.effects:
        control, level = found.trial.arms[0], found.effects[0].level
        lines += ["", say("experiment", "page_effects", language, control=control, level=level)]
        lines += [f"  {_effect_line(one, language)}" for one in found.effects]
    return "\n".join(lines)


def _effect(one: Effect) -> dict[str, Any]:
    return {
        "arm": one.arm,
        "outcome": one.measure.name,
        "unit": one.measure.unit,
        "estimate": one.adjusted.value,
        "low": one.adjusted.low,
        "high": one.adjusted.high,
        "level": one.level,
        "p_value": one.adjusted.p_value,
        "plain": {"estimate": one.plain.value, "low": one.plain.low, "high": one.plain.high},
        "narrower_by": one.gain,
    }


def _arms(found: Readout, language: str) -> str:
    counts = [
        say(
            "experiment", "page_arm", language, arm=name, rows=int((found.trial.arm == place).sum())
        )
        for place, name in enumerate(found.trial.arms)
    ]
    joined = ", ".join(counts)
    return say("experiment", "page_arms", language, rows=len(found.trial.arm), arms=joined)


def _remarks(found: Readout, language: str) -> list[str]:
    """What is assumed of the outcome, and which rows are not counted."""
    outcome, arms = found.experiment.outcome, found.experiment.arms
    key = "direction_more" if outcome.is_wanted else "direction_less"
    lines = [say("experiment", key, language, outcome=outcome.name)]
    if outcome.by_name:
        between = words(language, "experiment")["between_sentences"]
        lines[0] += between + say("experiment", "direction_by_name", language)
    without = int((arms.arm == UNKNOWN).sum())
    if without:
        lines.append(
            say(
                "experiment",
                "without_arm",
                language,
                count=without,
                treatment=found.experiment.treatment,
            )
        )
    if found.experiment.nonrows:
        own = nonrow_words(found.experiment.nonrows, language)
        lines.append(say("experiment", "nonrows", language, words=own))
    return lines


def _check_lines(found: Readout, language: str) -> list[str]:
    return [
        f"  {say('experiment', 'page_passed' if one.passed else 'page_failed', language)}  "
        f"{one.message(language)}"
        for one in found.checks
    ]


def _effect_line(one: Effect, language: str) -> str:
    name = one.measure.name
    return say(
        "experiment", "page_effect", language,
        arm=say("experiment", "page_any", language) if one.arm == ANY else one.arm,
        outcome=say("experiment", name, language) if name in (VALUE, PROFIT) else name,
        effect=written(one.adjusted, one.measure, language),
        plain=written(one.plain, one.measure, language),
        gain=max(one.gain, 0.0),
    )  # fmt: skip
