"""Who is on a list, a part at a time, in words: what people look at before it leaves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import catalogue
from features.catalogue.families import Feature
from features.errors import LakeError
from serving.retention.campaign.store import MEMBERS
from serving.retention.drawing.arms import TREATED
from serving.retention.lists import signs
from serving.retention.retention_settings import RetentionSettings

FIELDS = ("customer_id", "city", "plan", "value_tier", "churn_risk", "value_at_stake")
PREDICTED = ("churn_risk", "value_at_stake")
READ = (
    *FIELDS, "rank", "arm", "offer", "channel", "expected_gain_fen", "cost_fen", "call_by",
    "reasons",
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """In which words, and of whom no prediction is shown."""

    settings: RetentionSettings
    currency: str
    language: str
    objecting: Collection[str] = ()


def listed_rows(
    folder: Path, arm: str, offset: int, limit: int, reading: Reading
) -> tuple[int, list[dict[str, Any]]]:
    """How many are of this arm, and those of them from `offset` on. Raises LakeError."""
    try:
        ranks = pq.read_table(folder / MEMBERS, columns=["arm"])["arm"]
        places = pc.indices_nonzero(pc.equal(ranks, arm))
        table = pq.read_table(folder / MEMBERS, columns=list(READ))
    except (OSError, pa.ArrowInvalid) as error:
        raise LakeError(f"the list's rows cannot be read: {error}") from error
    part = table.take(places.slice(offset, limit)).to_pandas()
    objecting = set(reading.objecting)
    features = {one.name: one for one in catalogue.features(reading.currency)}
    return len(places), [
        _row({str(name): own for name, own in row.items()}, arm, reading, objecting, features)
        for row in part.to_dict("records")
    ]


def _row(
    own: dict[str, Any],
    arm: str,
    reading: Reading,
    objecting: set[str],
    features: Mapping[str, Feature],
) -> dict[str, Any]:
    known = {name: None if pd.isna(value) else value for name, value in own.items()}
    found = {name: known[name] for name in FIELDS}
    objects = known["customer_id"] in objecting
    if objects:
        found |= dict.fromkeys(PREDICTED)
    found["signs"] = [] if objects else signs(str(own["reasons"]), features, reading.language)
    return found | (_contact(known, reading) if arm == TREATED else dict.fromkeys(CONTACT))


CONTACT = (
    "rank", "offer", "offer_text", "channel", "channel_text", "expected_gain", "cost", "call_by",
)  # fmt: skip


def _contact(known: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """What is to be offered, how, and what is expected of it."""
    settings, language = reading.settings, reading.language
    offer, channel = settings.offers.get(known["offer"]), settings.channels.get(known["channel"])
    texts = (
        known["offer"] if offer is None else offer.of(language),
        known["channel"] if channel is None else channel.of(language),
    )
    values = (
        int(known["rank"]), known["offer"], texts[0], known["channel"], texts[1],
        known["expected_gain_fen"] / 100, known["cost_fen"] / 100, str(known["call_by"]),
    )  # fmt: skip
    return dict(zip(CONTACT, values, strict=True))
