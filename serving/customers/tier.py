"""A customer's value tier: at a date, how it came, and the predicted one (`liuke tier`)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from features.builder import matrix
from features.engine.moments import moment_of_data
from features.engine.store import open_histories
from features.errors import LakeError, UnknownCustomers
from features.histories.bills.tiers import FEN, SUMS, TIERS, recent_bills
from serving.customers.tier_history import tier_history
from serving.scores.latest import Latest, Rows, rows_of
from serving.scoring import (
    OTHER_FEATURES,
    LoadedChampion,
    check_features,
    check_night,
    load_champion,
    score_rows,
)
from training.models.definitions import FeatureRows


def customer_tier(home: Path, customer_id: str, as_of: datetime | None = None) -> dict[str, Any]:
    """The tier of one customer as of last night, or of another date, under the champion's bounds.

    Keys: customer_id, as_of, currency, value_tier, `bounds` (where silver, gold and diamond
    begin, a month), `bills` (how many of the three latest count), `mean_bill`, predicted_tier
    and tier_probabilities (null where the champion has no model of value), and `history`: each
    change with changed_at, before, after, cause, oldest first. Raises UnknownCustomers,
    NoChampion, FingerprintMismatch where the night was of other features than the champion's,
    and LakeError without a night or where no bills are known.
    """
    champion = load_champion(home)
    moment, rows = _rows_at(home, champion, customer_id, as_of)
    bundle = champion.bundle
    if bundle.tier_bounds_fen is None:
        raise LakeError(
            "the champion was trained without bills, so customers have no tier. Import the bills "
            "feed and train again."
        )
    value, currency = score_rows(champion, rows).value, bundle.currency
    valued = value.told(0, currency)
    history = tier_history(open_histories(home), bundle.tier_bounds_fen, moment, [customer_id])
    bills, revenue_fen, _ = (int(number) for number in rows.sums[0])
    return {
        "customer_id": customer_id,
        "as_of": f"{moment:%F}",
        "currency": currency,
        "value_tier": valued["value_tier"],
        "bounds": {
            tier: bound / FEN for tier, bound in zip(TIERS[1:], bundle.tier_bounds_fen, strict=True)
        },
        "bills": bills,
        "mean_bill": round(revenue_fen / bills / FEN, 2) if bills else None,
        "predicted_tier": None if value.predicted is None else str(value.predicted[0]),
        "tier_probabilities": valued["tier_probabilities"],
        "history": [
            {
                "changed_at": f"{row.changed_at:%F %T}",
                "before": row.before,
                "after": row.after,
                "cause": row.cause,
            }
            for row in history.itertuples()
        ],
    }


def _rows_at(
    home: Path, champion: LoadedChampion, customer_id: str, as_of: datetime | None
) -> tuple[datetime, Rows]:
    """The moment, and the customer's row at it: last night's, or built now for another date."""
    latest = Latest(home)
    try:
        night = latest.night
        moment = datetime.fromisoformat(night.as_of)
        if as_of in (None, moment):
            check_night(champion.bundle, night)
            return moment, latest.rows([customer_id], champion.bundle.features)
    finally:
        latest.close()
    return _built(home, champion, customer_id, as_of)


def _built(
    home: Path, champion: LoadedChampion, customer_id: str, as_of: datetime | None
) -> tuple[datetime, Rows]:
    histories = open_histories(home)
    moment = moment_of_data(histories.connection, home, as_of)
    names = tuple(feature.name for feature in histories.features)
    given = FeatureRows(names, histories.fingerprint, histories.definitions)
    check_features(champion.bundle, given, "of the imported feeds", OTHER_FEATURES)
    rows = histories.connection.execute(matrix(histories, [moment], [customer_id]))
    if rows.empty:
        raise UnknownCustomers(
            f"{customer_id} is not in the network at {moment:%F}, or the id is wrong.",
            customer_ids=[customer_id],
        )
    if "bills" in histories.tables:
        bills = histories.tables["bills"]
        own = recent_bills(bills.filter(bills.customer_id == customer_id), [moment])
        sums = histories.connection.execute(own.select("customer_id", *SUMS))
        rows = rows.merge(sums, on="customer_id", how="left")
    return moment, rows_of(rows, histories.features).of(champion.bundle.features, names)


def in_words(tier: dict[str, Any]) -> str:
    """The tier as people read it."""
    currency = tier["currency"]
    bounds = ", ".join(f"{name} from {bound:,.2f}" for name, bound in tier["bounds"].items())
    mean = "no bill is known yet"
    if tier["bills"]:
        mean = f"mean of {tier['bills']} bills {tier['mean_bill']:,.2f} {currency}"
    lines = [f"{tier['customer_id']} at {tier['as_of']}: {tier['value_tier']} ({mean}; {bounds})"]
    if tier["tier_probabilities"]:
        chances = ", ".join(f"{name} {p:.0%}" for name, p in tier["tier_probabilities"].items())
        lines.append(f"Over the next three bills: {tier['predicted_tier']} ({chances})")
    else:
        lines.append("The champion has no model of value, so none is predicted.")
    for change in tier["history"]:
        before = f"{change['before']} -> " if change["before"] else ""
        cause = change["cause"].replace("_", " ")
        lines.append(f"  {change['changed_at'][:10]}  {before}{change['after']}  ({cause})")
    return "\n".join(lines)
