"""What findings about the data for a model say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from features.doctor import Finding
from features.words import say
from serving.doctor.phrases import counted
from training.readiness import Sufficiency

LONGEST_WEEKS = 52  # of a test period that users would wait for


def _history_short(one: Finding, language: str) -> dict[str, Any]:
    found: Sufficiency = one.values["found"]
    return {
        "since": f"{found.first_use:%F}",
        "days": counted(one.values["refusal"].details["missing_days"], "day", language),
        "warmup_weeks": one.values["settings"].split.warmup_weeks,
    }


def _value_short(one: Finding, _: str) -> dict[str, Any]:
    return {"message": one.values["refusal"].message}


def _none_eligible(one: Finding, _: str) -> dict[str, Any]:
    found: Sufficiency = one.values["found"]
    return {"customers": found.customers, "as_of": f"{found.as_of:%F}"}


def _none_churned(one: Finding, _: str) -> dict[str, Any]:
    found: Sufficiency = one.values["found"]
    return {"since": f"{found.since:%F}", "until": f"{found.until:%F}"}


def _few_to_learn(one: Finding, language: str) -> dict[str, Any]:
    found: Sufficiency = one.values["found"]
    least = one.values["settings"].split.min_train_churners
    more = _more_history(found, least - found.fit_churners, language)
    return {"churners": found.fit_churners, "least": least, "more": more}


def _few_to_judge(one: Finding, language: str) -> dict[str, Any]:
    found: Sufficiency = one.values["found"]
    least = one.values["gate"].min_churners_test
    advice = _longer_test(found, one.values["settings"].split.test_weeks, least, language)
    return {"churners": found.test_churners, "least": least, "advice": advice}


def _enough(one: Finding, _: str) -> dict[str, Any]:
    found: Sufficiency = one.values["found"]
    return {"fit_churners": found.fit_churners, "test_churners": found.test_churners}


def _more_history(found: Sufficiency, churners: int, language: str) -> str:
    if not found.a_month:
        return ""
    months = counted(max(1, round(churners / found.a_month)), "month", language)
    return say("doctor", "more_history", language, a_month=found.a_month, months=months)


def _longer_test(found: Sufficiency, test_weeks: int, least: int, language: str) -> str:
    """What would bring so many churners into the test period."""
    weeks = found.gate_weeks
    if weeks is None:
        return say("doctor", "judge_departures", language)
    if weeks > LONGEST_WEEKS:
        times = -(-least // max(1, found.test_churners))
        return say("doctor", "judge_customers", language, a_month=found.a_month, times=times)
    missing = found.gate_missing_days
    if weeks <= test_weeks and not missing:
        return say("doctor", "judge_history", language)
    more = say("doctor", "judge_more", language, days=missing) if missing > 0 else ""
    if weeks <= test_weeks:
        return say("doctor", "judge_keep", language, weeks=test_weeks, more=more)
    return say("doctor", "judge_set", language, weeks=weeks, more=more)


VALUES: dict[str, Callable[[Finding, str], dict[str, Any]]] = {
    "history_short": _history_short,
    "value_short": _value_short,
    "none_eligible": _none_eligible,
    "none_churned": _none_churned,
    "few_to_learn": _few_to_learn,
    "few_to_judge": _few_to_judge,
    "enough": _enough,
}
