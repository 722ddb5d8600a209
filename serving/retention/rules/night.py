"""What the last night knows of each customer that the rules of contact look at.

Read once a night and kept in memory as columns: about a hundred megabytes for a million customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features import lake
from features.engine.store import connect
from features.errors import UnknownCustomers
from features.histories.bills.tiers import FEN
from features.histories.contacts import contacts
from serving.retention.retention_settings import RuleSettings
from serving.retention.rules.facts import SINCE_EVER, Counts, Flags, Texts
from serving.retention.rules.recorded import PostedFact
from serving.service_settings import serving_settings

PRE_CANCELLED = "pre_cancelled"
COLUMNS = (  # of the scores, those that are looked at
    "customer_id", "as_of", "consent", "universal_holdout", "eligible", "revenue", "open_complaint",
    "overdue", "days_overdue", "days_since_cancel_request", "standing",
)  # fmt: skip
DAY = timedelta(days=1)


@dataclass(frozen=True)
class NightFacts:
    """The night's columns, in the order of its scores; `delivered` are the lake's contacts.

    `delivered`: by place of the customer the ids of the contacts in the window before the night,
    and since. They count back from `as_of`, beyond which the lake may know nothing. `complaints`:
    the ids of those that the lake knows of the `posted_days` for which posted facts count.
    """

    as_of: datetime
    customer_ids: Texts
    consent: Flags
    universal_holdout: Flags
    eligible: Flags
    has_bill: Flags
    open_complaint: Flags
    overdue_fen: Counts
    overdue_days: Counts
    cancel_requested: Flags
    delivered: Mapping[int, frozenset[str]]
    complaints: frozenset[str]
    posted_days: int
    _sorted: NDArray[np.bytes_]
    _order: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.customer_ids)

    def lacks(self, fact: PostedFact) -> bool:
        """Whether the night says nothing of this fact: of a complaint that it knows, it says all
        that was known by then."""
        own = fact.fields.get("complaint_id")
        return own not in self.complaints or fact.known_at >= self.as_of

    def place(self, customer_id: str) -> int | None:
        """Where the customer stands; null for who was not in the network."""
        own = customer_id.encode()
        at = int(np.searchsorted(self._sorted, np.bytes_(own)))
        if at == len(self._sorted) or self._sorted[at] != own:
            return None
        return int(self._order[at])

    def places(self, customer_ids: Sequence[str]) -> NDArray[np.int64]:
        """Where these customers stand; -1 for who was not in the network."""
        if not customer_ids or not len(self):
            return np.full(len(customer_ids), -1, dtype=np.int64)
        own = np.array([one.encode() for one in customer_ids], dtype=np.bytes_)
        at = np.minimum(np.searchsorted(self._sorted, own), len(self) - 1)
        return np.where(self._sorted[at] == own, self._order[at], -1)

    def need(self, customer_id: str) -> int:
        """As `place`; raises UnknownCustomers."""
        place = self.place(customer_id)
        if place is None:
            raise UnknownCustomers(
                f"no score for 1 of 1 customers: they are not in the network at {self.as_of:%F}, "
                "or the id is wrong.",
                customer_ids=[customer_id],
            )
        return place


def night_facts(
    home: Path, scores: pd.DataFrame, settings: RuleSettings, now: datetime
) -> NightFacts:
    """Of the customers of these scores, in their order; `COLUMNS` are enough. Raises LakeError.

    Scores of an earlier version do not say how old a debt is, nor who requested to cancel: there
    the amount alone decides, and the standing.
    """
    posted_days = serving_settings(home).events.max_age_days
    as_of: datetime = pd.Timestamp(scores["as_of"].iloc[0]).to_pydatetime()
    ids = scores["customer_id"].to_numpy(dtype=object)
    encoded = np.array([own.encode() for own in ids], dtype=np.bytes_)
    order = np.argsort(encoded, kind="stable")
    overdue_fen = np.rint(_numbers(scores, "overdue", 0.0) * FEN).astype(np.int64)
    old = np.where(overdue_fen > 0, SINCE_EVER, 0)
    days = _numbers(scores, "days_overdue", np.nan)
    found = NightFacts(
        as_of, ids,
        consent=_flags(scores["consent"]),
        universal_holdout=_flags(scores["universal_holdout"]),
        eligible=_flags(scores["eligible"]),
        has_bill=scores["revenue"].notna().to_numpy(dtype=bool),
        open_complaint=_flags(scores["open_complaint"]),
        overdue_fen=overdue_fen,
        overdue_days=np.where(np.isnan(days), old, np.nan_to_num(days)).astype(np.int64),
        cancel_requested=_requested(scores, settings.cancel_request_days),
        delivered={}, complaints=known_complaints(home, as_of - timedelta(days=posted_days)),
        posted_days=posted_days,
        _sorted=encoded[order], _order=order,
    )  # fmt: skip
    return with_delivered(found, delivered_contacts(home, as_of, settings.contact_days, now))


def with_delivered(night: NightFacts, rows: pd.DataFrame) -> NightFacts:
    """With these contacts (customer_id, contact_id) of the customers who are in the network."""
    by_place: dict[int, set[str]] = {}
    places = night.places(rows["customer_id"].tolist()).tolist()
    for place, contact_id in zip(places, rows["contact_id"], strict=True):
        if place >= 0:
            by_place.setdefault(place, set()).add(contact_id)
    kept = {place: frozenset(own) for place, own in by_place.items()}
    return NightFacts(**{**vars(night), "delivered": kept})


def delivered_contacts(home: Path, as_of: datetime, days: int, now: datetime) -> pd.DataFrame:
    """customer_id and contact_id of the lake's contacts of `days` days before the night, or since.

    A contact is of the day on which it was sent, or, while that is not known, of its first event.
    """
    if not lake.has_feed(home, "contacts"):
        return pd.DataFrame({"customer_id": [], "contact_id": []})
    connection = connect(home)
    moment = max(as_of, now)
    seen = contacts(lake.open_feed(connection, home, "contacts"), [moment])
    since = seen.sent_days.fill_null(seen.days)
    window = days + -((as_of - moment) // DAY)
    found: pd.DataFrame = connection.execute(
        seen.filter(since < window).select("customer_id", "contact_id")
    )
    return found


def known_complaints(home: Path, since: datetime) -> frozenset[str]:
    """The complaints of which the lake learned anything since that moment."""
    if not lake.has_feed(home, "complaints"):
        return frozenset()
    connection = connect(home)
    own = lake.open_feed(connection, home, "complaints")
    found = connection.execute(own.filter(own.known_at >= since).select("complaint_id").distinct())
    return frozenset(found["complaint_id"])


def _requested(scores: pd.DataFrame, days: int) -> Flags:
    requested = _numbers(scores, "days_since_cancel_request", np.inf) <= days
    if "standing" not in scores:
        return requested
    return np.asarray(requested | (scores["standing"] == PRE_CANCELLED).to_numpy(dtype=bool))


def _flags(column: Any) -> Flags:
    return np.asarray(column.to_numpy(), dtype=bool)


def _numbers(scores: pd.DataFrame, name: str, absent: float) -> NDArray[np.float64]:
    """The column as numbers, `absent` where there is none."""
    if name not in scores:
        return np.full(len(scores), absent)
    own = pd.to_numeric(scores[name]).to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isnan(own), absent, own)
