"""The words of findings about what there is for a model."""

from __future__ import annotations

from collections.abc import Callable

from features.doctor import Finding
from serving.doctor.told import Told, counted
from training.readiness import Sufficiency

LONGEST_WEEKS = 52  # of a test period that anyone would wait for


def _history_short(one: Finding) -> Told:
    found: Sufficiency = one.values["found"]
    warmup_weeks = one.values["settings"].split.warmup_weeks
    missing = one.values["refusal"].details["missing_days"]
    return Told(
        f"what is known since {found.first_use:%F} is {counted(missing, 'day')} too short for any "
        f"training.",
        f"{warmup_weeks} weeks that only fill the longest windows; then a period to learn from, "
        f"one to calibrate and one to judge by, each with the time until its labels are known.",
        f"import the use from before {found.first_use:%F} if there is any; or wait.",
    )


def _value_short(one: Finding) -> Told:
    message: str = one.values["refusal"].message
    return Told(message, advice="nothing: there are value tiers, and nothing is predicted of them.")


def _none_eligible(one: Finding) -> Told:
    found: Sufficiency = one.values["found"]
    return Told(
        f"of {found.customers:,} customers none is eligible at {found.as_of:%F}.",
        "active contracts, and of the prepaid use in the last 28 days.",
        "look at the contracts' events and at the last weeks of usage.",
    )


def _none_churned(one: Finding) -> Told:
    found: Sufficiency = one.values["found"]
    return Told(
        f"nobody left from {found.since:%F} to {found.until:%F}.",
        "customers who left, to learn from.",
        "import the departures (contracts: pre_cancelled, cancelled, ported).",
    )


def _few_to_learn(one: Finding) -> Told:
    found: Sufficiency = one.values["found"]
    least = one.values["settings"].split.min_train_churners
    return Told(
        f"about {found.fit_churners:,} customers leave in the dates to fit on, though the other "
        f"periods were cut to single weeks.",
        f"at least {least} (settings/training.toml [split]).",
        _more_history(found, least - found.fit_churners)
        + "import more customers, or train all the same and trust nothing of it.",
    )


def _few_to_judge(one: Finding) -> Told:
    found: Sufficiency = one.values["found"]
    least = one.values["gate"].min_churners_test
    return Told(
        f"about {found.test_churners:,} customers leave in the dates to judge by.",
        f"at least {least:,}; below them the gate refuses the model (settings/registry.toml).",
        _longer_test(found, one.values["settings"].split.test_weeks, least),
    )


def _enough(one: Finding) -> Told:
    found: Sufficiency = one.values["found"]
    return Told(
        f"enough to train and to judge: about {found.fit_churners:,} leave in the dates to learn "
        f"from and {found.test_churners:,} in those to judge by."
    )


def _more_history(found: Sufficiency, churners: int) -> str:
    if not found.a_month:
        return ""
    months = max(1, round(churners / found.a_month))
    return f"at {found.a_month:,.1f} a month import about {counted(months, 'month')} more, "


def _longer_test(found: Sufficiency, test_weeks: int, least: int) -> str:
    """What would bring so many churners into the test period."""
    weeks = found.gate_weeks
    if weeks is None:
        return "import the departures."
    if weeks > LONGEST_WEEKS:
        times = -(-least // max(1, found.test_churners))
        return (
            f"at {found.a_month:,.1f} a month no test period is long enough: import {times} times "
            f"as many customers. Until then a model is a trial, promoted only with --force."
        )
    if weeks <= test_weeks and not found.gate_missing_days:
        return (
            "import more history or more customers, so that enough leave in the dates to judge by "
            "and enough are left to learn from."
        )
    more = f" and import {found.gate_missing_days} more days of history" * (
        found.gate_missing_days > 0
    )
    if weeks <= test_weeks:
        return f"keep test_weeks at {test_weeks} in settings/training.toml [split]{more}."
    return f"set test_weeks to {weeks} in settings/training.toml [split]{more}."


WORDS: dict[str, Callable[[Finding], Told]] = {
    "history_short": _history_short,
    "value_short": _value_short,
    "none_eligible": _none_eligible,
    "none_churned": _none_churned,
    "few_to_learn": _few_to_learn,
    "few_to_judge": _few_to_judge,
    "enough": _enough,
}
