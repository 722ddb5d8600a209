"""The money of each row: what its outcome brought and what each arm costs."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import SettingsError, TableRefused
from training.experiments.rows.outcome import Outcome, amounts
from training.experiments.trial import Numbers

AMOUNT = re.compile(r"[+-]?\d+(?:\.\d+|,\d{1,2})?")  # 1,000 may be 1 or a thousand


def value_brought(own: pd.DataFrame, outcome: Outcome, value: str | None) -> Numbers:
    """(n,) the money that the outcome brought: `value` for each event, or for each unit of it.

    A column beside an outcome that is an amount is the money itself; without `value` the outcome
    counts as it is. Raises SettingsError, TableRefused.
    """
    good = outcome.good
    if value is None:
        return good
    read = money(own, value, "--value")
    if isinstance(read, float):
        return read * good
    found = np.where(good == 0, 0.0, read * good) if outcome.is_event else read
    missing = int(np.isnan(found).sum())
    if missing:
        raise TableRefused(
            f"column {value} (--value) is empty in {missing:,} rows whose outcome needs it; fill "
            f"it, or give one amount for all"
        )
    return np.asarray(found, dtype=float)


def cost_of_arms(own: pd.DataFrame, arm: NDArray[np.intp], arms: int, cost: str | None) -> Numbers:
    """(n, arms) the cost of each arm; where a column has none for the control, the arm's mean.

    Such a column holds what was spent, so that what another arm would have cost is known on
    average only. Raises SettingsError, TableRefused.
    """
    found = np.zeros((len(own), arms))
    if cost is None:
        return found
    read = money(own, cost, "--cost")
    if isinstance(read, float):
        found[:, 1:] = read
        return found
    missing = int(np.isnan(read[arm > 0]).sum())
    if missing:
        raise TableRefused(
            f"column {cost} (--cost) is empty in {missing:,} rows that were treated; fill it, or "
            f"give one amount for all"
        )
    is_spent = not np.nan_to_num(read[arm == 0]).any()
    for one in range(1, arms):
        mean = read[arm == one].mean()
        found[:, one] = mean if is_spent else np.where(np.isnan(read), mean, read)
        found[arm == one, one] = read[arm == one]
    return found


def money(rows: pd.DataFrame, given: str, option: str) -> Numbers | float:
    """An amount, or (n,) the column of that name, missing as NaN.

    Raises SettingsError where it is neither or below 0, TableRefused where the column is.
    """
    if given in rows.columns:
        found = amounts(rows[given], given)
        below = int((found < 0).sum())
        if below:
            raise TableRefused(
                f"column {given} ({option}) has {below:,} rows below 0; expected amounts of at "
                f"least 0"
            )
        return found
    if not AMOUNT.fullmatch(given.strip()):
        raise SettingsError(
            f"{option} is {given}; expected an amount such as 12.5, or a column: "
            f"{', '.join(map(str, rows.columns))}"
        )
    amount = float(given.strip().replace(",", "."))
    if amount < 0:
        raise SettingsError(f"{option} is {given}; expected an amount of at least 0")
    return amount
