"""The entitlement facts: all that the ladder may depend on, and nothing predicted.

A tier is a fact here: it follows from the customer's bills by declared bounds.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from features.windows import YEAR_DAYS


@dataclass(frozen=True)
class Entitlement:
    """The facts of one customer and one request; null where a fact is not known.

    `contract`: bound, free or null. `tenure_days` counts as its `tenure_band` and by the bounds
    that actions name. `saving_fen`: what `best_plan` would have cost less in the re-rated months.
    `consent` is false where it is not known.
    """

    intent: str
    authority: str
    tier: str
    payment_mode: str | None
    plan: str | None
    contract: str | None
    tenure_days: int | None
    consent: bool
    open_complaints: int
    open_promises: int
    broken_promises: int
    best_plan: str | None = None
    saving_fen: int = 0
    has_other_brand: bool = False

    @property
    def service_first(self) -> bool:
        """Whether something open comes before anything is sold."""
        return self.open_complaints > 0 or self.open_promises > 0 or self.broken_promises > 0

    def tenure_band(self, years: tuple[int, ...]) -> int | None:
        """How many of the bounds the tenure has reached; null where it is not known."""
        if self.tenure_days is None:
            return None
        return sum(self.tenure_days >= bound * YEAR_DAYS for bound in years)

    def to_json(self, years: tuple[int, ...]) -> dict[str, Any]:
        """As an answer shows them: the tenure as its band, amounts in fen."""
        own = asdict(self)
        del own["tenure_days"]
        return own | {"tenure_band": self.tenure_band(years)}


def facts_sha256(facts: dict[str, Any]) -> str:
    """One text for equal facts, in whatever order they stand."""
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
