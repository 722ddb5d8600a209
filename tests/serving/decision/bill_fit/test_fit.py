"""Bill fit: the last three bills re-rated on each plan, against a table worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from serving.decision.bill_fit import Fit, fit_json, fit_of
from serving.decision.bill_fit.rating import Plan, Use
from serving.decision.bill_fit.store import Month, Record
from serving.decision.decision_settings import decision_settings

SETTINGS = decision_settings(Path("no home"))
SMALL = Plan("Small", "postpaid", "Global", 3900, 5_000_000, 500, 6_000, 15)
MIDDLE = Plan("Middle", "postpaid", "Global", 5900, 10_000_000, 500, 12_000, 15)
LARGE = Plan("Large", "postpaid", "Global", 9900, 20_000_000, 400, 24_000, 15)
ZONE = Plan("Zone", "prepaid", "Zone", 900, 1_000_000, 500, 1_800, 15)
EASY = Plan("Easy", "postpaid", "Easy", 100, 90_000_000, 0, 90_000, 0)
PLANS = (SMALL, MIDDLE, LARGE, ZONE, EASY)

# Latest first. In December the customer was still on Middle; now they are on Large.
#
#             GB     min | Small              | Middle            | Large
# February   4.0     100 | 39.00              | 59.00             | 99.00
# January    6.5     110 | 39 + 7.50 + 1.50   | 59.00             | 99.00
# December  10.001   90  | 39 + 25.005 = 64.01| 59 + 0.005 = 59.01| 99.00
# sum                    | 151.01             | 177.01            | 297.00
# less than Large        | 145.99             | 119.99            |
MONTHS = (
    Month("2026-02-01", "Large", 9900, Use(4_000_000, 6_000)),
    Month("2026-01-01", "Large", 12_400, Use(6_500_000, 6_600)),  # an extra of 25.00
    Month("2025-12-01", "Middle", 5_900, Use(10_001_000, 5_400)),
)
RECORD = Record(
    "C1", datetime(2026, 3, 2), "A", "S1", None, "postpaid", "Global", "Large", None, 900, True,
    0, 0, MONTHS,
)  # fmt: skip


def test_the_savings_are_those_worked_by_hand() -> None:
    found = fit_of(RECORD, PLANS, SETTINGS)
    assert found is not None
    assert (found.own, found.charge_fen) == ("Large", 29_700)
    assert [(one.plan, one.charge_fen, one.saving_fen) for one in found.plans] == [
        ("Small", 15_101, 14_599),
        ("Middle", 17_701, 11_999),
    ]
    assert found.best == found.plans[0]
    assert found.has_other_brand


def test_only_plans_that_the_customer_may_have_are_rated() -> None:
    bound = replace(RECORD, plan="Middle", days_to_contract_end=40)
    found = fit_of(bound, PLANS, SETTINGS)
    assert found is not None
    assert [one.plan for one in found.plans] == ["Large"]  # no lower fee, brand or mode
    assert found.best is None
    others = replace(
        SETTINGS, bill_fit=replace(SETTINGS.bill_fit, same_brand=False, cheaper_in_contract=True)
    )
    freed = fit_of(bound, PLANS, others)
    assert freed is not None
    assert {one.plan for one in freed.plans} == {"Small", "Large", "Easy"}


def test_as_many_months_as_the_settings_say() -> None:
    two = replace(SETTINGS, bill_fit=replace(SETTINGS.bill_fit, months=2))
    found = fit_of(RECORD, PLANS, two)
    assert found is not None
    assert (found.charge_fen, len(found.months)) == (19_800, 2)


def test_after_a_change_of_plan_the_others_are_against_the_new_one() -> None:
    """The bills are of the plan before: what it would cost again is said as of any other."""
    found = fit_of(replace(RECORD, plan="Small"), PLANS, SETTINGS)
    assert found is not None
    assert (found.own, found.charge_fen, found.months) == ("Small", 15_101, MONTHS)
    assert [(one.plan, one.saving_fen) for one in found.plans] == [
        ("Middle", -2_600),
        ("Large", -14_599),
    ]
    assert found.best is None
    (middle, _) = fit_json(found, "CNY", "en")["plans"]
    assert middle["text"] == "Middle would have cost you 26.00 CNY more than Small over 3 months"


def test_a_month_on_a_plan_that_is_no_longer_sold_is_rated_on_those_that_are() -> None:
    old = replace(RECORD, months=(*MONTHS[:2], replace(MONTHS[2], plan="of another time")))
    assert replace(found_of(old), months=MONTHS) == found_of(RECORD)


def found_of(record: Record) -> Fit:
    found = fit_of(record, PLANS, SETTINGS)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "record",
    [replace(RECORD, months=()), replace(RECORD, plan=None), replace(RECORD, plan="Unheard")],
)
def test_without_bills_or_the_own_plans_price_there_is_no_fit(record: Record) -> None:
    assert fit_of(record, PLANS, SETTINGS) is None


def test_one_customer_takes_well_under_a_millisecond() -> None:
    import timeit

    seconds = min(timeit.repeat(lambda: fit_of(RECORD, PLANS, SETTINGS), number=200, repeat=5))
    assert seconds / 200 < 0.001
