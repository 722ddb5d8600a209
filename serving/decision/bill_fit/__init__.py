"""Bill fit: what the last bills would have been on each plan that the customer may have.

A plan's saving is the charge of the months' use on the plan that the customer has now, less its
charge on the other: what they had before a change is not what they would leave. What a bill
holds beside the tariff (extras, roaming, credits) is the same on either and does not enter.
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
    """The re-rated months and plans, the greatest saving first.

    `own`: the plan that the customer has now, `charge_fen`: what the months would have cost on it.
    `best` is null where no plan saves anything. `has_other_brand`: another brand has plans of the
    payment mode.
    """

    own: str
    months: tuple[Month, ...]
    charge_fen: int
    plans: tuple[PlanFit, ...]
    has_other_brand: bool

    @property
    def best(self) -> PlanFit | None:
        return self.plans[0] if self.plans and self.plans[0].saving_fen > 0 else None


def fit_of(record: Record, plans: tuple[Plan, ...], settings: DecisionSettings) -> Fit | None:
    """The customer's bill fit; null where the plan that they have now or any bill is not known."""
    months = record.months[: settings.bill_fit.months]
    own = next((plan for plan in plans if plan.plan == record.plan), None)
    if not months or own is None:
        return None
    now = sum(charge_fen(own, month.use) for month in months)
    fits = []
    for plan in _may_have(own, plans, record, settings):
        charge = sum(charge_fen(plan, month.use) for month in months)
        fits.append(PlanFit(plan.plan, charge, now - charge))
    fits.sort(key=lambda fit: (-fit.saving_fen, fit.plan))
    return Fit(own.plan, months, now, tuple(fits), _has_other_brand(own, plans))


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
                "text": _sentence(one, fit, currency, language),
            }
            for one in fit.plans
        ],
    }


def _sentence(one: PlanFit, fit: Fit, currency: str, language: str) -> str:
    saving = one.saving_fen
    key = "plan_same" if not saving else "plan_less" if saving > 0 else "plan_more"
    amount, months = f"{abs(saving) / FEN:.2f}", len(fit.months)
    about = {"plan": one.plan, "own": fit.own, "amount": amount, "currency": currency}
    return say("decision", key, language, **about, months=months)
