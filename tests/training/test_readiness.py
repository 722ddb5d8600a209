"""Whether a lake is enough for a model, against what is counted by hand and what training does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from features.doctor import examine
from features.errors import NotEnoughData
from tests.conftest import SmallHome
from tests.facts import day, fact, import_facts, joined, used
from training.fit_settings import TrainingSettings
from training.models.registry.tracking import Gate, registry_settings
from training.panels import Split
from training.readiness import MODEL, Sufficiency, findings, sufficiency, weeks_for

SHORT = NotEnoughData("too short", missing_days=9)


def found(**own: Any) -> Sufficiency:
    """A year of an operator whom 100 customers leave every month."""
    dates = tuple(datetime(2025, 3, 3) + timedelta(weeks=week) for week in range(6))
    measured = Sufficiency(
        as_of=datetime(2026, 3, 2),
        first_use=datetime(2025, 3, 2),
        customers=5000,
        eligible=4000,
        since=datetime(2025, 3, 30),
        until=datetime(2026, 2, 1),
        departures={"cancelled": 500, "ported": 300, "silent": 200},
        a_month=100.0,
        split=Split(dates, dates, dates),
        fit_churners=300,
        test_churners=210,
        gate_weeks=6,
        gate_missing_days=0,
        too_short=None,
        value_too_short=None,
    )
    return replace(measured, **own)


@pytest.fixture
def kinds(training_settings: TrainingSettings, tmp_path: Path) -> Any:
    gate: Gate = registry_settings(tmp_path).gate

    def kinds_of(**own: Any) -> list[tuple[str, str]]:
        measured = list(findings(found(**own), training_settings, gate))
        assert {one.subject for one in measured} <= {MODEL}
        return [(one.severity, one.kind) for one in measured]

    return kinds_of


def test_enough_is_said_where_it_is_enough(kinds: Any) -> None:
    assert kinds() == [("ok", "enough")]


def test_too_few_churners_to_learn_from_or_to_judge_by(kinds: Any) -> None:
    assert kinds(fit_churners=29) == [("warning", "few_to_learn"), ("ok", "enough")]
    assert kinds(test_churners=199) == [("warning", "few_to_judge")]


def test_a_short_history_is_a_fault_and_nothing_is_judged(kinds: Any) -> None:
    assert kinds(split=None, too_short=SHORT) == [("fault", "history_short")]
    assert kinds(value_too_short=SHORT) == [("ok", "enough"), ("note", "value_short")]


def test_no_eligible_and_no_churned_customer_are_faults(kinds: Any) -> None:
    assert kinds(eligible=0) == [("fault", "none_eligible"), ("ok", "enough")]
    none = {"a_month": 0.0, "fit_churners": 0, "test_churners": 0, "gate_weeks": None}
    assert kinds(**none) == [
        ("fault", "none_churned"),
        ("warning", "few_to_learn"),
        ("warning", "few_to_judge"),
    ]
    assert ("fault", "none_churned") not in kinds(a_month=None), "without a stretch none is missing"


def test_so_many_weeks_hold_the_churners_that_the_gate_requires() -> None:
    # The windows of n weekly dates span n - 1 weeks and the horizon of 30 days.
    assert weeks_for(100, 100.0, horizon_days=30) == 2
    assert weeks_for(50, 100.0, horizon_days=30) == 1
    assert weeks_for(200, 0.0, horizon_days=30) is None
    assert weeks_for(200, None, horizon_days=30) is None


def test_customers_and_churners_of_a_small_operator_are_counted(tmp_path: Path) -> None:
    # 120 days; the prepaid is silent from day 40 on, and comes back after day 90.
    facts = [
        *joined("stays"),
        *joined("gone"),
        *joined("silent", payment_mode="prepaid"),
        *joined("lately silent", payment_mode="prepaid"),
        fact("contracts", "gone", day(50), event="ported"),
        *(used("stays", number, sms=1) for number in range(120)),
        *(used("silent", number, sms=1) for number in range(120) if not 40 <= number < 90),
        *(used("lately silent", number, sms=1) for number in range(85)),
    ]
    import_facts(tmp_path / "home", facts, tmp_path / "extract")
    measured = sufficiency(tmp_path / "home", examine(tmp_path / "home"))
    assert measured is not None
    assert (measured.customers, measured.eligible) == (4, 2), "not the gone, nor 28 days unused"
    assert measured.since == day(28)
    assert measured.departures == {"cancelled": 0, "ported": 1, "silent": 2}
    assert measured.until == day(121 - 30 - 2), "a silence takes 30 days to be known, and the lag"
    assert measured.split is None
    assert "days too short" in str(measured.too_short)


def test_without_a_required_feed_nothing_is_found(tmp_path: Path) -> None:
    import_facts(tmp_path / "home", [used("C1", 0)], tmp_path / "extract")
    assert sufficiency(tmp_path / "home", examine(tmp_path / "home")) is None


def test_it_foresees_the_periods_and_about_the_churners_of_the_training(
    small_home: SmallHome,
) -> None:
    health = examine(small_home.home)
    measured = sufficiency(small_home.home, replace(health, as_of=small_home.as_of))
    assert measured is not None
    assert measured.split is not None
    counts = small_home.trained.bundle.evaluation["counts"]
    assert [f"{date:%F}" for date in measured.split.test] == counts["dates"]
    assert measured.test_churners == pytest.approx(counts["churners"], rel=0.25)
