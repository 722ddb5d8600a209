"""A decision made again: from the row of then, the promises, bills and plans known then.

By the settings of today; whether they are those of that day, the decision's fingerprint says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from serving.audit.replay import Decision
from serving.audit.replay.past import Past
from serving.decision.bill_fit import fit_json
from serving.decision.bill_fit.prepared import counter_then
from serving.decision.deciding import Requested, decide
from serving.decision.decision_settings import DecisionSettings, decision_settings
from serving.decision.offers.equality import settings_of
from serving.decision.sources import Bills, of_live, standing_at

# What depends on how the service ran, and what the fingerprint of the settings says.
NOT_REPLAYED = ("inputs", "fresh_events")
# What the rest follows from is compared first, so that the first difference is the cause.
CAUSES = ("because", "facts", "bill_fit", "limit", "manager_limit")


@dataclass(frozen=True)
class DecidedAgain:
    """Decides again in one home; see `serving.audit.replay.Decide`."""

    home: Path
    engine: Engine

    @cached_property
    def settings(self) -> DecisionSettings:
        return decision_settings(self.home)

    def is_as_then(self, decision: Decision) -> bool:
        kept = settings_of(decision.answer)
        return kept is None or kept == self.settings.fingerprint

    def __call__(self, decision: Decision, past: Past) -> Mapping[str, Any]:
        """The answer's fields. Raises LakeError."""
        assert past.seen is not None
        request = _requested(decision)
        with self.engine.connect() as connection:
            standing = standing_at(connection, decision.customer_id, decision.at)
        bills = self._bills(decision, past)
        made = of_live(request, past.seen, standing, bills, self.settings)
        found = decide(request, made.facts, made.known, self.settings, decision.at)
        currency = past.seen.champion.bundle.currency
        fit = None if made.fit is None else fit_json(made.fit, currency, request.language)
        found |= {"bill_fit": fit, "because": "objection" if standing.has_objected else None}
        ordered = {name: found[name] for name in (*CAUSES, *found) if name not in NOT_REPLAYED}
        again: dict[str, Any] = json.loads(json.dumps(ordered))
        return again

    def _bills(self, decision: Decision, past: Past) -> Bills:
        """Bills and plans as the night's file had them; none where the decision had none."""
        inputs = decision.answer.get("inputs", {"counter_as_of": decision.answer["as_of"]})
        if inputs["counter_as_of"] is None:
            return Bills(None, ())
        as_of = datetime.fromisoformat(inputs["counter_as_of"])
        return Bills(*counter_then(self.home, decision.customer_id, as_of, past.manifest))


def _requested(decision: Decision) -> Requested:
    own = decision.request
    inputs = decision.answer.get("inputs", {"language": own["language"] or "en"})
    return Requested(
        decision.customer_id,
        own["intent"],
        own["channel"],
        inputs["language"],
        decision.role,
        own["reason"],
        own["rival"],
    )
