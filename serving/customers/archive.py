"""The customer archive: who a customer is, and every change of it, dated (客户档案).

Read from the facts as known at a moment; nothing is stored. A change carries both clocks: when
it happened, and when the operator learned it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from features import lake, windows
from features.engine.moments import moment_of_data
from features.engine.store import connect
from features.errors import UnknownCustomers
from features.feeds import FEEDS
from features.histories import contracts, people
from serving.customers.phrases import listed, padded, phrase, term

PROFILE = ("payment_mode", "brand", "city", "store_id", "group_id", "manager_id", "consent")
SUBJECTS = {"customers": ("profile", PROFILE), "contracts": ("contract", ("plan", "contract_end"))}


def archive(home: Path, customer_id: str, as_of: datetime | None = None) -> dict[str, Any]:
    """What was known of the customer at `as_of`, or at the latest moment that the data know.

    `as_of`; `standing`, the profile and the contract as they are, null where not known;
    `changes`, the oldest first: `at` and `known_at`, `what` (a contract event or `profile`), and
    under `now` the values that differ from before. Raises UnknownCustomers, and LakeError, also
    for a moment later than the data.
    """
    feeds = lake.open_feeds(connection := connect(home), home)
    moment = moment_of_data(connection, home, as_of)
    changes: list[dict[str, Any]] = []
    for feed, (what, columns) in SUBJECTS.items():
        facts = feeds[feed].filter(feeds[feed].customer_id == customer_id)
        seen = windows.known(windows.versions(facts, FEEDS[feed].key), [moment])
        rows = connection.execute(seen).sort_values(["event_time", "known_at"])
        own = [name for name in columns if name in rows]
        changes += dated_changes(rows.to_dict("records"), what, own)
    if not changes:
        raise UnknownCustomers(
            f"nothing is known of {customer_id} in {home} before {moment:%F}. "
            f"Is the id right, and as the feeds write it?",
            customer_ids=[customer_id],
        )
    standing = connection.execute(
        contracts.standing(_of(feeds["contracts"], customer_id), [moment])
        .left_join(people.profile(_of(feeds["customers"], customer_id), [moment]), "customer_id")
        .drop("customer_id_right")
    )
    return {
        "customer_id": customer_id,
        "as_of": f"{moment:%F}",
        "standing": _plain(standing["standing"].iloc[0]) if len(standing) else None,
        **{
            name: _plain(standing[name].iloc[0])
            for name in ("plan", *PROFILE, "tenure_days", "days_to_contract_end")
            if name in standing and len(standing)
        },
        "changes": sorted(changes, key=lambda change: (change["at"], change["known_at"])),
    }


def in_words(found: dict[str, Any], language: str = "en") -> str:
    """The archive as people read it."""
    known = {
        name: value
        for name, value in found.items()
        if name not in ("customer_id", "as_of", "changes", "standing") and value is not None
    }
    standing = found["standing"]
    head = phrase(
        "archive", language,
        customer=found["customer_id"], as_of=found["as_of"],
        standing=phrase(f"standing_{standing}" if standing else "none", language),
        about=_fields(known, language),
    )  # fmt: skip
    return "\n".join([head, "", *(_change_line(one, language) for one in found["changes"])])


def _change_line(change: dict[str, Any], language: str) -> str:
    """When and what; where it was known on a later day, that day too."""
    happened, known = change["at"][:10], change["known_at"][:10]
    what = padded(phrase(f"event_{change['what']}", language), 14)
    late = "" if known == happened else phrase("known", language, date=known)
    return f"  {happened}  {what}{_fields(change['now'], language)}{late}".rstrip()


def _fields(values: dict[str, Any], language: str) -> str:
    """Each name with its value; what the operator names, such as a city, stays as it is."""
    return listed(
        (
            phrase(
                "field",
                language,
                name=phrase(f"field_{name}", language),
                value=_value(name, value, language),
            )
            for name, value in values.items()
        ),
        language,
    )


def _value(name: str, value: Any, language: str) -> str:
    if value is None:
        return phrase("unknown", language)
    if name == "consent":  # a change holds it as text
        return phrase("yes" if str(value) == "True" else "no", language)
    return term(value, language) if name == "payment_mode" else str(value)


def _of(facts: Any, customer_id: str) -> Any:
    return facts.filter(facts.customer_id == customer_id)


def dated_changes(
    rows: Iterable[Mapping[Any, Any]], what: str, columns: list[str]
) -> list[dict[str, Any]]:
    """Each row's values that differ from the row before; rows that change nothing are excluded."""
    changes, before = [], dict.fromkeys(columns)
    for row in rows:
        now = {name: _plain(row[name]) for name in columns}
        if "event" in row:  # a contract event without a plan says nothing new of it
            now = {name: value for name, value in now.items() if value is not None}
        differs = {name: value for name, value in now.items() if value != before[name]}
        before |= now
        if differs or "event" in row:
            changes.append(
                {
                    "at": row["event_time"].isoformat(),
                    "known_at": row["known_at"].isoformat(),
                    "what": row.get("event", what),
                    "now": differs,
                }
            )
    return changes


def _plain(value: Any) -> Any:
    """A value of a frame as JSON has it, null where missing."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, datetime | pd.Timestamp):
        return f"{value:%F}"
    return value.item() if hasattr(value, "item") else str(value)
