"""What the operator's offers cost: the feed `offers`, as the catalogue stands at a moment."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from features import lake, windows
from features.engine.store import connect
from features.feeds import FEEDS

FEED = "offers"


def offer_costs(home: Path, moment: datetime) -> dict[str, int]:
    """By offer what it commits on acceptance, in fen; of the latest version known at the moment.

    Empty where the feed is not delivered. Raises LakeError where its files are gone.
    """
    if not lake.has_feed(home, FEED):
        return {}
    connection = connect(home)
    facts = lake.open_feed(connection, home, FEED)
    seen = windows.known(windows.versions(facts, FEEDS[FEED].key), [moment])
    latest = seen.group_by("offer").agg(cost_fen=seen.cost_fen.argmax(seen["at"]))
    found = connection.execute(latest)
    return {str(own): int(fen) for own, fen in zip(found["offer"], found["cost_fen"], strict=True)}
