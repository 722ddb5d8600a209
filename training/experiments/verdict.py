"""What a test has shown, in a sentence: help, harm, nothing, or why no effect can be named.

An arm is said to help or harm where its effect is beyond chance with all arms accounted for (Holm
1979). Money is judged beside it: an arm can raise the outcome and lose by it.
"""

from __future__ import annotations

from collections.abc import Sequence

from features.words import say, words
from training.experiments.checks import Check
from training.experiments.effects.clustered import Interval
from training.experiments.effects.estimates import ANY, SHARE, Effect, Measure

HELPS, HARMS, NONE = "helps", "harms", "none"
PROFIT = "profit"


def significant(effects: Sequence[Effect]) -> tuple[bool, ...]:
    """Which effects are beyond chance at their level, however many there are (Holm 1979)."""
    order = sorted(range(len(effects)), key=lambda place: effects[place].adjusted.p_value)
    found = [False] * len(effects)
    for rank, place in enumerate(order):
        own = effects[place]
        if own.adjusted.p_value > (1 - own.level) / (len(effects) - rank):
            break
        found[place] = True
    return tuple(found)


def outcomes_of(effects: Sequence[Effect]) -> dict[str, str]:
    """By arm whether it helps, harms or neither, of effects on one measure."""
    own = [one for one in effects if one.arm != ANY]
    return {
        one.arm: (HELPS if _is_good(one) else HARMS) if beyond else NONE
        for one, beyond in zip(own, significant(own), strict=True)
    }


def verdict(checks: Sequence[Check], effects: Sequence[Effect], language: str) -> str:
    """The verdict of a test whose effects these are; the first measure is its outcome."""
    forbidding = [one for one in checks if one.forbids]
    if forbidding:
        reasons = " ".join(one.message(language) for one in forbidding)
        return say("experiment", "verdict_refused", language, reasons=reasons)
    first = effects[0].measure.name
    on_outcome = [one for one in effects if one.measure.name == first and one.arm != ANY]
    on_profit = [one for one in effects if one.measure.name == PROFIT and one.arm != ANY]
    found = outcomes_of(on_outcome)
    money = outcomes_of(on_profit)
    sentences = [_sentence(one, found[one.arm], language) for one in on_outcome]
    sentences += [_money(one, found[one.arm], money[one.arm], language) for one in on_profit]
    sentences += _caution(checks, language)
    return words(language, "experiment")["between_sentences"].join(sentences)


def _caution(checks: Sequence[Check], language: str) -> list[str]:
    """What failed and does not forbid an effect, so that it is not read without."""
    failed = [one.message(language) for one in checks if not one.passed]
    between = words(language, "experiment")["between_sentences"]
    reasons = between.join(failed)
    return [say("experiment", "verdict_caution", language, reasons=reasons)] if failed else []


def written(found: Interval, measure: Measure, language: str) -> str:
    """An effect with its interval: events in points, amounts as they are."""
    scale = 100 if measure.unit == SHARE else 1
    digits = 2 if measure.unit == SHARE else _digits(found)
    parts = {
        name: f"{scale * value:+,.{digits}f}"
        for name, value in (("value", found.value), ("low", found.low), ("high", found.high))
    }
    return say("experiment", f"effect_{measure.unit}", language, **parts)


def _digits(found: Interval) -> int:
    """Decimals so that the interval's ends differ in three digits."""
    width, digits = found.width, 0
    while 0 < width < 100 and digits < 6:
        width, digits = width * 10, digits + 1
    return digits


def _is_good(effect: Effect) -> bool:
    return (effect.adjusted.value > 0) == effect.measure.is_wanted


def _sentence(effect: Effect, status: str, language: str) -> str:
    return say(
        "experiment", f"verdict_{status}", language,
        arm=effect.arm, outcome=effect.measure.name,
        effect=written(effect.adjusted, effect.measure, language), level=effect.level,
    )  # fmt: skip


def _money(effect: Effect, outcome: str, money: str, language: str) -> str:
    """Whether treating all customers with the arm pays."""
    key = {HELPS: "verdict_pays", HARMS: "verdict_loses", NONE: "verdict_money_unclear"}[money]
    if money == HARMS and outcome == HELPS:
        key = "verdict_loses_although"
    return say(
        "experiment", key, language,
        arm=effect.arm, effect=written(effect.adjusted, effect.measure, language),
    )  # fmt: skip
