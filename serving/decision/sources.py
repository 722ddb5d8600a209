"""What a decision is made from, by step: the live row, last night's score, facts alone.

Each returns the entitlement facts and what is known beside them; see `fallback` for their order.
`of_live` and `standing_at` depend on nothing of the service, so that a replay makes of the same
the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, or_, select

from features.histories.bills.tiers import FEN
from features.settings import FeatureSettings, home_settings
from serving.access.principal import Scope
from serving.database.prepared import Prepared
from serving.database.tables import objections
from serving.decision.bill_fit import Fit, fit_of
from serving.decision.bill_fit.rating import Plan
from serving.decision.bill_fit.store import CounterFacts, Record
from serving.decision.deciding import Known, Requested
from serving.decision.decision_settings import DecisionSettings, to_fen
from serving.decision.offers.economics import Predicted
from serving.decision.offers.entitlement import Entitlement
from serving.decision.promises import open_promises, promises_open_at
from serving.scores.kept import kept_scores
from serving.scoring import Scorer, Seen, examined
from serving.scoring.fingerprint import row_content, row_fingerprint
from serving.scoring.kept_answers import kept_reasons

STANDARD = "standard"

_objected = Prepared(
    select(objections.c.id).where(
        objections.c.customer_id == bindparam("customer_id"), objections.c.withdrawn_at.is_(None)
    )
)


@dataclass(frozen=True)
class Standing:
    """What the operational database says of a customer at the moment of the decision, `at`."""

    open_promises: int
    broken_promises: int
    has_objected: bool
    at: datetime


@dataclass(frozen=True)
class Bills:
    """The latest bills of a customer and the plans on sale; null and none where not known."""

    record: Record | None
    plans: tuple[Plan, ...]

    @property
    def as_of(self) -> datetime | None:
        return None if self.record is None else self.record.as_of

    def on_plan_of(self, values: Mapping[str, Any]) -> Bills:
        """With plan and contract as a row of features has them: a posted change is in it alone."""
        if self.record is None:
            return self
        days = values.get("days_to_contract_end")
        days = None if days is None else int(days)
        record = replace(self.record, plan=values.get("plan"), days_to_contract_end=days)
        return replace(self, record=record)


@dataclass(frozen=True)
class Made:
    """What one step found for a request."""

    facts: Entitlement
    known: Known
    fit: Fit | None


@dataclass(frozen=True)
class Sources:
    """Of one server: where each step reads."""

    home: Path
    scorer: Scorer
    counter: CounterFacts
    reading: Engine
    settings: DecisionSettings

    @cached_property
    def currency(self) -> str:
        """Of the home's amounts; features are named by it."""
        return home_settings(self.home, "features", FeatureSettings).currency

    def standing(self, customer_id: str, now: datetime) -> Standing:
        """Raises what the database does: without it nothing may be decided."""
        with self.reading.connect() as connection:
            own = open_promises(connection, customer_id)
            objected = _objected.all(connection, {"customer_id": customer_id})
        broken = sum(promise.due_at < now for promise in own)
        return Standing(len(own), broken, bool(objected), now)

    def live(self, request: Requested, scope: Scope, standing: Standing) -> Made:
        """Scored now, by the champion; raises what the scorer does."""
        seen = self.scorer.see(request.customer_id, scope, standing.at)
        bills = self._bills(self.counter.find(request.customer_id))
        return of_live(request, seen, standing, bills, self.settings)

    def facts_alone(self, request: Requested, scope: Scope, standing: Standing) -> Made:
        """From the live row, of which nothing is predicted: for who has objected."""
        seen = self.scorer.see(request.customer_id, scope, standing.at)
        bills = self._bills(self.counter.find(request.customer_id))
        facts, fit = _entitled_by_row(request, seen, standing, bills, self.settings)
        known = Known(
            datetime.fromisoformat(seen.night.as_of), fresh_events=seen.fresh_events,
            is_behind=seen.is_behind, counter_as_of=bills.as_of,
        )  # fmt: skip
        return Made(facts, known, fit)

    def last_night(self, request: Requested, scope: Scope, standing: Standing) -> Made:
        """By the score that the last night kept; raises LakeError where it cannot be read."""
        bills = self._bills(self.counter.find(request.customer_id))
        (score,) = kept_scores(self.home, [request.customer_id], scope)
        own = _of_record(bills.record) if bills.record else _of_score(score)
        tier = score["value_tier"] or STANDARD
        facts, fit = _entitled(request, own, tier, standing, bills, self.settings)
        at_stake, loss = _fen(score["value_at_stake"]), _fen(score["expected_loss"])
        certain = None if at_stake is None or loss is None else at_stake + loss
        days = self.settings.economics.risk_days
        predicted = Predicted(score["churn_risk"], days, _fen(score["margin"]), certain)
        reasons = kept_reasons(score["reasons"], request.language, self.currency)
        version = score["model_version"]
        known = Known(
            score["as_of"], predicted, at_stake, reasons, version, counter_as_of=bills.as_of
        )
        return Made(facts, known, fit)

    def by_rule(self, request: Requested, scope: Scope, standing: Standing) -> Made:
        """Without a score: the tier by the mean bill and declared bounds.

        Raises LakeError where no facts can be read, UnknownCustomers for who is not among them.
        """
        record = self.counter.need(request.customer_id, scope)
        bills = self._bills(record)
        tier = rule_tier(record.mean_bill_fen, self.settings)
        facts, fit = _entitled(request, _of_record(record), tier, standing, bills, self.settings)
        return Made(facts, Known(record.as_of, counter_as_of=bills.as_of), fit)

    def _bills(self, record: Record | None) -> Bills:
        return Bills(record, () if record is None else self.counter.plans)


