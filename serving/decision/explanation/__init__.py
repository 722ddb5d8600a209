"""Why a stored decision came out as it did, and which smallest change would have moved it.

The base of every change is the very row that was scored (`decisions.row_content`), and each change
is scored by the version that the decision was made by, be it promoted or not. What the lake
can no longer give as it was is said, and nothing is computed from it.
"""

from __future__ import annotations

import logging
import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Engine, select

from features.builder.kept import KeptPart
from features.errors import LakeError, RequestRefused
from features.home import Home
from serving.database.tables import objections
from serving.decision.decision_settings import DecisionSettings
from serving.decision.explanation.answer import Explanation, Inquiry, Rebuilt
from serving.decision.explanation.rebuilding import Base, StoredRow, base_of
from serving.decision.explanation.scenarios import Scenarios, risks
from serving.decision.offers.economics import risk_band
from serving.decision.promises import promises_open_at
from serving.decision.record import Stored
from serving.events.ledger import Event, events_of, readable
from serving.scores.known import KnownFacts
from serving.scores.latest import Rows
from serving.scoring import LoadedChampion, load_version
from serving.scoring.fingerprint import rows_of_content
from training.models.definitions import FeatureRows, difference
from training.night import Night, open_latest

logger = logging.getLogger("bentoml.liuke")

CHANGED = ("complaints", "payments", "contracts")  # the feeds that a change is a fact of
TOLERANCE = 1e-9  # relative, as in a replay: another machine may add up in another order
MAX_VERSIONS = 4  # kept in memory


class Explainer:
    """Explains the decisions of one home; safe to use from several threads.

    `facts`: the lake's facts for a night; `settings`: those in force. Posted facts count for
    `max_age_days`.
    """

    def __init__(
        self,
        home: Path,
        engine: Engine,
        facts: Callable[[Night], KnownFacts],
        settings: Callable[[], DecisionSettings],
        max_age_days: int,
    ) -> None:
        self._home, self._engine, self._facts = home, engine, facts
        self._settings, self._max_age = settings, timedelta(days=max_age_days)
        self._lock = Lock()
        self._versions: OrderedDict[str, LoadedChampion] = OrderedDict()
        self._parts: dict[str, KeptPart] = {}

    def explain(self, decision: Stored, language: str) -> dict[str, Any]:
        """The fields of `/explain`'s answer.

        Raises RequestRefused (`model_gone`) where the decision's version is no longer there,
        BundleError where it cannot be read.
        """
        inquiry = self._inquiry(decision)
        rebuilt = None if inquiry.because else self._rebuilt(inquiry)
        return Explanation(inquiry, rebuilt, self._settings(), language).json()

    def _inquiry(self, decision: Stored) -> Inquiry:
        name, at = decision.customer_id, decision.at
        with readable(), self._engine.connect() as connection:
            promises = promises_open_at(connection, name, at)
            live = objections.c.customer_id == name, objections.c.withdrawn_at.is_(None)
            objects = connection.execute(select(objections.c.id).where(*live)).first() is not None
        events = events_of(self._engine, [name], at - self._max_age)
        posted = [event for event in events if event.known_at < at]
        return Inquiry(decision, promises, posted, _because(decision, objects))

    def _rebuilt(self, inquiry: Inquiry) -> Rebuilt:
        decision = inquiry.decision
        assert decision.model_version is not None
        assert decision.row_content is not None
        champion = self.version(decision.model_version)
        row = StoredRow(
            decision.customer_id,
            _kept_row(decision.row_content, champion),
            champion.bundle.features,
            datetime.fromisoformat(decision.answer["as_of"]),
            decision.at,
        )
        risk = float(risks(champion, row.rows)[0])
        verified = math.isclose(risk, decision.answer["churn_risk"], rel_tol=TOLERANCE)
        known = self._known()
        bases = self._bases(known, champion, row, inquiry.posted)
        missing = [feed for feed, base in bases.items() if base is None or not verified]
        found = {feed: own for feed, own in bases.items() if own is not None and verified}
        band = partial(risk_band, settings=self._settings())
        return Rebuilt(Scenarios(row, champion, found, band), known, missing, verified)

    def _bases(
        self,
        known: KnownFacts | None,
        champion: LoadedChampion,
        row: StoredRow,
        posted: Sequence[Event],
    ) -> dict[str, Base | None]:
        """By feed that the version reads how the row came to its values; null if not found."""
        if known is None:
            return dict.fromkeys(CHANGED)
        parts = self._parts_of(known, champion)
        if not _are_the_same_features(known, champion):
            return dict.fromkeys(parts)
        return {feed: base_of(known, part, row, feed, posted) for feed, part in parts.items()}

    def version(self, version: str) -> LoadedChampion:
        """This version of the home, which stays in memory; raises as `explain` does."""
        with self._lock:
            if version in self._versions:
                self._versions.move_to_end(version)
                return self._versions[version]
        if not (Home(self._home).models / version).is_dir():
            raise RequestRefused(
                "model_gone",
                f"version {version}, by which this decision was made, is not in the home any more. "
                f"Bring models/{version} back from the registry or a backup.",
            )
        found = load_version(self._home, version)
        with self._lock:
            self._versions[version] = found
            if len(self._versions) > MAX_VERSIONS:
                self._versions.popitem(last=False)
        return found

    def _known(self) -> KnownFacts | None:
        """The facts of today; null where the lake cannot be read: the row is there all the same."""
        try:
            connection, night = open_latest(self._home)
            connection.close()
            return self._facts(night)
        except LakeError as error:
            logger.warning("no change of a decision's row is scored: %s", error.message)
            return None

    def _parts_of(self, known: KnownFacts, champion: LoadedChampion) -> dict[str, KeptPart]:
        """By feed the part that its facts can change, where the version reads any of it.

        In a database of its own, so that no decision at the counter waits for an explanation.
        """
        found = {}
        names = set(champion.bundle.features)
        for feed in CHANGED:
            part = known.part(feed)
            if part is not None and names & {own.name for own in part.features}:
                with self._lock:
                    own = self._parts.get(feed)
                    if own is None or own != part:
                        own = self._parts[feed] = replace(part)
                found[feed] = own
        return found


def _kept_row(content: bytes, champion: LoadedChampion) -> Rows:
    """The kept row. Raises RequestRefused (`model_gone`) where the version reads another one."""
    try:
        return rows_of_content(content, champion.bundle.features)
    except ValueError as error:
        raise RequestRefused(
            "model_gone",
            f"version {champion.version} in the home reads other features than the row of this "
            f"decision has. Bring models/{champion.version} back as it was, from the registry or a "
            "backup.",
        ) from error


def _because(decision: Stored, objects: bool) -> str | None:
    """Why nothing can be scored again; null where it can."""
    if objects or decision.answer["because"] == "objection":
        return "objection"
    if decision.row_content is not None and decision.model_version is not None:
        return None
    return "no_row" if decision.answered_by == "live" else decision.answered_by


def _are_the_same_features(known: KnownFacts, champion: LoadedChampion) -> bool:
    """Whether today's builder computes the version's features as they were computed then."""
    own = known.histories
    names = tuple(feature.name for feature in own.features)
    described = FeatureRows(names, own.fingerprint, own.definitions)
    return not difference(champion.bundle, described)
