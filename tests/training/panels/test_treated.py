"""Rows that a campaign may have changed are excluded, and controls stand for them."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from training.churn.calibration import EVERYONE, fit_calibration
from training.panels import modelled, weights
from training.panels.treated import MAX_WEIGHT, marks

AS_OF = datetime(2026, 1, 5)


def event(customer: str, day: float, event: str, arm: str, ppm: int | None = 800_000) -> tuple:  # type: ignore[type-arg]
    return customer, AS_OF, f"{customer}-{arm}", event, arm, ppm, AS_OF + timedelta(days=day)


def events(*rows: tuple) -> pd.DataFrame:  # type: ignore[type-arg]
    names = ["customer_id", "as_of", "contact_id", "event", "arm", "propensity_ppm", "event_time"]
    return pd.DataFrame(rows, columns=names)


def about(**left: float | None) -> pd.DataFrame:
    days = [pd.NaT if own is None else AS_OF + timedelta(days=own) for own in left.values()]
    return pd.DataFrame({"customer_id": list(left), "event_at": pd.to_datetime(pd.Series(days))})


def test_a_contact_in_the_window_treats_the_row_and_a_draw_alone_does_not() -> None:
    rows = about(A=None, B=None, C=20, D=20)
    found = marks(
        rows,
        events(
            event("A", 5, "sent", "treated"), event("B", 5, "assigned", "treated"),
            event("C", 10, "reached", "treated"), event("D", 30, "sent", "treated"),
        ),
    )  # fmt: skip
    # A customer is not treated after they left: D was contacted too late to be kept or driven out.
    assert found["treated"].tolist() == [True, False, True, False]


def test_controls_stand_for_the_treated_of_their_draw() -> None:
    rows = about(A=None, B=None, C=3, D=None)
    found = marks(
        rows,
        events(
            event("A", 5, "assigned", "control"), event("B", 5, "assigned", "control", None),
            event("C", 5, "assigned", "control"), event("D", 5, "assigned", "control", 990_000),
        ),
    )  # fmt: skip
    assert found["weight"].tolist() == pytest.approx([5.0, 1.0, 1.0, MAX_WEIGHT])
    assert not found["treated"].any()


def test_without_campaigns_all_rows_count_once() -> None:
    rows = about(A=None, B=None)
    found = marks(rows, None)
    assert (found["treated"].sum(), found["weight"].sum()) == (0, 2)
    assert weights(rows).tolist() == [1, 1]


def test_treated_rows_are_not_modelled() -> None:
    rows = pd.DataFrame({"outcome": ["left", "stayed", "stayed"], "treated": [True, False, True]})
    assert modelled(rows).tolist() == [False, True, False]


def test_the_risk_of_doing_nothing_stays_calibrated_where_contacts_keep_customers() -> None:
    """A world in which contacts halve the churn of those at high risk, who are contacted most."""
    random = np.random.default_rng(5)
    count = 200_000
    raw = random.normal(-2.5, 1.0, count)
    nothing = 1 / (1 + np.exp(-raw))
    leaves_on = np.where(random.random(count) < nothing, random.uniform(0, 44, count), np.nan)
    drawn_on = random.uniform(0, 44, count)
    is_drawn = (raw > -2) & ~(leaves_on < drawn_on)
    is_treated = is_drawn & (random.random(count) < 0.8)
    is_kept = is_treated & (random.random(count) < 0.5)
    leaves_on[is_kept] = np.nan
    names = np.array([f"C{place:06}" for place in range(count)])
    rows = pd.DataFrame({"customer_id": names})
    rows["event_at"] = pd.Timestamp(AS_OF) + pd.to_timedelta(leaves_on, unit="D")
    own = np.flatnonzero(is_drawn)
    arm = np.where(is_treated[own], "treated", "control")
    drawn = pd.DataFrame(
        {
            "customer_id": names[own],
            "as_of": AS_OF,
            "contact_id": names[own],
            "event": np.where(is_treated[own], "sent", "assigned"),
            "arm": arm,
            "propensity_ppm": 800_000,
            "event_time": pd.Timestamp(AS_OF) + pd.to_timedelta(drawn_on[own], unit="D"),
        }
    )
    found = marks(rows, drawn)
    left = (~np.isnan(leaves_on)).astype(float)
    modes = np.full(count, "postpaid", dtype=object)
    keep = np.logical_not(found["treated"])
    curve = fit_calibration(raw[keep], left[keep], modes[keep], found["weight"][keep])
    naive = fit_calibration(raw, left, modes)
    high = raw > -1
    truth = nothing[high].mean()
    assert curve.risk(raw[high], modes[high]).mean() == pytest.approx(truth, rel=0.02)
    assert curve.curves[EVERYONE].slope == pytest.approx(1, abs=0.03)
    assert naive.risk(raw[high], modes[high]).mean() < 0.85 * truth
