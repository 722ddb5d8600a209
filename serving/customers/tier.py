"""A customer's value tier: at a date, how it came, and the predicted one (`liuke tier`)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from features.builder.parts import matrix_rows
from features.engine.moments import moment_of_data
from features.engine.store import open_histories
from features.errors import LakeError, UnknownCustomers
from features.histories.bills.tiers import FEN, TIERS
from serving.customers.phrases import change, listed, phrase, term
from serving.customers.rights.objections import objecting
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
    and tier_probabilities (null where the champion has no model of value or the customer objects to
    automated decisions), and `history`: each
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
    hidden = customer_id in objecting(home)
    answer = value.to_json(0, currency)
    history = tier_history(open_histories(home), bundle.tier_bounds_fen, moment, [customer_id])
    bills, revenue_fen, _ = (int(number) for number in rows.sums[0])
    return {
        "customer_id": customer_id,
        "as_of": f"{moment:%F}",
        "currency": currency,
        "value_tier": answer["value_tier"],
        "bounds": {
            tier: bound / FEN for tier, bound in zip(TIERS[1:], bundle.tier_bounds_fen, strict=True)
        },
        "bills": bills,
        "mean_bill": round(revenue_fen / bills / FEN, 2) if bills else None,
        "predicted_tier": None if hidden or value.predicted is None else str(value.predicted[0]),
        "tier_probabilities": None if hidden else answer["tier_probabilities"],
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
    rows = matrix_rows(histories, moment, [customer_id])
    if rows.empty:
        raise UnknownCustomers(
            f"{customer_id} is not in the network at {moment:%F}, or the id is wrong.",
            customer_ids=[customer_id],
        )
    return moment, rows_of(rows, histories.features).of(champion.bundle.features, names)


def in_words(tier: dict[str, Any], language: str = "en") -> str:
    """The tier as people read it."""
    bounds = [
        phrase("bound", language, tier=term(name, language), amount=amount)
        for name, amount in tier["bounds"].items()
    ]
    head = phrase(
        "tier", language,
        customer=tier["customer_id"], as_of=tier["as_of"],
        tier=term(tier["value_tier"], language), mean=_mean(tier, language),
        bounds=listed(bounds, language),
    )  # fmt: skip
    changes = [_change_line(one, language) for one in tier["history"]]
    return "\n".join([head, _predicted(tier, language), *changes])


def _mean(tier: dict[str, Any], language: str) -> str:
    if not tier["bills"]:
        return phrase("no_bill", language)
    mean, currency = tier["mean_bill"], tier["currency"]
    return phrase("mean_bill", language, bills=tier["bills"], amount=mean, currency=currency)


def _predicted(tier: dict[str, Any], language: str) -> str:
    if not tier["tier_probabilities"]:
        return phrase("not_predicted", language)
    chances = [
        phrase("chance", language, tier=term(name, language), chance=chance)
        for name, chance in tier["tier_probabilities"].items()
    ]
    predicted = term(tier["predicted_tier"], language)
    return phrase("predicted", language, tier=predicted, chances=listed(chances, language))


def _change_line(row: dict[str, Any], language: str) -> str:
    after = term(row["after"], language)
    moved = change(row["before"], row["after"], language) if row["before"] else after
    cause = phrase(f"cause_{row['cause']}", language)
    return phrase("tier_change", language, date=row["changed_at"][:10], change=moved, cause=cause)
