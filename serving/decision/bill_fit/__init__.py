"""Bill fit: what the last bills would have been on each plan that the customer may have.

A plan's saving is the charge of the months' use on the plan that was in force at the end of each,
less its charge on the other. What a bill holds beside the tariff (extras, roaming, credits)
is the same on either and does not enter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from features.histories.bills.tiers import FEN
from features.words import say
from serving.decision.bill_fit.rating import Plan, charge_fen
from serving.decision.bill_fit.store import Month, Record
from serving.decision.decision_settings import DecisionSettings


@dataclass(frozen=True)
class PlanFit:
    """One plan: what the months would have cost, and how much less that is; below 0 it is more."""

    plan: str
    charge_fen: int
    saving_fen: int


@dataclass(frozen=True)
class Fit:
    """The re-rated months and plans, the greatest saving first; `charge_fen`: as it was.

    `best` is null where no plan saves anything. `has_other_brand`: another brand has plans of the
    payment mode.
    """

    months: tuple[Month, ...]
    charge_fen: int
    plans: tuple[PlanFit, ...]
    has_other_brand: bool

    @property
    def best(self) -> PlanFit | None:
        return self.plans[0] if self.plans and self.plans[0].saving_fen > 0 else None


def fit_of(record: Record, plans: tuple[Plan, ...], settings: DecisionSettings) -> Fit | None:
    """The customer's bill fit; null where a month's plan or any bill is not known."""
    named = {plan.plan: plan for plan in plans}
    months = record.months[: settings.bill_fit.months]
    rated = [named.get(month.plan or "") for month in months]
    own = named.get(record.plan or "")
    if not months or own is None or any(plan is None for plan in rated):
        return None
    was = sum(
        charge_fen(plan, month.use) for plan, month in zip(rated, months, strict=True) if plan
    )
    fits = []
    for plan in _may_have(own, plans, record, settings):
        charge = sum(charge_fen(plan, month.use) for month in months)
        fits.append(PlanFit(plan.plan, charge, was - charge))
    fits.sort(key=lambda fit: (-fit.saving_fen, fit.plan))
    return Fit(months, was, tuple(fits), _has_other_brand(own, plans))


def _may_have(
    own: Plan, plans: tuple[Plan, ...], record: Record, settings: DecisionSettings
) -> list[Plan]:
    """The plans on sale for the customer: of their payment mode, by the declared rules."""
    rules = settings.bill_fit
    is_bound = (record.days_to_contract_end or 0) > 0
    return [
        plan
        for plan in plans
        if plan.plan != own.plan
        and plan.payment_mode == own.payment_mode
        and (plan.brand == own.brand or not rules.same_brand)
        and (plan.fee_fen >= own.fee_fen or not is_bound or rules.cheaper_in_contract)
    ]


def _has_other_brand(own: Plan, plans: tuple[Plan, ...]) -> bool:
    return any(
        plan.payment_mode == own.payment_mode and plan.brand != own.brand and plan.brand is not None
        for plan in plans
    )


def fit_json(fit: Fit, currency: str, language: str) -> dict[str, Any]:
    """The bill fit as an answer has it, with a sentence a plan."""
    return {
        "months": [
            {
                "period": month.period,
                "plan": month.plan,
                "bill": month.revenue_fen / FEN,
                "data_mb": month.use.data_kb / 1000,
                "voice_minutes": round(month.use.voice_s / 60, 1),
                "sms": month.use.sms,
            }
            for month in fit.months
        ],
        "charge": fit.charge_fen / FEN,
        "plans": [
            {
                "plan": one.plan,
                "charge": one.charge_fen / FEN,
                "saving": one.saving_fen / FEN,
                "text": _sentence(one.plan, one.saving_fen, len(fit.months), currency, language),
            }
            for one in fit.plans
        ],
    }


def _sentence(plan: str, saving_fen: int, months: int, currency: str, language: str) -> str:
    key = "plan_same" if not saving_fen else "plan_less" if saving_fen > 0 else "plan_more"
    amount = f"{abs(saving_fen) / FEN:.2f}"
    return say(
        "decision", key, language, plan=plan, amount=amount, currency=currency, months=months
    )
