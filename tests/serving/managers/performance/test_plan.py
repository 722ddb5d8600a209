"""Targets: of declared indicators, of a period, the latest counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from features.errors import RequestRefused
from serving.managers.performance import performance
from serving.managers.performance.plan import Target, set_target, targets_of
from serving.managers.wording import Wording
from tests.bases import write_base
from tests.serving.managers.desks import NOW, SETTINGS, TODAY

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
OWN = Target("M1", "customers_in_care", MARCH, APRIL, 120.0, NOW, "admin")


def test_the_latest_target_of_a_period_counts(store: Engine) -> None:
    later = replace(OWN, target=130.0, set_at=NOW + timedelta(days=1))
    others = replace(OWN, manager_id="M2")
    before = replace(OWN, since=date(2026, 2, 1), until=MARCH)
    with store.begin() as connection:
        for target in (OWN, others, later, before):
            set_target(connection, target)
        assert targets_of(connection, "M1") == [before, later]
        assert targets_of(connection, "M3") == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"indicator": "charm"}, "expected one of customers_in_care, revenue_in_care"),
        ({"until": MARCH}, "from is 2026-03-01 and to is 2026-03-01; expected a later day"),
        ({"target": -1.0}, "the target is -1.0"),
        ({"target": float("nan")}, "the target is nan"),
        ({"target": float("inf")}, "the target is inf"),
    ],
)
def test_a_target_that_means_nothing_is_refused(
    store: Engine, change: dict[str, Any], message: str
) -> None:
    with store.begin() as connection:
        with pytest.raises(RequestRefused, match=message):
            set_target(connection, replace(OWN, **change))
        assert targets_of(connection, "M1") == []


def test_a_figure_stands_beside_the_target_of_its_very_period(
    store: Engine, tmp_path: Path
) -> None:
    write_base(tmp_path, [{"manager_id": "M1"}, {"manager_id": "M1"}])
    wording = Wording(SETTINGS, "en", TODAY, "CNY")
    with store.begin() as connection:
        set_target(connection, OWN)
        for until, target in ((APRIL, 120.0), (date(2026, 3, 31), None)):
            found = performance(tmp_path, connection, "M1", MARCH, until, TODAY)
            first = wording.figures(found, targets_of(connection, "M1"))[0]
            assert (first["name"], first["value"], first["target"]) == (
                "customers_in_care", 2, target,
            )  # fmt: skip
