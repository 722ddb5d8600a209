"""By what customers are grouped in an analysis: where they belong, and what they are and hold.

A dimension of the customer is taken at the end of the period, or the last that is known of who is
gone by then; `value_tier_before` at its start. Other dimensions belong to a fact, such as the rival
of a ported number: see `serving.analyses.measures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
from ibis.expr.types import StringValue, Table

from features.errors import LakeError
from features.histories import contracts, people
from features.histories.bills.tiers import TIERS
from serving.analyses.lake import Lake

PROFILE = ("city", "store_id", "manager_id", "group_id", "brand", "payment_mode")
TENURE_DAYS = (90, 365, 730, 1825)
TENURES = ("0_to_3_months", "3_to_12_months", "1_to_2_years", "2_to_5_years", "5_years_up")
TIERED = TIER, TIER_BEFORE = "value_tier", "value_tier_before"
OF_CUSTOMERS = (*PROFILE, "plan", "tenure", TIER, TIER_BEFORE)
NOT_RECORDED = "not_recorded"
ORDERED = {"tenure": TENURES, TIER: TIERS[::-1], TIER_BEFORE: TIERS[::-1]}


@dataclass(frozen=True)
class Dimension:
    """Each customer's `value` at each `as_of`, and what counts where there is none."""

    values: Table
    otherwise: str = NOT_RECORDED


def of_customers(lake: Lake, name: str) -> Dimension:
    """The dimension `name` of `OF_CUSTOMERS`. Raises LakeError where it is not delivered."""
    if name in TIERED:
        return Dimension(_tiers(lake, name), TIERS[0])
    if name in PROFILE:
        rows = people.profile(_delivered(lake, "customers", name), lake.ends)
        return Dimension(_valued(rows, rows[name]))
    if name == "plan":
        rows = contracts.standing(_delivered(lake, "contracts", name), lake.ends)
        return Dimension(_valued(rows, rows.plan))
    rows = contracts.standing(lake.tables["contracts"], lake.ends)
    return Dimension(_valued(rows, _tenure(rows)))


def counted(lake: Lake, known: str, limits: Mapping[str, str]) -> Table:
    """customer_id and as_of of the customers whose profile is as the limits say, by column.

    And of whom the column `known` is known, unless it is empty. Raises LakeError where one of the
    columns is not delivered.
    """
    for name in (*([known] if known else []), *limits):
        _delivered(lake, "customers", name)
    rows = people.profile(lake.tables["customers"], lake.ends)
    if known:
        rows = rows.filter(rows[known].notnull())
    for name, value in limits.items():
        rows = rows.filter(rows[name] == value)
    return rows.select("customer_id", as_of=rows.as_of.cast("timestamp(6)"))


def _delivered(lake: Lake, feed: str, column: str) -> Table:
    facts = lake.tables[feed]
    if column not in facts.columns:
        raise LakeError(
            f"the feed {feed} has no column {column}, so nothing can be counted by it. Import it, "
            f"or count by another dimension."
        )
    return facts


def _valued(rows: Table, value: StringValue) -> Table:
    return rows.select("customer_id", as_of=rows.as_of.cast("timestamp(6)"), value=value)


def _tenure(rows: Table) -> StringValue:
    bands = zip(TENURE_DAYS, TENURES, strict=False)
    return ibis.cases(
        *((rows.tenure_days < days, ibis.literal(band)) for days, band in bands),
        else_=ibis.literal(TENURES[-1]),
    )


def _tiers(lake: Lake, name: str) -> Table:
    if lake.bounds is None:
        raise LakeError(
            "no bills are known, so customers have no value tier. Import bills, or count by "
            "another dimension."
        )
    moments = lake.ends if name == TIER else lake.starts
    rows = lake.tiers.filter(lake.tiers.as_of.isin(list(moments)))
    as_of = rows.as_of.cast("timestamp(6)") if name == TIER else lake.end_of(rows.as_of)
    tier = rows.place.cases(*enumerate(TIERS), else_=TIERS[0])
    return rows.select("customer_id", as_of=as_of, value=tier)
