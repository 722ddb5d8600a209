"""Potential large customers: the model proposes, a declared rule qualifies, the manager confirms.

    proposed    eligible with a predicted margin, and the predicted tier is above today's
    qualified   and the rule of settings/serving.toml [potential] holds
    confirmed   the account manager confirmed a qualified one, until a date; then it falls back

Confirmations stand in the operational database, each kept for good; the latest counts.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, insert, select

from features import catalogue
from features.engine.store import open_histories
from features.errors import RequestRefused, SettingsError, UnknownCustomers
from features.histories import people
from features.histories.bills.tiers import TIERS
from features.settings import FeatureSettings, home_settings
from serving.customers.phrases import change, padded, phrase, term
from serving.customers.rights.objections import has_objection
from serving.database.tables import LONGEST_ID, confirmations
from serving.service_settings import PotentialSettings

TENURE = "tenure_days"


def potential(
    scores: pd.DataFrame, rows: pd.DataFrame, rule: PotentialSettings
) -> NDArray[np.object_]:
    """Of each customer `proposed`, `qualified`, or null, shape (n,).

    `scores` as the night makes them, `rows` the features, both in the same order.
    """
    found = np.full(len(scores), None, dtype=object)
    if scores["predicted_tier"].isna().all():
        return found
    today, predicted = _places(scores["value_tier"]), _places(scores["predicted_tier"])
    proposed = (predicted > today) & scores["margin"].notna().to_numpy()
    proposed &= scores["eligible"].to_numpy(dtype=bool)
    qualifies = chance_of_more(scores) >= rule.min_probability
    qualifies &= (rows[TENURE] >= rule.min_tenure_days).to_numpy(dtype=bool, na_value=False)
    for name in rule.must_be_zero:
        if name in rows:
            qualifies &= ~(rows[name] > 0).to_numpy(dtype=bool, na_value=False)
    found[proposed] = "proposed"
    found[proposed & qualifies] = "qualified"
    return found


def chance_of_more(scores: pd.DataFrame) -> NDArray[np.float64]:
    """The chance of a tier above today's, shape (n,); NaN where no tier is known or predicted."""
    chances = scores[[f"chance_{tier}" for tier in TIERS]].to_numpy(dtype=float)
    today = _places(scores["value_tier"])
    above = np.arange(len(TIERS))[None, :] > today[:, None]
    more = np.where(above, chances, 0.0).sum(axis=1)
    unknown = np.isnan(today) | np.isnan(chances).any(axis=1)
    found: NDArray[np.float64] = np.where(unknown, np.nan, more)
    return found


def _places(tiers: pd.Series) -> NDArray[np.float64]:
    """Each tier's place in TIERS, NaN where it is null."""
    order = {tier: float(place) for place, tier in enumerate(TIERS)}
    return np.asarray(tiers.map(order), dtype=np.float64)


def check_rule(home: Path, rule: PotentialSettings) -> None:
    """Raises SettingsError where the rule names a feature that is not declared, or a category."""
    currency = home_settings(home, "features", FeatureSettings).currency
    declared = {feature.name: feature for feature in catalogue.features(currency)}
    unknown = [name for name in rule.must_be_zero if name not in declared]
    if unknown:
        raise SettingsError(
            f"serving.toml: potential.must_be_zero names {', '.join(unknown)}, which no feature "
            f"is called. docs/features.md lists them."
        )
    categories = [name for name in rule.must_be_zero if declared[name].is_category]
    if categories:
        raise SettingsError(
            f"serving.toml: potential.must_be_zero names {', '.join(categories)}, a category, "
            f"which is never zero. Name features that are numbers; docs/features.md lists them."
        )


def potential_customers(
    home: Path, scores: pd.DataFrame, engine: Engine, today: date, manager: str | None = None
) -> list[dict[str, Any]]:
    """Customers whom the last night proposes or a manager holds confirmed, the likeliest first.

    Each: customer_id, status (proposed, qualified, confirmed), value_tier, predicted_tier,
    chance_of_more, manager_id (the account manager's, null without one), confirmed_by and
    until (null unless confirmed). A confirmed customer's tiers and chance are null where the
    champion does not predict them. `manager` restricts to that manager's customers and
    confirmations.
    A confirmation whose date has passed counts for nothing, and who objects to automated decisions
    is on no such list.
    """
    held = _confirmed(engine, today)
    own = scores[scores["potential"].notna() | scores["customer_id"].isin(held)]
    with engine.connect() as connection:
        objecting = has_objection(connection, own["customer_id"].tolist())
    own = own[~own["customer_id"].isin(objecting)]
    if own.empty:
        return []
    own = own.assign(chance_of_more=chance_of_more(own))
    own = own.sort_values(["chance_of_more", "customer_id"], ascending=[False, True])
    managers = _managers(home, own["customer_id"].tolist(), own["as_of"].iloc[0])
    listed = []
    for row in own.itertuples():
        customer_id = str(row.customer_id)
        by, until = held.get(customer_id, (None, None))
        responsible = managers.get(customer_id)
        if manager is not None and manager not in (responsible, by):
            continue
        listed.append(
            {
                "customer_id": customer_id,
                "status": "confirmed" if by is not None else row.potential,
                "value_tier": _known(row.value_tier),
                "predicted_tier": _known(row.predicted_tier),
                "chance_of_more": _known(row.chance_of_more),
                "manager_id": responsible,
                "confirmed_by": by,
                "until": None if until is None else f"{until:%F}",
            }
        )
    return listed


