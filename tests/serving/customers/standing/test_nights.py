"""The standing kept night by night: what changed, when and why."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.errors import LakeError, UnknownCustomers
from features.imports.erasure import erase_from_parquet, names
from serving.customers.standing.customer import customer_standing, in_words
from serving.customers.standing.nights import history_of, keeping_standing
from serving.customers.standing.standing_settings import StandingSettings
from tests.facts import fact, joined
from tests.serving.analyses.conftest import histories_of
from tests.serving.customers.standing.test_rules import RULES

FIRST, SECOND, THIRD = (datetime(2025, 7, number) for number in (1, 8, 15))
HISTORIES = histories_of(
    [
        *joined("C1"),
        fact("bills", "C1", datetime(2025, 6, 3), period=date(2025, 5, 1), revenue_fen=6_000),
        fact("bills", "C1", datetime(2025, 7, 3), period=date(2025, 6, 1), revenue_fen=6_000),
    ]
)


def night(
    home: Path, at: datetime, rules: StandingSettings = RULES, at_once: int = 2, **own: Any
) -> int:
    row = {
        "days_since_use": 0.0, "active_days_4w": 28.0, "mean_bill_cny": 60.0,
        "tenure_days": 500.0, "overdue_bills": 0.0, "late_payments_26w": 0.0, "suspensions": 0.0,
    }  # fmt: skip
    rows = pd.DataFrame([{"customer_id": "C1"} | row | own, {"customer_id": "C2"} | row])
    with keeping_standing(home, HISTORIES, at, rules) as keep:
        return sum(keep(rows[start : start + at_once]) for start in range(0, 2, at_once))


def changes(home: Path, customer_id: str = "C1") -> list[tuple[Any, ...]]:
    found = history_of(home, customer_id)
    return [tuple(one[name] for name in ("as_of", "measure", "before", "after", "cause"))
            for one in found]  # fmt: skip


@pytest.mark.parametrize("at_once", [1, 2])
def test_every_change_is_dated_with_its_cause(tmp_path: Path, at_once: int) -> None:
    assert night(tmp_path, FIRST, at_once=at_once) == 6
    moved: dict[str, Any] = {"active_days_4w": 9.0, "overdue_bills": 1.0, "suspensions": 1.0}
    assert night(tmp_path, SECOND, at_once=at_once, **moved) == 3
    assert changes(tmp_path) == [
        ("2025-07-01", "credit", None, "B", "first"),
        ("2025-07-01", "points", None, "60", "first"),
        ("2025-07-01", "rfm", None, "553", "first"),
        ("2025-07-08", "credit", "B", "D", "overdue"),
        ("2025-07-08", "points", "60", "120", "earned"),
        ("2025-07-08", "rfm", "553", "523", "frequency"),
    ]
    assert [own[0] for own in changes(tmp_path, "C2")] == ["2025-07-01"] * 3


def test_a_night_scored_again_replaces_its_own_and_no_other(tmp_path: Path) -> None:
    night(tmp_path, FIRST)
    night(tmp_path, SECOND, overdue_bills=1.0)
    night(tmp_path, SECOND)
    assert ("2025-07-08", "credit", "B", "C", "overdue") not in changes(tmp_path)
    assert night(tmp_path, THIRD) == 0


def test_a_night_that_fails_leaves_what_was_kept(tmp_path: Path) -> None:
    night(tmp_path, FIRST)
    before = changes(tmp_path)

    def broken() -> None:
        with keeping_standing(tmp_path, HISTORIES, FIRST, RULES) as keep:
            assert keep(pd.DataFrame({"customer_id": ["C3"]})) == 3
            keep(pd.DataFrame())

    with pytest.raises(KeyError):
        broken()
    assert changes(tmp_path) == before
    assert changes(tmp_path, "C3") == []
    assert len(list((tmp_path / "lake" / "standing").iterdir())) == 1


def test_a_customers_standing_is_shown_in_words(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="no night has kept"):
        customer_standing(tmp_path, "C1")
    night(tmp_path, FIRST)
    night(tmp_path, SECOND, overdue_bills=1.0)
    found = customer_standing(tmp_path, "C1")
    assert (found["rfm"], found["credit"], found["points"]) == ("553", "C", 120)
    assert found["inputs"]["credit"]["overdue"] == 1.0
    assert in_words(found, "en").splitlines()[0] == "C1: RFM 553, credit rating C (55), 120 points"
    assert "  2025-07-08  credit rating B → C  (overdue bills)" in in_words(found, "en")
    assert "  2025-07-08  信誉度 B → C（逾期账单）" in in_words(found, "zh")
    with pytest.raises(UnknownCustomers):
        customer_standing(tmp_path, "C9")


def test_an_erased_customer_is_in_no_night(tmp_path: Path) -> None:
    night(tmp_path, FIRST)
    (path,) = (tmp_path / "lake" / "standing").iterdir()
    assert names(path, "C1")
    erase_from_parquet(path, "C1")
    assert history_of(tmp_path, "C1") == []
    assert night(tmp_path, SECOND, overdue_bills=1.0) > 0
    assert changes(tmp_path, "C2")[0][0] == "2025-07-01"
