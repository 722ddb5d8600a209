"""Why a customer's risk moved between two rows that the home keeps: the difference of reasons.

The home keeps the row that each decision was made from, and last night's. Both rows are scored by
the version of the later one, so that no change of the model is taken for one of the customer.
SHAP values are exact: the differences of all features add up to that of the raw scores.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import Engine, select

from features.catalogue.families import Feature
from serving.database.tables import decisions, objections
from serving.decision.explanation.scenarios import risks
from serving.scores.latest import Rows
from serving.scoring import LoadedChampion
from serving.scoring.fingerprint import rows_of_content
from serving.scoring.reasons import spoken

NIGHT = "night"
MAX_ROWS = 100  # the latest decisions
MAX_MOVES = 8
LEAST = 1e-6  # log-odds below which nothing moved


@dataclass(frozen=True)
class Kept:
    """One row: its id, when, by which version, with which risk; the row, or what was stored."""

    row_id: str
    at: datetime
    model_version: str
    churn_risk: float
    row: Rows | None = None
    content: bytes = b""

    def rows(self, features: Sequence[str]) -> Rows:
        """The row. Raises ValueError where it has other features."""
        return rows_of_content(self.content, features) if self.row is None else self.row

    def json(self) -> dict[str, Any]:
        return {
            "row_id": self.row_id,
            "at": self.at.isoformat(timespec="seconds"),
            "source": NIGHT if self.row_id == NIGHT else "decision",
            "model_version": self.model_version,
            "churn_risk": self.churn_risk,
        }


def kept_rows(engine: Engine, customer_id: str) -> list[Kept]:
    """The rows of the customer's latest decisions, the oldest first; none of who objects."""
    own = decisions.c
    query = select(own.id, own.at, own.model_version, own.row_content, own.answer)
    query = query.where(own.customer_id == customer_id, own.row_content.is_not(None))
    query = query.order_by(own.at.desc(), own.id).limit(MAX_ROWS)
    with engine.connect() as connection:
        found = connection.execute(query).all()
    answers = [(row, json.loads(row.answer)) for row in reversed(found)]
    return [
        Kept(row.id, row.at, row.model_version, answer["churn_risk"], content=row.row_content)
        for row, answer in answers
        if row.model_version is not None and answer["churn_risk"] is not None
    ]


def do_object(engine: Engine, customer_id: str) -> bool:
    """Whether an objection to automated decisions holds."""
    own = objections.c
    live = own.customer_id == customer_id, own.withdrawn_at.is_(None)
    with engine.connect() as connection:
        return connection.execute(select(own.id).where(*live)).first() is not None


def pair_of(rows: Sequence[Kept], since: str | None, until: str | None) -> list[Kept]:
    """The two rows with these ids in time; fewer where there are not two.

    Without an id the last row is the later one, and the last of an earlier day the earlier one.
    """
    by_id = {own.row_id: own for own in rows}
    later = by_id.get(until or "", rows[-1] if rows else None)
    if later is None:
        return []
    before = [own for own in rows if own.at < later.at]
    earlier = by_id.get(since or "")
    if earlier is None:
        days = [own for own in before if own.at.date() < later.at.date()]
        earlier = (days or before or [later])[-1]
    pair = {own.row_id: own for own in sorted((earlier, later), key=lambda own: own.at)}
    return list(pair.values())


def moved(
    pair: Sequence[Kept], version: Callable[[str], LoadedChampion], language: str
) -> dict[str, Any]:
    """The rest of the answer for two rows. Raises ValueError where they have other features."""
    champion = version(pair[1].model_version)
    bundle = champion.bundle
    rows = [own.rows(bundle.features) for own in pair]
    both = Rows(
        np.concatenate([own.numbers for own in rows]),
        [own.categories[0] for own in rows],
        np.concatenate([own.sums for own in rows]),
    )
    found = risks(champion, both)
    values = bundle.shap_values(both.encoded(champion.maps))[:, : len(bundle.features)]
    effects = (values[1] - values[0]).tolist()
    facts: dict[str, list[tuple[float, Feature, Any, Any]]] = {}
    for place, (feature, effect) in enumerate(zip(champion.features, effects, strict=True)):
        before, after = (_value(both, row, place, feature.name) for row in (0, 1))
        if feature.saying is not None and before != after:
            facts.setdefault(feature.saying.fact, []).append((effect, feature, before, after))
    said = [_move(own, language) for own in facts.values()]
    said = [own for own in said if abs(own["effect"]) > LEAST]
    said = sorted(said, key=lambda own: -abs(own["effect"]))[:MAX_MOVES]
    return {
        "model_version": champion.version,
        "risk_since": float(found[0]),
        "risk_until": float(found[1]),
        "moves": said,
        "others": math.fsum(effects) - math.fsum(own["effect"] for own in said),
    }


def _move(own: list[tuple[float, Feature, Any, Any]], language: str) -> dict[str, Any]:
    """What one fact added, in the words of the feature of it that moved the most."""
    _, feature, before, after = max(own, key=lambda one: abs(one[0]))
    name = feature.zh if language == "zh" else feature.en
    values = [spoken(value, feature.unit, language) for value in (before, after)]
    colon = "：" if language == "zh" else ": "
    return {
        "feature": feature.name,
        "text": f"{name}{colon}{values[0]} → {values[1]}",
        "before": before,
        "after": after,
        "effect": math.fsum(one[0] for one in own),
    }


def _value(rows: Rows, row: int, place: int, name: str) -> float | str | None:
    if name in rows.categories[row]:
        return rows.categories[row][name]
    found = float(rows.numbers[row, place])
    return None if math.isnan(found) else float(f"{found:.7g}")
