"""A customer's value tier: today's, how it came, and the one foretold (`liuke tier`)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from features.errors import LakeError
from features.histories import open_histories
from features.tier_history import tier_history
from features.tiers import FEN, TIERS
from serving.latest import Latest
from serving.scoring import check_night, load_champion, score_rows


def customer_tier(home: Path, customer_id: str) -> dict[str, Any]:
    """The tier of one customer as of last night, under the champion's bounds.

    Keys: customer_id, as_of, currency, value_tier, `bounds` (where silver, gold and diamond
    begin, a month), `bills` (how many of the three latest count), `mean_bill`, foretold_tier
    and tier_probabilities (null where the champion has no model of value), and `history`: each
    change with changed_at, before, after, cause, oldest first. Raises UnknownCustomers,
    NoChampion, FingerprintMismatch where the night was of other features than the champion's,
    and LakeError without a night or where no bills are known.
    """
    champion, latest = load_champion(home), Latest(home)
    bundle, night = champion.bundle, latest.night
    try:
        check_night(bundle, night)
        rows = latest.rows([customer_id], bundle.features)
    finally:
        latest.close()
    if bundle.tier_bounds_fen is None:
        raise LakeError(
            "the champion was trained without bills, so nobody has a tier. Import the bills feed "
            "and train again."
        )
    value, currency = score_rows(champion, rows).value, bundle.currency
    told = value.told(0, currency)
    as_of = datetime.fromisoformat(night.as_of)
    history = tier_history(open_histories(home), bundle.tier_bounds_fen, as_of, [customer_id])
    bills, revenue_fen, _ = (int(number) for number in rows.sums[0])
    return {
        "customer_id": customer_id,
        "as_of": night.as_of,
        "currency": currency,
        "value_tier": told["value_tier"],
        "bounds": {
            tier: bound / FEN for tier, bound in zip(TIERS[1:], bundle.tier_bounds_fen, strict=True)
        },
        "bills": bills,
        "mean_bill": round(revenue_fen / bills / FEN, 2) if bills else None,
        "foretold_tier": None if value.foretold is None else str(value.foretold[0]),
        "tier_probabilities": told["tier_probabilities"],
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
        lines.append(f"Over the next three bills: {tier['foretold_tier']} ({chances})")
    else:
        lines.append("The champion has no model of value, so none is foretold.")
    for change in tier["history"]:
        before = f"{change['before']} -> " if change["before"] else ""
        cause = change["cause"].replace("_", " ")
        lines.append(f"  {change['changed_at'][:10]}  {before}{change['after']}  ({cause})")
    return "\n".join(lines)
