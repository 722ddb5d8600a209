"""Settings of labels, splits and fits, as frozen dataclasses (see settings.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from features.errors import SettingsError
from training.explainer.trees import DEEPEST


@dataclass(frozen=True)
class LabelSettings:
    """How leaving is defined; days unless said otherwise (docs/glossary.md has the terms)."""

    lead_days: int
    horizon_days: int
    silent_days: int
    rejoin_days: int
    quiet_days: int
    arrears_reason: str
    competing_reasons: tuple[str, ...]

    def __post_init__(self) -> None:
        _at_least("label", self, lead_days=0, horizon_days=1, silent_days=1, rejoin_days=0)

    def maturity(self, lag_days: int, payment_mode: str) -> timedelta:
        """How long after `as_of` a label is known: window, feed lag, and silence if prepaid."""
        silent_days = self.silent_days if payment_mode == "prepaid" else 0
        return timedelta(days=self.lead_days + self.horizon_days + lag_days + silent_days)


@dataclass(frozen=True)
class SplitSettings:
    warmup_weeks: int
    test_weeks: int
    calibration_weeks: int
    fit_step_weeks: int
    min_train_churners: int

    def __post_init__(self) -> None:
        _at_least(
            "split", self, warmup_weeks=1, test_weeks=1, calibration_weeks=1, fit_step_weeks=1
        )


@dataclass(frozen=True)
class FitSettings:
    trials: int
    max_trees: int
    max_depth: int
    bootstrap: int
    seed: int

    def __post_init__(self) -> None:
        _at_least("fit", self, trials=1, max_trees=1, max_depth=1, bootstrap=20)
        if self.max_depth > DEEPEST:
            raise SettingsError(
                f"training.toml: fit.max_depth is {self.max_depth}; expected {DEEPEST} at most, "
                f"up to which reasons are exact and fast"
            )


@dataclass(frozen=True)
class ValueSettings:
    """Dates and fits of the models of value (see `training.value.margins` and `training.value`)."""

    maturity_days: int
    step_weeks: int
    test_dates: int
    min_customers: int
    rounds: int
    annual_discount: float

    def __post_init__(self) -> None:
        least = {"step_weeks": 1, "test_dates": 1, "min_customers": 10, "rounds": 1}
        _at_least("value", self, maturity_days=1, **least)
        if not 0 <= self.annual_discount < 1:
            raise SettingsError(
                f"training.toml: value.annual_discount is {self.annual_discount}; "
                f"expected 0 to below 1"
            )


@dataclass(frozen=True)
class TrainingSettings:
    label: LabelSettings
    split: SplitSettings
    fit: FitSettings
    value: ValueSettings


def _at_least(table: str, settings: object, **least: int) -> None:
    for name, bound in least.items():
        found = getattr(settings, name)
        if found < bound:
            raise SettingsError(f"{table}.{name} is {found}; expected at least {bound}")
