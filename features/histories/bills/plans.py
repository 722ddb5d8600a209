"""Plans: what each costs as it was known, and what a customer's own use would have cost on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

import ibis
from ibis.expr.types import IntegerValue, Table

from features import windows
from features.feeds import FEEDS

USE_WEEKS = 4
# By how much a month is longer than these weeks, exactly.
MONTHS_NUMERATOR, MONTHS_DENOMINATOR = (
    Fraction(windows.MONTH_DAYS) / (7 * USE_WEEKS)
).as_integer_ratio()
KB_A_GB = 1_000_000
TARIFF = (
    "fee_fen",
    "allowance_kb",
    "overage_fen_gb",
    "allowance_s",
    "voice_fen_min",
)


def tariffs(facts: Table, as_of: Sequence[datetime]) -> Table:
    """One row a plan and moment: plan, as_of, payment_mode and `TARIFF`, the latest known."""
    seen = windows.known(windows.versions(facts, FEEDS["plans"].key), as_of)
    latest = ibis.row_number().over(group_by=["plan", "as_of"], order_by=ibis.desc("at"))
    seen = seen.mutate(latest=latest)
    return seen.filter(seen.latest == 0).select("plan", "as_of", "payment_mode", *TARIFF)


def plan_fit(customers: Table, use: Table, tariffs: Table, min_tenure_days: int) -> Table:
    """One row a customer and moment: what the plan costs, and what the cheapest would have cost.

    `customers` has customer_id, as_of, payment_mode, tenure_days, plan and previous_plan; `use`
    the `data_kb` and `voice_out_s` of the `USE_WEEKS` latest closed weeks, without a row where
    there was none. Use is scaled to a month and charged by the tariff alone: the fee, and data
    and outgoing voice beyond the allowances, without roaming, messages or extras.

    Columns: `plan_fee_fen`; `plan_fee_change_fen` (the plan's fee less the previous plan's, null
    without one); and null for customers in the network for less than `min_tenure_days`:
    `plan_cost_fen` (a month of this use), `plan_saving_fen` (how much less it would have cost on
    the cheapest plan of the same payment mode, 0 or more), `plan_saving_share`, and
    `data_allowance_share` and `voice_allowance_share` (in percent; null without allowance). All
    are null where the plan is not in the feed.
    """
    key = ["customer_id", "as_of"]
    found = customers.left_join(use.select(*key, "data_kb", "voice_out_s"), key, rname="{name}_use")
    known_use = found.tenure_days >= min_tenure_days
    found = found.mutate(
        kb=known_use.ifelse(_a_month(found.data_kb), None),
        seconds=known_use.ifelse(_a_month(found.voice_out_s), None),
    ).select(*key, "payment_mode", "plan", "previous_plan", "kb", "seconds")
    on_offer = found.select(*key, "payment_mode", "kb", "seconds").inner_join(
        tariffs.drop("plan"), ["as_of", "payment_mode"]
    )
    cheapest = on_offer.group_by(key).agg(cheapest_fen=_cost_fen(on_offer).min())
    previous = tariffs.select("as_of", previous_plan="plan", previous_fee_fen="fee_fen")
    fits = (
        found.inner_join(tariffs.drop("payment_mode"), ["as_of", "plan"])
        .left_join(previous, ["as_of", "previous_plan"], rname="{name}_before")
        .left_join(cheapest, key, rname="{name}_cheapest")
    )
    own_fen = _cost_fen(fits)
    # Where the plan is of another payment mode than the profile, it may be the cheapest itself.
    saving_fen = ibis.greatest(own_fen - fits.cheapest_fen, 0)
    return fits.select(
        *key,
        plan_fee_fen="fee_fen",
        plan_fee_change_fen=fits.fee_fen - fits.previous_fee_fen,
        plan_cost_fen=own_fen,
        plan_saving_fen=own_fen.notnull().ifelse(saving_fen, None),
        plan_saving_share=_percent(own_fen.notnull().ifelse(saving_fen, None), own_fen),
        data_allowance_share=_percent(fits.kb, fits.allowance_kb),
        voice_allowance_share=_percent(fits.seconds, fits.allowance_s),
    )


def _a_month(amount: IntegerValue) -> IntegerValue:
    return (amount.fill_null(0) * MONTHS_NUMERATOR // MONTHS_DENOMINATOR).cast("int64")


def _cost_fen(rows: Table) -> IntegerValue:
    """What `kb` and `seconds` cost a month on the row's tariff, null where they are unknown."""
    over_kb = ((rows.kb - rows.allowance_kb) > 0).ifelse(rows.kb - rows.allowance_kb, 0)
    over_s = ((rows.seconds - rows.allowance_s) > 0).ifelse(rows.seconds - rows.allowance_s, 0)
    data_fen = (over_kb * rows.overage_fen_gb // KB_A_GB).cast("int64")
    voice_fen = (over_s * rows.voice_fen_min // 60).cast("int64")
    return rows.kb.notnull().ifelse(rows.fee_fen + data_fen + voice_fen, None)


def _percent(part: IntegerValue, whole: IntegerValue) -> ibis.Value:
    return 100.0 * part.cast("float64") / whole.nullif(0).cast("float64")
