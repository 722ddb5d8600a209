"""The night's work for the counter: bills, use and plans by month, as they were known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest

from serving.access.principal import Scope
from serving.decision.bill_fit import fit_of, prepared
from serving.decision.bill_fit.rating import Plan, Use
from serving.decision.bill_fit.store import CounterFacts, Month, Record
from serving.decision.decision_settings import decision_settings
from tests.facts import Fact, fact, import_facts, joined

AS_OF = datetime(2025, 3, 2)
START = datetime(2024, 1, 5)


def bill(customer: str, month: date, fen: int, known: datetime | None = None) -> Fact:
    issued = datetime(month.year + month.month // 12, month.month % 12 + 1, 2)
    return fact("bills", customer, issued, known, period=month, revenue_fen=fen)


def use(day: date, kb: int, seconds: int = 0, known: datetime | None = None) -> Fact:
    moment = datetime(day.year, day.month, day.day, 23, 59)
    return fact("usage", "C1", moment, known, day=day, data_kb=kb, voice_out_s=seconds, sms=1)


PLANS = [
    fact("plans", "P1", START, fee_fen=5000, allowance_kb=1_000, overage_fen_gb=1_000_000),
    fact("plans", "P2", START, fee_fen=6000, allowance_kb=9_000, overage_fen_gb=1_000_000),
    fact("plans", "P2", datetime(2025, 1, 1), fee_fen=5500, allowance_kb=9_000),
    fact("plans", "P2", datetime(2025, 4, 1), fee_fen=9900),  # not known yet
]
FACTS = [
    *joined("C1", -800, city="A"),
    *joined("C2", -800, city="B", consent=False),
    *PLANS,
    fact("contracts", "C1", datetime(2025, 1, 10), event="plan_changed", plan="P2"),
    bill("C1", date(2024, 10, 1), 1),  # a month too many
    bill("C1", date(2024, 12, 1), 5_100),
    bill("C1", date(2025, 1, 1), 6_000),
    bill("C1", date(2025, 1, 1), 5_500, datetime(2025, 2, 20)),  # corrected since
    bill("C1", date(2024, 11, 1), 5_000),
    bill("C1", date(2025, 2, 1), 9_999, datetime(2025, 3, 4)),  # not known yet
    use(date(2024, 11, 30), 900, 60),
    use(date(2024, 12, 1), 1_500),
    use(date(2024, 12, 31), 2_500),
    use(date(2024, 12, 31), 3_500, known=datetime(2025, 1, 20)),  # corrected since
    use(date(2025, 1, 1), 400),
    use(date(2025, 2, 1), 77_000),  # of a month that is not billed
    fact("complaints", "C2", datetime(2025, 2, 1), complaint_id="K1", event="opened"),
    fact("complaints", "C2", datetime(2025, 3, 1, 12), complaint_id="K2", event="opened"),
    fact("complaints", "C1", datetime(2025, 2, 1), complaint_id="K3", event="opened"),
    fact("complaints", "C1", datetime(2025, 2, 2), complaint_id="K3", event="closed"),
]


def prepare(home: Path, facts: Sequence[Fact] = FACTS) -> dict[str, Record]:
    import_facts(home, facts, home / "extract")
    assert prepared.prepare_counter(home, AS_OF) == 2
    counter = CounterFacts(home)
    return {name: counter.need(name, Scope()) for name in ("C1", "C2")}


def test_months_have_the_bill_the_use_and_the_plan_at_their_end(tmp_path: Path) -> None:
    assert prepare(tmp_path)["C1"].months == (
        Month("2025-01-01", "P2", 5_500, Use(400, 0, 1)),
        Month("2024-12-01", "P1", 5_100, Use(5_000, 0, 2)),
        Month("2024-11-01", "P1", 5_000, Use(900, 60, 1)),
    )


def test_the_facts_are_those_known_that_night(tmp_path: Path) -> None:
    found = prepare(tmp_path)
    own, other = found["C1"], found["C2"]
    assert (own.plan, own.city, own.consent, own.open_complaints) == ("P2", "A", True, 0)
    assert (other.plan, other.consent, other.months) == ("P1", False, ())
    assert (other.open_complaints, other.overdue_complaints) == (2, 1)


def test_plans_are_the_latest_known_and_the_fit_follows(tmp_path: Path) -> None:
    own = prepare(tmp_path)["C1"]
    plans = CounterFacts(tmp_path).plans
    assert plans[1] == Plan("P2", "postpaid", None, 5_500, 9_000, 300, 6_000, 10)
    fit = fit_of(own, plans, decision_settings(tmp_path))
    assert fit is not None
    # On P2, the plan now: 55.00 thrice. On P1: 50 + 50.00 + 4 x 10.00 beyond 1 MB + 50.
    assert (fit.charge_fen, fit.plans[0].charge_fen) == (3 * 5_500, 19_000)


def test_parts_of_the_customers_make_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = prepare(tmp_path)
    monkeypatch.setattr(prepared, "PART", 1)
    assert prepared.prepare_counter(tmp_path, AS_OF) == 2
    counter = CounterFacts(tmp_path)
    assert {name: counter.need(name, Scope()) for name in whole} == whole
