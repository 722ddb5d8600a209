"""Departures: who of all customers is known to have gone, for features about others.

A customer counts as gone from the day on which it is known that they requested to cancel,
cancelled or were ported out, until they start again or withdraw it. The reason does not matter: an
end after arrears or a death is an end. A customer who merely fell silent or is suspended is still
there; one who passed the number on has left the network, but does not count as gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
from ibis.expr.types import Table

from features import windows
from features.feeds import FEEDS

REQUESTED = ("pre_cancelled",)
ENDED = ("cancelled", "ported")
PASSED_ON = ("transferred",)
BACK = ("started", "restored")


def departures(contracts: Table, as_of: Sequence[datetime]) -> Table:
    """One row a moment and customer whose start was known at it.

    Columns: customer_id, as_of, `left_age`: in which week before the moment (1 the latest) the
    customer last requested to cancel, or if they did not, ended; null where neither came after the
    latest event of BACK; `in_network` (0 where an end or a transfer came after it, else 1: after a
    request to cancel a customer is in the network until the end). Of two events of one moment the
    return is the later.
    """
    facts = contracts.filter(contracts.event.isin([*REQUESTED, *ENDED, *PASSED_ON, *BACK]))
    seen = windows.known(windows.versions(facts, FEEDS["contracts"].key), as_of)
    requested, ended = seen.event.isin(list(REQUESTED)), seen.event.isin(list(ENDED))
    out, back = seen.event.isin([*ENDED, *PASSED_ON]), seen.event.isin(list(BACK))
    found = seen.group_by("customer_id", "as_of").agg(
        requested=seen["at"].max(where=requested),
        ended=seen["at"].max(where=ended),
        out=seen["at"].max(where=out),
        back=seen["at"].max(where=back),
        requested_age=seen.age.min(where=requested),
        ended_age=seen.age.min(where=ended),
        starts=(seen.event == "started").cast("int64").max(),
    )
    found = found.filter(found.starts == 1)
    left_age = ibis.cases(
        (found.requested > found.back, found.requested_age),
        (found.ended > found.back, found.ended_age),
    )
    is_out = (found.out > found.back).fill_null(False)
    return found.select(
        "customer_id", "as_of", left_age=left_age, in_network=is_out.ifelse(0, 1).cast("int64")
    )