def standing_at(connection: Connection, customer_id: str, at: datetime) -> Standing:
    """How the customer stood at a moment of the past."""
    own = promises_open_at(connection, customer_id, at)
    of = objections.c
    objected = connection.execute(
        select(of.id).where(
            of.customer_id == customer_id,
            of.recorded_at <= at,
            or_(of.withdrawn_at.is_(None), of.withdrawn_at > at),
        )
    ).first()
    broken = sum(promise.due_at < at for promise in own)
    return Standing(len(own), broken, objected is not None, at)


def of_live(
    request: Requested, seen: Seen, standing: Standing, bills: Bills, settings: DecisionSettings
) -> Made:
    """What is known of a row that was seen, scored by its champion."""
    facts, fit = _entitled_by_row(request, seen, standing, bills, settings)
    found = examined(seen, request.language)
    horizon = int(seen.champion.bundle.label["horizon_days"])
    known = Known(
        datetime.fromisoformat(seen.night.as_of),
        Predicted(found.risk, horizon, _fen(found.margin), _fen(found.certain_value)),
        _fen(found.at_stake),
        found.reasons,
        seen.champion.version,
        row_fingerprint(seen.row, 0),
        row_content(seen.row, 0),
        seen.fresh_events,
        seen.is_behind,
        bills.as_of,
    )
    return Made(facts, known, fit)


def _entitled_by_row(
    request: Requested, seen: Seen, standing: Standing, bills: Bills, settings: DecisionSettings
) -> tuple[Entitlement, Fit | None]:
    values, tier = seen.facts, seen.tier or STANDARD
    own = bills.on_plan_of(values)
    return _entitled(request, _of_row(values), tier, standing, own, settings)


def _entitled(
    request: Requested,
    own: Mapping[str, Any],
    tier: str,
    standing: Standing,
    bills: Bills,
    settings: DecisionSettings,
) -> tuple[Entitlement, Fit | None]:
    """The facts of the request, with the best plan of the bill fit where there is one."""
    fit = None if bills.record is None else fit_of(bills.record, bills.plans, settings)
    best = fit.best if fit else None
    facts = Entitlement(
        intent=request.intent,
        authority=settings.roles.authority_of(request.role),
        tier=tier,
        open_promises=standing.open_promises,
        best_plan=best.plan if best else None,
        saving_fen=best.saving_fen if best else 0,
        has_other_brand=bool(fit and fit.has_other_brand),
        **{**own, "broken_promises": own["broken_promises"] + standing.broken_promises},
    )
    return facts, fit


def rule_tier(mean_bill_fen: float | None, settings: DecisionSettings) -> str:
    """The tier of the rule-based step; standard where no bill is known."""
    bounds = [to_fen(bound) for bound in settings.fallback.tier_bounds]
    reached = 0 if mean_bill_fen is None else sum(mean_bill_fen >= bound for bound in bounds)
    return (STANDARD, "silver", "gold", "diamond")[reached]


def _of_row(values: Mapping[str, Any]) -> dict[str, Any]:
    """The facts in a row of features; one whose feed is not delivered is not known."""
    days = values.get("days_to_contract_end")
    tenure = values.get("tenure_days")
    return {
        "payment_mode": values.get("payment_mode"),
        "plan": values.get("plan"),
        "contract": _contract(days) if "days_to_contract_end" in values else None,
        "tenure_days": None if tenure is None else int(tenure),
        "consent": values.get("has_consent") == 1,
        "open_complaints": int(values.get("unresolved_complaints") or 0),
        "broken_promises": int(values.get("overdue_complaints") or 0),
    }


def _of_record(record: Record) -> dict[str, Any]:
    return {
        "payment_mode": record.payment_mode,
        "plan": record.plan,
        "contract": _contract(record.days_to_contract_end),
        "tenure_days": record.tenure_days,
        "consent": record.consent,
        "open_complaints": record.open_complaints,
        "broken_promises": record.overdue_complaints,
    }


def _of_score(score: Mapping[str, Any]) -> dict[str, Any]:
    """What a kept score says of the facts."""
    return {
        "payment_mode": None,
        "plan": None,
        "contract": None,
        "tenure_days": None,
        "consent": bool(score["consent"]),
        "open_complaints": int(score["open_complaint"]),
        "broken_promises": 0,
    }


def _contract(days_to_end: float | None) -> str:
    return "bound" if days_to_end is not None and days_to_end > 0 else "free"


def _fen(amount: float | None) -> float | None:
    return None if amount is None else amount * FEN
