"""What notebooks read of a home: pandas DataFrames, computed by the functions that production runs.

Customers go by the operator's pseudonyms; there is nothing else in a home.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pandas as pd

from features import windows
from features.builder import matrix as built
from features.engine.coverage import check_covered
from features.engine.history_tables import VERSIONS
from features.engine.store import Histories, open_histories
from features.errors import LakeError, SettingsError, UnknownCustomers
from features.progress import Progress, shown

FACTS = (*VERSIONS, "days")  # what is kept of each customer, every version of it
OURS = ("customer_id", "as_of", "age", "days", "at", "superseded_at", "week")
NAMED = 5  # unknown customers in a message

When = datetime | date | str


def history(home: Path | str, customer_id: str, as_of: When) -> dict[str, pd.DataFrame]:
    """What was known of a customer at a moment: by feed a frame of facts, by `event_time`.

    `known_at` is when the operator learned of each; a fact that was corrected since stands as it
    was believed then. "days" is the usage of each day. Feeds that were never delivered are absent.
    Raises UnknownCustomers for a customer of whom nothing was known, LakeError where the home has
    no histories or they do not reach up to `as_of`, SettingsError for an argument of another kind.
    """
    moment, histories = moment_of(as_of), opened(home)
    (customer_id,) = _ids([customer_id])
    check_covered(histories, moment)
    found = {}
    for name in FACTS:
        if name not in histories.tables:
            continue
        facts = histories.tables[name]
        seen = windows.known(facts.filter(facts.customer_id == customer_id), [moment])
        kept = [column for column in facts.columns if column not in OURS]
        order = ["event_time", "known_at"]
        found[name] = histories.connection.execute(seen.order_by(order).select(*kept))
    if not any(len(facts) for facts in found.values()):
        _check_customers(histories, [customer_id])
        raise UnknownCustomers(
            f"nothing was known of customer {customer_id} before {moment:%F}. Query a later date.",
            unknown=[customer_id],
        )
    return found


def matrix(
    home: Path | str,
    as_of: When,
    customers: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The features of every customer in the network at a moment, as they would have been then.

    Indexed by customer_id: standing, eligible, consent, then the features of docs/features.md,
    null where unknown. `customers` restricts the rows; a known customer who had left, or had not
    joined, has none. `progress` is shown unless given. Raises as `history` does.
    """
    moment, histories = moment_of(as_of), opened(home)
    ids = None if customers is None else _ids(customers)
    check_covered(histories, moment)
    if ids is not None:
        _check_customers(histories, ids)
    with shown(progress) as report:
        report("features", 0, 1)
        rows = built(histories, [moment], ids).order_by("customer_id")
        found: pd.DataFrame = histories.connection.execute(rows)
        report("features", 1, 1)
    return found.drop(columns="as_of").set_index("customer_id")


def opened(home: Path | str) -> Histories:
    """The histories of a home that is there. Raises LakeError, SettingsError."""
    return open_histories(home_of(home))


def home_of(home: Path | str) -> Path:
    """The folder of a home, which must exist. Raises LakeError, SettingsError."""
    if not isinstance(home, str | Path):
        raise SettingsError(f"home is {_shown(home)}; expected the path of a home, such as 'home'")
    if not Path(home).is_dir():
        raise LakeError(
            f"no home was found at {str(home)!r}. Give the folder that `liuke import` or `liuke "
            f"demo` filled; a relative path begins where the notebook runs ({Path.cwd()})."
        )
    return Path(home)


def moment_of(as_of: When) -> datetime:
    """A moment as a notebook may write it, such as "2026-03-02"; local time, without an offset.

    Raises SettingsError for anything else.

    >>> moment_of("2026-03-02")
    datetime.datetime(2026, 3, 2, 0, 0)
    """
    moment = _read_moment(as_of)
    if moment is None:
        raise SettingsError(
            f"as_of is {_shown(as_of)}; expected a date such as '2026-03-02', or a datetime"
        )
    if moment.tzinfo is not None:
        raise SettingsError(
            f"as_of {moment} has an offset; expected the operator's local time, without one"
        )
    return moment


def _read_moment(as_of: object) -> datetime | None:
    if isinstance(as_of, str):
        try:
            return datetime.fromisoformat(as_of.strip())
        except ValueError:
            return None
    if as_of is pd.NaT:
        return None
    if isinstance(as_of, datetime):
        return as_of.to_pydatetime() if isinstance(as_of, pd.Timestamp) else as_of
    return datetime.combine(as_of, time.min) if isinstance(as_of, date) else None


def _ids(customers: Any) -> list[str]:
    """The ids as a list. Raises SettingsError where they are something else."""
    if isinstance(customers, str) or not hasattr(customers, "__iter__"):
        raise SettingsError(
            f"customers is {_shown(customers)}; expected a list of ids, such as ['C0000007']"
        )
    ids = list(customers)
    wrong = [one for one in ids if not isinstance(one, str)]
    if wrong:
        raise SettingsError(f"customer id {_shown(wrong[0])}; expected a text such as 'C0000007'")
    return ids


def _check_customers(histories: Histories, ids: list[str]) -> None:
    """Raises UnknownCustomers for ids that occur in no history."""
    known: set[str] = set()
    for name in FACTS:
        if name in histories.tables and not known.issuperset(ids):
            table = histories.tables[name]
            own = table.filter(table.customer_id.isin(ids)).customer_id.as_table().distinct()
            known.update(histories.connection.execute(own)["customer_id"])
    unknown = [one for one in dict.fromkeys(ids) if one not in known]
    if unknown:
        more = f" and {len(unknown) - NAMED:,} more" if len(unknown) > NAMED else ""
        customers = histories.tables["customers"]
        some = histories.connection.execute(customers.customer_id.min())
        raise UnknownCustomers(
            f"no feed of this home has customer {', '.join(unknown[:NAMED])}{more}. Ids are the "
            f"operator's pseudonyms, such as {some}; `features.matrix` without `customers` has "
            f"those of a date.",
            unknown=unknown,
        )


def _shown(value: object) -> str:
    """A wrong argument in a few words."""
    if value is None:
        return "None"
    text = repr(value) if isinstance(value, str | int | float) else type(value).__name__
    return text if len(text) <= 60 else f"{text[:60]}..."
