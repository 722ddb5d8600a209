"""A month on a plan, to the fen: the tariff worked by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.decision.bill_fit.rating import Plan, Use, charge_fen

# 59.00 a month, 10 GB, 200 min and 50 messages; then 5.00 a GB, 0.15 a minute, 0.10 a message.
GLOBAL = Plan("Global 59", "postpaid", "Global", 5900, 10_000_000, 500, 12_000, 15, 50, 10)

BY_HAND = [
    (Use(0, 0), 5900),
    (Use(10_000_000, 12_000, 50), 5900),  # all of the allowances
    (Use(12_500_000, 12_000), 5900 + 1250),  # 2.5 GB at 5.00
    (Use(10_000_000, 12_060), 5900 + 15),  # one minute
    (Use(0, 12_002), 5901),  # two seconds are half a fen, which is rounded upwards
    (Use(0, 12_001), 5900),  # one is a quarter
    (Use(10_001_000, 12_002), 5901),  # half a fen of each are one: the sum is rounded, once
    (Use(0, 0, 53), 5930),
    (Use(10_002_000, 12_003, 51), 5900 + 1 + 1 + 10),  # 1 + 0.75 + 10
]


@pytest.mark.parametrize(("use", "fen"), BY_HAND)
def test_a_month_is_charged_to_the_fen(use: Use, fen: int) -> None:
    assert charge_fen(GLOBAL, use) == fen


def test_a_cap_bounds_what_is_beyond_the_fee() -> None:
    capped = replace(GLOBAL, cap_fen=2000)
    assert charge_fen(capped, Use(13_999_000, 0)) == 5900 + 2000 - 1 + 1  # 19.995 is 20.00
    assert charge_fen(capped, Use(90_000_000, 90_000, 900)) == 7900


whole = st.integers(0, 10**9)


@given(
    st.builds(
        Plan, st.just("P"), st.just("prepaid"), st.none(), st.integers(0, 10**6), whole,
        st.integers(0, 10**4), whole, st.integers(0, 10**3), st.integers(0, 999),
        st.integers(0, 99),
    ),
    st.builds(Use, whole, whole, st.integers(0, 10**4)),
)  # fmt: skip
def test_the_charge_is_the_exact_sum_rounded_half_up(plan: Plan, use: Use) -> None:
    exact = (
        Fraction(max(use.data_kb - plan.allowance_kb, 0) * plan.overage_fen_gb, 1_000_000)
        + Fraction(max(use.voice_s - plan.allowance_s, 0) * plan.voice_fen_min, 60)
        + max(use.sms - plan.allowance_sms, 0) * plan.sms_fen
    )
    assert charge_fen(plan, use) == plan.fee_fen + int(exact + Fraction(1, 2))
