"""What is new of a customer since they were last served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from serving.http.contract.forms.customer import CustomerAnswer
from serving.pages.customer.happened import Entry, moment

WITHOUT = timedelta(days=90)  # what is shown where no visit is known
UNSAID = ("data", "voice")  # weekly sums are not news


@dataclass(frozen=True)
class Since:
    """From when, whether that was a visit, and the entries from then on, the latest first."""

    at: datetime
    is_visit: bool
    entries: list[Entry]


def since_last_visit(
    found: CustomerAnswer, entries: Sequence[Entry], night: datetime, now: datetime
) -> Since:
    """What happened since the last day before today on which the customer was served.

    They were served where a decision was made for them or a contact ended. Where that never
    happened, the last 90 days before the night count.
    """
    served = [moment(own["at"]) for own in (*found.decisions, *found.outcomes)]
    before = [one for one in served if one.date() < now.date()]
    last = max(before, default=None)
    begin = night - WITHOUT if last is None else last
    news = [
        own for own in entries if own.at > begin and own.lane not in UNSAID and own.tone != "faint"
    ]
    return Since(begin, last is not None, news[::-1])
