"""A read-out as one JSON object for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from features.words import say, words
from training.experiments.effects.estimates import Effect
from training.experiments.effects.reached import Reached
from training.experiments.effects.segments import Segments
from training.experiments.verdict import verdict
from training.readouts.break_even import break_even, in_words
from training.readouts.readout import Readout
from training.uplift.contest import PolicyValue
from training.uplift.policies import EVERYBODY, NOBODY


def as_object(found: Readout, language: str) -> dict[str, Any]:
    """The read-out; shares of events lie between 0 and 1, policies are per customer."""
    outcome, contest = found.experiment.outcome, found.contest
    return {
        "rows": len(found.trial.arm),
        "control": found.trial.arms[0],
        "arms": [{"arm": arm, "rows": rows} for arm, rows in arm_rows(found).items()],
        "outcome": {
            "column": outcome.name,
            "positive": outcome.positive,
            "more_is_better": outcome.is_wanted,
        },
        "checks": [
            {
                "name": one.name,
                "passed": one.passed,
                "refuses": one.refuses,
                "message": one.message(language),
            }
            for one in found.checks
        ],
        "effects": [_effect(one) for one in found.effects],
        "reached": [_reached(one) for one in found.reached],
        "segments": _segments(found.segments),
        "policies": [] if contest is None else [_policy(one) for one in contest.policies],
        "recommended": None if contest is None else contest.recommended,
        "break_even": [asdict(one) for one in break_even(found)],
        "suspected_leaks": [asdict(one) for one in found.suspected],
        "verdict": whole_verdict(found, language),
    }


def arm_rows(found: Readout) -> dict[str, int]:
    """The arms with their rows, the control first."""
    return {
        arm: int((found.trial.arm == place).sum()) for place, arm in enumerate(found.trial.arms)
    }


def whole_verdict(found: Readout, language: str) -> str:
    """What each arm did, and which policy earns most."""
    said = [verdict(found.checks, found.effects, language), *in_words(found, language)]
    between = words(language, "experiment")["between_sentences"]
    if found.contest is None:
        return between.join(said)
    numbers = dict(found.contest.words.numbers)
    for name in ("policy", "simple"):
        numbers[name] = policy_name(str(numbers[name]), language)
    key = f"policy_{found.contest.words.key}"
    sentence = say("experiment", key, language, **numbers)
    return between.join([*said, sentence])


def policy_name(name: str, language: str) -> str:
    """A policy in words; one of an arm alone names the arm."""
    rule, _, arm = name.partition(":")
    known = words(language, "experiment")
    own = {NOBODY: "none", EVERYBODY: "all"}.get(rule, rule)
    key = f"of_{own}_arm" if arm else f"of_{own}"
    return known[key].format(arm=arm) if key in known else name


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
        "always_valid": {"low": one.always[0], "high": one.always[1]},
    }


def _reached(one: Reached) -> dict[str, Any]:
    return {
        "arm": one.arm,
        "outcome": one.measure.name,
        "share_reached": one.share,
        "estimate": one.value,
        "low": one.low,
        "high": one.high,
        "level": one.level,
    }


def _segments(found: Segments) -> dict[str, Any]:
    return {
        "looks": found.looks,
        "effects": [
            {
                "column": one.column,
                "value": one.level,
                "arm": one.arm,
                "rows": one.rows,
                "estimate": one.interval.value,
                "low": one.interval.low,
                "high": one.interval.high,
            }
            for one in found.effects
        ],
        "differences": [asdict(one) for one in found.differences],
    }


def _policy(one: PolicyValue) -> dict[str, Any]:
    gain = one.gain_over_nobody
    return {
        "name": one.name,
        "value": one.value.value,
        "low": one.value.low,
        "high": one.value.high,
        "treated_share": one.treated_share,
        "gain": {"value": gain.value, "low": gain.low, "high": gain.high},
    }
