"""What a month's use costs on a plan, to the fen.

    fee + overage for each 1,000,000 KB beyond the allowance + a price for each minute beyond the
    other + a price for each message beyond the third, what is beyond the fee up to a cap

What goes beyond is charged by the KB and by the second. The parts are added as exact fractions,
and the month's sum is rounded once, half a fen upwards.
"""

from __future__ import annotations

from dataclasses import dataclass

KB_A_GB = 1_000_000
SECONDS_A_MINUTE = 60
COMMON = 3_000_000  # the least common multiple of both


@dataclass(frozen=True)
class Plan:
    """A plan on sale; see the feed `plans`. A cap is null where there is none."""

    plan: str
    payment_mode: str
    brand: str | None
    fee_fen: int
    allowance_kb: int
    overage_fen_gb: int
    allowance_s: int
    voice_fen_min: int
    allowance_sms: int = 0
    sms_fen: int = 0
    cap_fen: int | None = None


@dataclass(frozen=True)
class Use:
    """What was used in a month: KB, seconds of outgoing voice, messages."""

    data_kb: int
    voice_s: int
    sms: int = 0


def charge_fen(plan: Plan, use: Use) -> int:
    """The month's charge in fen.

    >>> easy = Plan("Easy", "prepaid", None, 500, 500_000, 600, 0, 12)
    >>> charge_fen(easy, Use(500_001, 59))
    512
    """
    kb = max(use.data_kb - plan.allowance_kb, 0)
    seconds = max(use.voice_s - plan.allowance_s, 0)
    messages = max(use.sms - plan.allowance_sms, 0)
    beyond = kb * plan.overage_fen_gb * (COMMON // KB_A_GB)
    beyond += seconds * plan.voice_fen_min * (COMMON // SECONDS_A_MINUTE)
    beyond += messages * plan.sms_fen * COMMON
    if plan.cap_fen is not None:
        beyond = min(beyond, plan.cap_fen * COMMON)
    return plan.fee_fen + (beyond + COMMON // 2) // COMMON