def _known(value: Any) -> Any:
    """The value, or None where it is missing, in whichever form Parquet returns that."""
    return None if pd.isna(value) else value


def in_words(customer: dict[str, Any], language: str = "en") -> str:
    """One of `potential_customers` as people read it."""
    held = {"manager": customer["confirmed_by"], "until": customer["until"]}
    return phrase(
        "potential", language,
        customer=customer["customer_id"], tiers=_tiers(customer, language),
        status=padded(phrase(f"status_{customer['status']}", language), 10),
        held=phrase("held", language, **held) if customer["until"] else "",
    )  # fmt: skip


def _tiers(customer: dict[str, Any], language: str) -> str:
    tier, predicted = customer["value_tier"], customer["predicted_tier"]
    chance = customer["chance_of_more"]
    if predicted is None or chance is None:
        known = term(tier, language) if tier else phrase("no_tier", language)
        return phrase("none_predicted", language, tier=known)
    return phrase("may_rise", language, change=change(tier, predicted, language), chance=chance)


def confirm(
    connection: Connection,
    scores: pd.DataFrame,
    customer_id: str,
    manager: str,
    until: date,
    now: datetime,
) -> None:
    """Record that `manager` holds the customer for a potential large one up to and with `until`.

    Raises UnknownCustomers, and RequestRefused where the customer does not qualify
    (`not_qualified`), or the date has passed or an id is too long (`invalid_request`).
    """
    own = scores[scores["customer_id"] == customer_id]
    if own.empty:
        raise UnknownCustomers(
            f"{customer_id} was not scored last night: the id is wrong, or the customer has left.",
            customer_ids=[customer_id],
        )
    as_of = own["as_of"].iloc[0].date()
    if until < as_of:
        raise RequestRefused(
            "invalid_request",
            f"--until {until:%F} has passed: the customer was scored as of {as_of:%F}. Name that "
            f"date or a later one.",
        )
    if not 1 <= len(manager) <= LONGEST_ID:
        raise RequestRefused(
            "invalid_request",
            f"--manager has {len(manager)} characters; expected 1 to {LONGEST_ID}",
        )
    status = own["potential"].iloc[0]
    if status != "qualified":
        proposed = pd.notna(status)  # a null read back from Parquet is NaN, which is true
        found = "is proposed, but the rule does not qualify him" if proposed else "is not proposed"
        raise RequestRefused(
            "not_qualified",
            f"{customer_id} {found}. `liuke potential list` shows who can be confirmed; the rule "
            f"stands in settings/serving.toml [potential].",
        )
    row = {
        "customer_id": customer_id,
        "manager_id": manager,
        "confirmed_at": now,
        "until": until,
    }
    connection.execute(insert(confirmations).values(row))


def _confirmed(engine: Engine, today: date) -> dict[str, tuple[str, date]]:
    """By whom and until when each customer is held today, by the latest confirmation of each."""
    columns = confirmations.c
    query = select(columns.customer_id, columns.manager_id, columns.until).order_by(columns.id)
    with engine.connect() as connection:
        latest = {row.customer_id: (row.manager_id, row.until) for row in connection.execute(query)}
    return {customer: held for customer, held in latest.items() if held[1] >= today}


def _managers(home: Path, customers: list[str], as_of: datetime) -> dict[str, str]:
    """The account manager of each customer who has one, as known at `as_of`."""
    histories = open_histories(home)
    profiles = histories.tables["customers"]
    if "manager_id" not in profiles.columns:
        return {}
    known = people.profile(profiles.filter(profiles.customer_id.isin(customers)), [as_of])
    found = known.filter(known.manager_id.notnull()).select("customer_id", "manager_id")
    frame = histories.connection.execute(found)
    return dict(zip(frame["customer_id"], frame["manager_id"], strict=True))
