"""The effect of all commercial contact together: everyone else against the universal holdout.

The holdout is a permanent random share of the customers. Of those who were there at the beginning
of a period the share who stayed to its end is compared, whether they were contacted or not; who
joined later is in neither arm.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from features.builder import eligible
from features.builder.queries import rows_at
from features.engine.store import Histories
from features.engine.streams import ACTIVE_DAYS
from features.errors import NotEnoughData
from features.histories.contacts import in_universal_holdout
from serving.campaigns.readout.shown import LEVEL, SEED, STAY, effect_json
from serving.campaigns.trial.staying import known_until
from training.experiments.balance import balance, balance_check
from training.experiments.checks import Check, arm_sizes, few_events, sample_ratio
from training.experiments.effects.estimates import SHARE, Measure, effects_of, measured
from training.experiments.trial import Trial
from training.fit_settings import LabelSettings
from training.labels import label

ARMS = ("holdout", "contactable")
YEAR = timedelta(days=365)
MIN_DAYS = 28
KNOWN_THEN = ("payment_mode", "tenure_days", "brand", "city", "days_to_contract_end")


def holdout_effect(
    histories: Histories, rules: LabelSettings, now: datetime, language: str
) -> dict[str, Any]:
    """The effect on staying over the last year whose departures are known, or what there is of it.

    Raises NotEnoughData where less than `MIN_DAYS` are known, or the holdout is empty.
    """
    since, until = _period(histories, rules, now)
    trial, counts = holdout_trial(histories, rules, since, until)
    checks = _checks(trial)
    found = [] if any(one.forbids for one in checks) else _effects(trial)
    return {
        "since": f"{since:%F}",
        "until": f"{until:%F}",
        "outcomes": counts,
        "is_named": bool(found),
        "checks": [
            {"name": one.name, "passed": one.passed, "message": one.message(language)}
            for one in checks
        ],
        "effects": found,
    }


def holdout_trial(
    histories: Histories, rules: LabelSettings, since: datetime, until: datetime
) -> tuple[Trial, dict[str, dict[str, int]]]:
    """The customers of `since` as a test, and by arm how many stayed, left, or ended otherwise."""
    chosen = tuple(one for one in histories.features if one.name in KNOWN_THEN)
    base: pd.DataFrame = rows_at(replace(histories, features=chosen), [since], eligible).to_pandas()
    base = base.sort_values("customer_id", ignore_index=True)
    whole = replace(rules, lead_days=0, horizon_days=(until - since).days)
    outcome = label(histories, base, since, whole)["outcome"]
    share = histories.settings.holdout.share
    held = [in_universal_holdout(own, histories.settings.holdout) for own in base["customer_id"]]
    arm = np.where(held, 0, 1)
    kept = outcome.isin(["stayed", "left"]).to_numpy()
    names = np.array(ARMS, dtype=object)[arm]
    seen = pd.crosstab(names, outcome.to_numpy())
    counts = {
        str(own): {str(name): int(count) for name, count in row.items()}
        for own, row in seen.iterrows()
    }
    if not (arm[kept] == 0).any() or not share:
        raise NotEnoughData(
            f"no customer of {since:%F} is in the universal holdout; its share is {share:.1%}. "
            "Raise it in settings/features.toml [holdout], and wait."
        )
    count = int(kept.sum())
    trial = Trial(
        arms=ARMS,
        arm=arm[kept].astype(np.intp),
        propensity=np.tile([share, 1 - share], (count, 1)),
        outcome=np.asarray(outcome[kept] == "stayed", dtype=np.float64),
        worth=np.zeros(count),
        cost=np.zeros((count, 2)),
        covariates=base.loc[kept, [one.name for one in chosen]].reset_index(drop=True),
    )
    return trial, counts


def _period(histories: Histories, rules: LabelSettings, now: datetime) -> tuple[datetime, datetime]:
    """The latest year whose departures are all known, and which use on file reaches back to."""
    wait = timedelta(days=histories.lag_days + rules.silent_days)
    until = (known_until(histories, now) - wait).replace(hour=0, minute=0, second=0, microsecond=0)
    first = pd.Timestamp(histories.connection.execute(histories.tables["days"].day.min()))
    earliest = first.to_pydatetime() + timedelta(days=ACTIVE_DAYS)
    since = max(until - YEAR, earliest)
    if until - since < timedelta(days=MIN_DAYS):
        raise NotEnoughData(
            f"the data reach from {first:%F} on, and departures are known until {until:%F}; the "
            f"holdout needs {MIN_DAYS} days between {ACTIVE_DAYS} days after the first and the last"
        )
    return since, until


def _checks(trial: Trial) -> tuple[Check, ...]:
    counts = np.bincount(trial.arm, minlength=len(ARMS)).astype(float)
    return (
        sample_ratio(ARMS, counts, trial.propensity.mean(axis=0)),
        balance_check(balance(trial, SEED)),
        arm_sizes(trial),
        few_events(trial, trial.outcome),
    )


def _effects(trial: Trial) -> list[dict[str, Any]]:
    means = measured(trial, (Measure(STAY, SHARE, trial.outcome),), SEED)
    return [effect_json(one) for one in effects_of(trial, means, LEVEL)]
