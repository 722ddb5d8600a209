"""The streams that features are made of, by name: what the builder may ask for.

A stream has `customer_id`, `as_of` and what a feature's `column` names. Most have many rows a
customer and moment, with `age` in weeks, for the aggregates; some have one row and are taken
as they stand. A history module makes it, and `features.windows` alone joins it on time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ibis.expr.types import Table

from features import billing, complaints, contracts, people, tiers, usage, windows

ACTIVE_DAYS = 28  # a prepaid customer is eligible if he was active in the 28 days before


@dataclass(frozen=True)
class Asked:
    """What the builder asks a stream for.

    `own`: the feeds' facts and the histories' tables by name, of the customers asked about;
    `everyone`: the same of all customers, for streams that look at others too (a group, a
    neighbour). `weeks`: how many closed weeks back any feature looks. `made`: the streams
    already made.
    """

    own: Mapping[str, Table]
    everyone: Mapping[str, Table]
    as_of: Sequence[datetime]
    weeks: int
    lag_days: int
    made: dict[str, Table] = field(default_factory=dict)

    def stream(self, name: str) -> Table:
        """The stream of that name: one and the same table, however often it is asked for."""
        if name not in self.made:
            self.made[name] = STREAMS[name](self)
        return self.made[name]


def _standing(asked: Asked) -> Table:
    return contracts.standing(asked.own["contracts"], asked.as_of)


def _profile(asked: Asked) -> Table:
    return people.profile(asked.own["customers"], asked.as_of)


def _days(asked: Asked) -> Table:
    """The days of use of the last `ACTIVE_DAYS`, aged in whole days as in weeks.

    `days_<measure>` is `days` where the measure is above zero, else null.
    """
    recent = windows.known_days(asked.own["days"], asked.as_of, ACTIVE_DAYS // 7)
    names = usage.measures(tuple(recent.columns))
    return recent.mutate(
        {f"days_{name}": (recent[name] > 0).ifelse(recent.days, None) for name in names}
    )


def _weeks(asked: Asked) -> Table:
    """The closed weekly cells; a measure's sum goes by the measure's name."""
    cells = windows.known_weeks(
        asked.own["cells"], asked.own["late"], asked.as_of, asked.weeks, asked.lag_days
    )
    return cells.rename(lambda name: name.removesuffix("_sum"))


def _bills(asked: Asked) -> Table:
    return billing.bills(asked.own["bills"], asked.as_of)


def _value(asked: Asked) -> Table:
    return tiers.recent_bills(asked.own["bills"], asked.as_of)


def _payments(asked: Asked) -> Table:
    return billing.payments(asked.own["payments"], asked.as_of)


def _complaints(asked: Asked) -> Table:
    return complaints.complaints(asked.own["complaints"], asked.as_of)


STREAMS: dict[str, Callable[[Asked], Table]] = {
    "standing": _standing,
    "profile": _profile,
    "days": _days,
    "weeks": _weeks,
    "bills": _bills,
    "value": _value,
    "payments": _payments,
    "complaints": _complaints,
}
